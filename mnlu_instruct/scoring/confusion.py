"""Confusion matrices: gold options against predicted ones, for tasks whose questions mostly have one right option."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from mnlu_instruct.scoring.statistics import Answered
from mnlu_instruct.types import Answer

KINDS = frozenset({"eac", "qa", "nli", "sts", "re"})
UNREADABLE, SEVERAL = "unreadable", "several"


class Confusion(Struct, frozen=True):
    """A confusion matrix of strictly parsed answers.

    Args:
        gold: names of rows: the labels' keys in order, scores by size; `several` if a question has more than one.
        said: names of columns: the same keys, `several` if an answer has more than one, and `unreadable`.
        counts: numbers of questions, row by row.
    """

    gold: tuple[str, ...]
    said: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


def confusion(answers: Sequence[Answered]) -> Confusion | None:
    """The confusion matrix of a data set's answers; None if their task is not in `KINDS`."""
    if answers[0].instance.task not in KINDS:
        return None
    cells = Counter((_name(one.instance.gold.answer), _name(one.parsed.answer)) for one in answers)
    keys = {label.key for one in answers for label in one.instance.labels}
    ordered = sorted(keys, key=int if answers[0].instance.task == "sts" else str)
    gold = (*ordered, *_needed({row for row, _ in cells}))
    said = (*ordered, *_needed({column for _, column in cells}), UNREADABLE)
    return Confusion(gold, said, tuple(tuple(cells[row, column] for column in said) for row in gold))


def _needed(names: set[str]) -> tuple[str, ...]:
    return (SEVERAL,) if SEVERAL in names else ()


def _name(answer: Answer | None) -> str:
    if answer is None:
        return UNREADABLE
    if not isinstance(answer, frozenset):
        return str(answer)
    return next(iter(answer)) if len(answer) == 1 else SEVERAL
