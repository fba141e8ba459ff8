"""Label keys: one that holds (QA, NLI, EAC), or a set of them (DC, RE). An answer that can't be read states none."""

from collections.abc import Sequence

import numpy as np

from mnlu_instruct.scoring.counts import Numbers, f1, ratio
from mnlu_instruct.scoring.statistics import Answered, Statistics, by_label, micro
from mnlu_instruct.types import Answer

RIGHT, PRECISION, RECALL, ANSWERS = -4, -3, -2, -1
"""The columns behind the counts by label: whether all of an answer is right, its own precision and recall, and 1."""


def measure_one(answers: Sequence[Answered]) -> Statistics:
    """One key is right: accuracy."""
    rows, labels = _rows(answers, None)
    return Statistics(rows, {"accuracy": lambda sums: ratio(sums[..., RIGHT], sums[..., ANSWERS])}, labels)


def measure_classes(answers: Sequence[Answered]) -> Statistics:
    """Several classes may hold of a document, or none: micro F1 over classes, BLURB's score of HoC.

    `f1_example`, BLUE's, is the F1 of the mean precision and the mean recall of a document (Peng et al., 2019); they
    are 1 for a document without a class where a readable answer states none.
    """
    rows, labels = _rows(answers, None)

    def f1_example(sums: Numbers) -> Numbers:
        return f1(ratio(sums[..., PRECISION], sums[..., ANSWERS]), ratio(sums[..., RECALL], sums[..., ANSWERS]))

    return Statistics(rows, {**micro(len(labels)), "f1_example": f1_example}, labels)


def measure_relations(answers: Sequence[Answered], negative: str | None) -> Statistics:
    """Several relations may hold of a pair: micro F1 over all labels but the negative one, if there is one.

    `f1_macro_positive` is the mean of the labels' F1, which BLUE names for DDI.
    """
    rows, labels = _rows(answers, negative)

    def f1_macro(sums: Numbers) -> Numbers:
        return ratio(by_label(sums, len(labels)).f1.sum(-1), np.array(len(labels)))

    return Statistics(rows, {**micro(len(labels)), "f1_macro_positive": f1_macro}, labels)


def _rows(answers: Sequence[Answered], negative: str | None) -> tuple[Numbers, tuple[str, ...]]:
    """What each answer contributes, and the labels counted: all but the negative one, sorted."""
    labels = sorted({label.key for answered in answers for label in answered.instance.labels} - {negative})
    place = {key: index for index, key in enumerate(labels)}
    counts = np.zeros((len(answers), len(labels), 3))
    others = np.zeros((len(answers), 4))
    for count, other, answered in zip(counts, others, answers, strict=True):
        stated = answered.parsed.answer
        gold, found = _keys(answered.instance.gold.answer) - {negative}, _keys(stated) - {negative}
        for key in gold | found:
            count[place[key]] = key in gold and key in found, key not in gold, key not in found
        right = len(gold & found)
        agrees = float(stated is not None and gold == found)
        precision = right / len(found) if found else agrees
        recall = right / len(gold) if gold else agrees
        other[:] = agrees, precision, recall, 1
    return np.hstack([counts.reshape(len(answers), -1), others]), tuple(labels)


def _keys(answer: Answer | None) -> frozenset[str]:
    if answer is None:
        return frozenset()
    if isinstance(answer, str):
        return frozenset({answer})
    assert isinstance(answer, frozenset)
    return answer
