"""True positives, false positives, false negatives, and the ratios of them: the one place that computes F1."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def ratio(part: Numbers, whole: Numbers) -> Numbers:
    """`part / whole`, and 0 where the whole is 0: a score to which no answer contributes."""
    part, whole = np.broadcast_arrays(np.asarray(part, float), np.asarray(whole, float))
    return np.divide(part, whole, out=np.zeros(whole.shape), where=whole != 0)


def f1(precision: Numbers, recall: Numbers) -> Numbers:
    """The harmonic mean of precision and recall, fractions of 1."""
    return ratio(2 * precision * recall, precision + recall)


@dataclass(frozen=True)
class PRF:
    """True positives, false positives and false negatives: arrays of one shape, which is that of the ratios, too."""

    tp: Numbers
    fp: Numbers
    fn: Numbers

    def __add__(self, other: "PRF") -> "PRF":
        return PRF(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def precision(self) -> Numbers:
        """The share of predictions that are right."""
        return ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> Numbers:
        """The share of gold that was found."""
        return ratio(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> Numbers:
        """The harmonic mean of precision and recall."""
        return f1(self.precision, self.recall)


def pooled(counts: PRF) -> PRF:
    """The counts summed over the last axis (labels), for micro averages."""
    return PRF(counts.tp.sum(-1), counts.fp.sum(-1), counts.fn.sum(-1))
