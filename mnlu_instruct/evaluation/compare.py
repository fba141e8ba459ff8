"""Two runs side by side: the differences of their headline scores, paired by question."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import predictions
from mnlu_instruct.evaluation.predictions import Line
from mnlu_instruct.scoring import comparison, scores
from mnlu_instruct.scoring.comparison import Difference


class Compared(Struct, frozen=True):
    """A data set on which two systems were compared.

    Args:
        n: the questions that both answered; `only`: how many the first and the second alone did.
        difference: of their scores on these.
        p_holm: the p-value, corrected for the number of data sets.
    """

    n: int
    only: tuple[int, int]
    difference: Difference
    p_holm: float


class Comparison(Struct, frozen=True):
    """Two systems: the data sets they were compared on, and those that one of the two lacks."""

    first: str
    second: str
    datasets: dict[str, Compared]
    lacking: dict[str, str]


def compare(first: Path, second: Path) -> Comparison:
    """Compare two runs, or files of predictions, on the data sets that both have.

    Raises:
        UserError: one can't be read; a question has another gold answer in the other; they have no question in common.
    """
    sides = [predictions.read([path]) for path in (first, second)]
    shared = [name for name in sides[0] if name in sides[1]]
    paired = {name: _paired(name, *(_by_id(side[name]) for side in sides)) for name in shared}
    paired = {name: pair for name, pair in paired.items() if pair[0]}
    if not paired:
        raise UserError(f"{first} and {second} have no question in common.", "compare runs of the same suite.")
    found = {name: _difference(*pair) for name, pair in paired.items()}
    corrected = comparison.holm([one.p for one in found.values()])
    compared = {
        name: Compared(len(pair[0]), (len(sides[0][name]) - len(pair[0]), len(sides[1][name]) - len(pair[0])), one, p)
        for (name, one), pair, p in zip(found.items(), paired.values(), corrected, strict=True)
    }
    lacking = {name: str(second) for name in sides[0] if name not in compared}
    lacking |= {name: str(first) for name in sides[1] if name not in compared}
    return Comparison(first.name, second.name, compared, lacking)


def _by_id(lines: Sequence[Line]) -> dict[str, Line]:
    return {line.instance.id: line for line in lines}


def _paired(name: str, first: Mapping[str, Line], second: Mapping[str, Line]) -> tuple[list[Line], list[Line]]:
    """The lines of both about the same questions, in the order of their ids.

    Raises:
        UserError: a question has two gold answers.
    """
    ids = sorted(first.keys() & second.keys())
    for one in ids:
        if first[one].instance.gold != second[one].instance.gold:
            raise UserError(
                f"{second[one].origin}: {one} of {name} has another gold answer than at {first[one].origin}.",
                "compare runs on the same corpus files, made by the same version.",
            )
    return [first[one] for one in ids], [second[one] for one in ids]


def _difference(first: Sequence[Line], second: Sequence[Line]) -> Difference:
    negative, by_words = predictions.negative(first), predictions.by_words(first)
    answers = [[line.answered for line in lines] for lines in (first, second)]
    measured = (scores.measure(side, negative, by_words) for side in answers)
    return comparison.difference(answers[0], *measured)
