"""Intervals by resampling groups: the source documents or patients that questions come from.

Questions about one document aren't independent, so documents are drawn, with all their questions (cluster bootstrap;
Efron & Tibshirani, 1993, percentile interval).
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnlu_instruct.scoring.counts import Numbers

RESAMPLES = 1_000
LEVEL = 0.95
SEED = 42
BLOCK = 100
"""Resamples at a time: bounds the memory that drawing and adding take for data sets of many groups."""
FEW = 30
"""A kind costs as much as so many groups: between 16, whose numbers are drawn one by one, and 100, whose are kept."""
EXACT = 2**24
"""Whole numbers below are exact in single precision."""


def by_group(rows: Numbers, groups: Sequence[str]) -> Numbers:
    """The sum of the rows of each group, shape (groups, columns), in the order of the groups' names."""
    names, place = np.unique(np.array(groups), return_inverse=True)
    sums = np.zeros((len(names), rows.shape[1]))
    np.add.at(sums, place, rows)
    return sums


def resampled(sums: Numbers) -> Numbers:
    """The sums of 1,000 data sets of as many groups, drawn with replacement, shape (resamples, columns).

    Only how often a row is drawn counts. Where many groups have the same row, as documents without mentions do, these
    numbers are drawn for each kind of row, from the multinomial distribution; else groups are drawn one by one.
    """
    groups = len(sums)
    kinds = Counter(np.ascontiguousarray(sums).view(f"V{sums.itemsize * sums.shape[1]}").ravel().tolist())
    if FEW * len(kinds) > groups:
        return _drawn(sums, groups, _times(groups))
    rows = np.frombuffer(b"".join(kinds), sums.dtype).reshape(-1, sums.shape[1])
    shares = np.array(list(kinds.values())) / groups
    return _drawn(rows, groups, np.random.default_rng(SEED).multinomial(groups, shares, RESAMPLES))


def alike(systems: Sequence[Numbers]) -> list[Numbers]:
    """As `resampled`, of several systems' sums over the same groups: each data set has the same groups in all."""
    widths = [sums.shape[1] for sums in systems]
    return np.split(resampled(np.hstack(systems)), np.cumsum(widths)[:-1], axis=1)


@lru_cache(maxsize=32)
def _times(groups: int) -> NDArray[np.uint8]:
    """How often each of so many groups is drawn, shape (resamples, groups): always the same numbers.

    Kept, a byte each (5 MB for 5,000 groups), as they take longer to draw than to use, and the ways of scoring and the
    systems of a report share them. None is near 255: the most often drawn of a million groups is drawn some ten times.
    """
    generator = np.random.default_rng(SEED)
    found = np.empty((RESAMPLES, groups), np.uint8)
    places = np.arange(BLOCK)[:, None] * groups
    for start in range(0, RESAMPLES, BLOCK):
        drawn = generator.integers(0, groups, (BLOCK, groups)) + places
        found[start : start + BLOCK] = np.bincount(drawn.ravel(), minlength=drawn.size).reshape(drawn.shape)
    return found


def _drawn(rows: Numbers, groups: int, times: NDArray[np.integer[Any]]) -> Numbers:
    """The sums of rows as often as they are drawn; in single precision where that is exact."""
    exact = groups * np.abs(rows).max(initial=0) < EXACT and (rows == np.rint(rows)).all()
    kind = np.dtype(np.float32 if exact else np.float64)
    taken = rows.astype(kind)
    blocks = [np.matmul(times[start : start + BLOCK].astype(kind), taken) for start in range(0, RESAMPLES, BLOCK)]
    drawn: Numbers = np.concatenate(blocks).astype(np.float64)
    return drawn


def interval(values: Numbers) -> tuple[float, float]:
    """The bounds that leave out 2.5 % of the values below and above."""
    low, high = np.percentile(values, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return float(low), float(high)
