"""Score label keys: one per answer (QA, NLI, EAC), or a set (DC, RE). An unreadable answer has no key."""

from collections.abc import Sequence

import numpy as np

from mnlu_instruct.scoring.counts import Numbers, f1, ratio
from mnlu_instruct.scoring.statistics import Answered, Statistics, by_label, micro
from mnlu_instruct.types import Answer

RIGHT, PRECISION, RECALL, ANSWERS = -4, -3, -2, -1
"""The columns after the counts by label: whether the whole answer is right, its precision and recall, and 1."""


def measure_one(answers: Sequence[Answered]) -> Statistics:
    """Accuracy, for questions with one right option."""
    rows, labels = _rows(answers, None)
    return Statistics(rows, {"accuracy": lambda sums: ratio(sums[..., RIGHT], sums[..., ANSWERS])}, labels)


def measure_classes(answers: Sequence[Answered]) -> Statistics:
    """Multi-label document classification: micro F1 over classes, BLURB's metric for HoC.

    `f1_example`, BLUE's metric, is the F1 of the documents' mean precision and mean recall (Peng et al., 2019); both
    are 1 for a document without a class if a readable answer states none.
    """
    rows, labels = _rows(answers, None)

    def f1_example(sums: Numbers) -> Numbers:
        return f1(ratio(sums[..., PRECISION], sums[..., ANSWERS]), ratio(sums[..., RECALL], sums[..., ANSWERS]))

    return Statistics(rows, {**micro(len(labels)), "f1_example": f1_example}, labels)


def measure_relations(answers: Sequence[Answered], negative: str | None) -> Statistics:
    """Relation extraction: micro F1 over all labels except the negative one, if there is one.

    `f1_macro_positive` is the mean of the labels' F1, the metric that BLUE names for DDI.
    """
    rows, labels = _rows(answers, negative)

    def f1_macro(sums: Numbers) -> Numbers:
        return ratio(by_label(sums, len(labels)).f1.sum(-1), np.array(len(labels)))

    return Statistics(rows, {**micro(len(labels)), "f1_macro_positive": f1_macro}, labels)


def _rows(answers: Sequence[Answered], negative: str | None) -> tuple[Numbers, tuple[str, ...]]:
    """One row per answer, and the labels counted: all but the negative one, sorted."""
    labels = sorted({label.key for answered in answers for label in answered.instance.labels} - {negative})
    place = {key: index for index, key in enumerate(labels)}
    counts = np.zeros((len(answers), len(labels), 3))
    others = np.zeros((len(answers), 4))
    for count, other, answered in zip(counts, others, answers, strict=True):
        stated = answered.parsed.answer
        gold, found = keys_of(answered.instance.gold.answer) - {negative}, keys_of(stated) - {negative}
        for key in gold | found:
            count[place[key]] = key in gold and key in found, key not in gold, key not in found
        right = len(gold & found)
        agrees = float(stated is not None and gold == found)
        precision = right / len(found) if found else agrees
        recall = right / len(gold) if gold else agrees
        other[:] = agrees, precision, recall, 1
    return np.hstack([counts.reshape(len(answers), -1), others]), tuple(labels)


def keys_of(answer: Answer | None) -> frozenset[str]:
    """The keys of an answer; none if it is unreadable."""
    if answer is None:
        return frozenset()
    if isinstance(answer, str):
        return frozenset({answer})
    assert isinstance(answer, frozenset)
    return answer
