"""Sufficient statistics of a data set's answers, and the metrics computed from their sums."""

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field

import numpy as np
from msgspec import Struct

from mnlu_instruct.scoring.counts import PRF, Numbers, pooled
from mnlu_instruct.types import Instance, Parsed

Metric = Callable[[Numbers], Numbers]
"""From sums of rows (shape `(…, columns)`) to values (shape `(…)`)."""


class Answered(Struct, frozen=True):
    """A question and its parsed answer.

    `truncated`: the answer was stopped before its end; `too_long`: nothing was asked, for want of room for the prompt.
    """

    instance: Instance
    parsed: Parsed
    truncated: bool = False
    too_long: bool = False


@dataclass(frozen=True)
class Statistics:
    """The statistics of a data set's answers.

    Args:
        rows: one row per answer, shape (answers, columns); metrics see only sums of rows.
        metrics: the metrics by their keys, the headline first.
        labels: the labels whose counts the first columns hold, three each (`by_label`).
        shares: fractions of 1 to report with the metrics (`hallucinated`).
        are_shares: whether the metrics are fractions of 1, not correlations.
    """

    rows: Numbers
    metrics: Mapping[str, Metric]
    labels: tuple[str, ...] = ()
    shares: Mapping[str, float] = field(default_factory=dict)
    are_shares: bool = True


def by_label(sums: Numbers, labels: int) -> PRF:
    """The counts of each label, shape (…, labels), from columns tp, fp, fn of the first label, then the next."""
    table = sums[..., : 3 * labels].reshape(*sums.shape[:-1], labels, 3)
    return PRF(table[..., 0], table[..., 1], table[..., 2])


def micro(labels: int) -> dict[str, Metric]:
    """Micro-averaged F1, precision and recall."""
    return {
        "f1": lambda sums: pooled(by_label(sums, labels)).f1,
        "precision": lambda sums: pooled(by_label(sums, labels)).precision,
        "recall": lambda sums: pooled(by_label(sums, labels)).recall,
    }


def of_sets(answers: Iterable[tuple[Set[object], Set[object]]]) -> Statistics:
    """Micro-averaged F1, precision and recall of sets: of each answer, what it states, and what is right."""
    counts = [(len(stated & right), len(stated - right), len(right - stated)) for stated, right in answers]
    return Statistics(np.array(counts, float), micro(1))
