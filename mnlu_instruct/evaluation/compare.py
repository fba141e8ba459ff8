"""Compare two runs on the same questions: differences of scores (paired bootstrap)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct

from mnlu_instruct.catalogue import suites
from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.evaluation import predictions, scorecard, stated
from mnlu_instruct.evaluation.predictions import Line
from mnlu_instruct.scoring import comparison, modes
from mnlu_instruct.scoring.comparison import Difference
from mnlu_instruct.scoring.modes import Mode
from mnlu_instruct.sources.declaration import Corpus


class Compared(Struct, frozen=True):
    """A data set on which two systems were compared.

    Args:
        n: how many questions both answered; `groups`: the documents or patients that they are about.
        only: how many questions only the first, and only the second answered.
        difference: of their scores on the questions that both answered.
        p_holm: the p-value, corrected for the number of data sets (Holm).
    """

    n: int
    groups: int
    only: tuple[int, int]
    difference: Difference
    p_holm: float


class Comparison(Struct, frozen=True):
    """Two systems, the data sets they were compared on, and the data sets that one lacks (name → which run)."""

    first: str
    second: str
    datasets: dict[str, Compared]
    lacking: dict[str, str]


def compare(
    first: Path,
    second: Path,
    own: Mapping[str, Corpus] = MappingProxyType({}),
    mode: str = "strict",
    metric: str | None = None,
) -> Comparison:
    """Compare two runs, or files of predictions, on the data sets that both have.

    Args:
        first: a run, or a file of predictions; its headlines are compared, if no metric is given.
        second: another.
        own: corpora of the user's own, by name, for predictions without a run.
        mode: how answers are counted, by its name (`scoring.modes`).
        metric: what is compared, by its key.

    Raises:
        UserError: one can't be read; the two have different gold answers to a question, or no question in common; there
            is no such mode or metric, or the mode can't score a data set.
    """
    counting = modes.get(mode)
    sides = [predictions.read([path], own) for path in (first, second)]
    shared = [name for name in sides[0] if name in sides[1]]
    paired = {name: _paired(name, *(_by_id(side[name]) for side in sides)) for name in shared}
    paired = {name: pair for name, pair in paired.items() if pair[0]}
    if not paired:
        raise UserError(f"{first} and {second} have no question in common.", "compare runs of the same suite.")
    headlines = {name: one.headline for name, one in stated.read([first]).datasets.items()}
    found = {
        name: _difference(name, *pair, counting, metric, headlines.get(name), comparison.enough(len(paired)))
        for name, pair in paired.items()
    }
    corrected = comparison.holm([one.p for one in found.values()])
    compared = {
        name: Compared(
            n=len(ones),
            groups=len({line.instance.group for line in ones}),
            only=(len(sides[0][name]) - len(ones), len(sides[1][name]) - len(ones)),
            difference=one,
            p_holm=p,
        )
        for (name, one), (ones, _), p in zip(found.items(), paired.values(), corrected, strict=True)
    }
    lacking = {name: str(second) for name in sides[0] if name not in compared}
    lacking |= {name: str(first) for name in sides[1] if name not in compared}
    return Comparison(first.name, second.name, compared, lacking)


def _by_id(lines: Sequence[Line]) -> dict[str, Line]:
    return {line.instance.id: line for line in lines}


def _paired(name: str, first: Mapping[str, Line], second: Mapping[str, Line]) -> tuple[list[Line], list[Line]]:
    """The lines of both about the questions that both have, sorted by id.

    Raises:
        UserError: a question has different gold answers.
    """
    ids = sorted(first.keys() & second.keys())
    for one in ids:
        if first[one].instance.gold != second[one].instance.gold:
            raise UserError(
                f"{second[one].origin}: {one} of {name} has a different gold answer at {first[one].origin}.",
                "compare runs on the same corpus files, made by the same version.",
            )
    return [first[one] for one in ids], [second[one] for one in ids]


def _difference(
    name: str,
    first: Sequence[Line],
    second: Sequence[Line],
    mode: Mode,
    metric: str | None,
    headline: str | None,
    resamples: int,
) -> Difference:
    answers, one = scorecard.measured(name, first, mode)
    _, other = scorecard.measured(name, second, mode)
    if metric is not None and metric not in one.metrics:
        raise unknown(f"metric of {name}, counted as {mode.name}:", metric, one.metrics)
    return comparison.difference(answers, one, other, metric or suites.headline(one.metrics, headline), resamples)
