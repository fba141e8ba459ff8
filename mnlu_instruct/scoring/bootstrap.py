"""Confidence intervals by cluster bootstrap over groups: the source documents or patients that questions come from.

Questions about one document aren't independent, so documents are drawn, with all their questions (percentile interval;
Efron & Tibshirani, 1993). Where all resamples are alike (none right, all right, one document), the bootstrap knows
nothing of what wasn't drawn, and the interval is Wilson's (1927), for a share of as many documents.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnlu_instruct.scoring.counts import Numbers

RESAMPLES = 1_000
LEVEL = 0.95
NORMAL = 1.959964
"""The quantile of the normal distribution at 97.5 %."""
SEED = 42
BLOCK = 100
"""Resamples made at a time: bounds the memory for data sets with many groups."""
FEW = 30
"""What a kind of row costs, in groups: between 16, if their numbers have to be drawn, and 100, if these are cached."""
EXACT = 2**24
"""Whole numbers below this are exact in single precision."""


def by_group(rows: Numbers, groups: Sequence[str]) -> Numbers:
    """The sum of the rows of each group, shape (groups, columns), in the order of the groups' names."""
    names, place = np.unique(np.array(groups), return_inverse=True)
    sums = np.zeros((len(names), rows.shape[1]))
    np.add.at(sums, place, rows)
    return sums


def resampled(sums: Numbers, count: int = RESAMPLES) -> Numbers:
    """The sums of bootstrap resamples of the groups, shape (`count`, columns); `count` is a multiple of `BLOCK`.

    Only how often each row is drawn matters. If many groups have the same row, as documents without mentions do, these
    numbers are drawn for each kind of row, from the multinomial distribution; otherwise groups are drawn one by one.
    """
    groups = len(sums)
    kinds = Counter(np.ascontiguousarray(sums).view(f"V{sums.itemsize * sums.shape[1]}").ravel().tolist())
    if FEW * len(kinds) > groups:
        return _drawn(sums, groups, _times(groups, count))
    rows = np.frombuffer(b"".join(kinds), sums.dtype).reshape(-1, sums.shape[1])
    shares = np.array(list(kinds.values())) / groups
    return _drawn(rows, groups, np.random.default_rng(SEED).multinomial(groups, shares, count))


def paired(systems: Sequence[Numbers], count: int = RESAMPLES) -> list[Numbers]:
    """As `resampled`, for several systems' sums over the same groups: each resample has the same groups in all."""
    widths = [sums.shape[1] for sums in systems]
    return np.split(resampled(np.hstack(systems), count), np.cumsum(widths)[:-1], axis=1)


@lru_cache(maxsize=32)
def _times(groups: int, count: int) -> NDArray[np.uint8]:
    """How often each group is drawn in each resample, shape (resamples, groups): always the same numbers.

    Cached, one byte each (5 MB for 5,000 groups): drawing takes longer than using them, and the scoring modes and the
    systems of a report share them. A byte is enough: of a million groups, none is drawn much more than ten times.
    """
    generator = np.random.default_rng(SEED)
    found = np.empty((count, groups), np.uint8)
    places = np.arange(BLOCK)[:, None] * groups
    for start in range(0, count, BLOCK):
        drawn = generator.integers(0, groups, (BLOCK, groups)) + places
        found[start : start + BLOCK] = np.bincount(drawn.ravel(), minlength=drawn.size).reshape(drawn.shape)
    return found


def _drawn(rows: Numbers, groups: int, times: NDArray[np.integer[Any]]) -> Numbers:
    """Sums of the rows, each taken as often as it is drawn; in single precision where that is exact."""
    exact = groups * np.abs(rows).max(initial=0) < EXACT and (rows == np.rint(rows)).all()
    kind = np.dtype(np.float32 if exact else np.float64)
    taken = rows.astype(kind)
    blocks = [np.matmul(times[start : start + BLOCK].astype(kind), taken) for start in range(0, len(times), BLOCK)]
    drawn: Numbers = np.concatenate(blocks).astype(np.float64)
    return drawn


def reordered(drawn: Numbers, groups: Iterable[str]) -> Numbers:
    """Resamples of a data set in an order of its own: that of its groups, whose names are given without its corpus'.

    Resamples of data sets with equally many groups are drawn by the same numbers. To be combined over data sets, they
    must be independent, unless the groups are the same documents, whose scores do vary together.
    """
    key = hashlib.blake2b("\n".join(sorted(set(groups))).encode(), digest_size=8).digest()
    moved: Numbers = np.random.default_rng(int.from_bytes(key, "big")).permutation(drawn)
    return moved


def or_plausible(drawn: Numbers, share: float, count: int) -> Numbers:
    """Resamples of a share of `count` independent cases; where they don't differ, `plausible` values."""
    return plausible(share, count) if np.ptp(drawn) == 0 else drawn


def plausible(share: float, count: int) -> Numbers:
    """Values that a share of `count` independent cases may have, where resamples don't differ, shape (resamples,).

    They are drawn from the beta distribution that a uniform prior gives, and lie in the share's interval.
    """
    drawn = np.random.default_rng(SEED).beta(share * count + 1, (1 - share) * count + 1, RESAMPLES)
    within: Numbers = np.clip(drawn, *wilson(share, count))
    return within


def wilson(share: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share of `count` independent cases (Wilson, 1927)."""
    weight = NORMAL**2 / count
    middle = (share + weight / 2) / (1 + weight)
    half = NORMAL * math.sqrt(share * (1 - share) / count + weight / (4 * count)) / (1 + weight)
    return (middle - half if share > 0 else 0.0), (middle + half if share < 1 else 1.0)


def interval(values: Numbers) -> tuple[float, float]:
    """The 95 % percentile interval: bounds that leave out 2.5 % of the values at each end."""
    low, high = np.percentile(values, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return float(low), float(high)
