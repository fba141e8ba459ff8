"""Intervals by resampling groups: the source documents or patients that questions come from.

Questions about one document aren't independent, so documents are drawn, with all their questions (cluster bootstrap;
Efron & Tibshirani, 1993, percentile interval).
"""

from collections.abc import Sequence

import numpy as np

from mnlu_instruct.scoring.counts import Numbers

RESAMPLES = 1_000
LEVEL = 0.95
SEED = 42
BLOCK = 100
"""Resamples drawn at a time: bounds the memory for data sets of many groups."""


def by_group(rows: Numbers, groups: Sequence[str]) -> Numbers:
    """The sum of the rows of each group, shape (groups, columns), in the order of the groups' names."""
    names, place = np.unique(np.array(groups), return_inverse=True)
    sums = np.zeros((len(names), rows.shape[1]))
    np.add.at(sums, place, rows)
    return sums


def resampled(sums: Numbers) -> Numbers:
    """The sums of 1,000 data sets of as many groups, drawn with replacement, shape (resamples, columns).

    The draws depend on the number of groups alone: two systems on the same questions are resampled alike.
    """
    generator = np.random.default_rng(SEED)
    groups = len(sums)
    even = np.full(groups, 1 / groups)
    blocks = [generator.multinomial(groups, even, BLOCK) @ sums for _ in range(RESAMPLES // BLOCK)]
    return np.concatenate(blocks)


def interval(values: Numbers) -> tuple[float, float]:
    """The bounds that leave out 2.5 % of the values below and above."""
    low, high = np.percentile(values, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return float(low), float(high)
