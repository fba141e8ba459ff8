"""What predictions score: each data set, and the averages of the suites that they belong to."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from mnlu_instruct import predictions, suites
from mnlu_instruct.predictions import Line
from mnlu_instruct.scoring import scores
from mnlu_instruct.scoring.scores import Score
from mnlu_instruct.suites import Average


class Scorecard(Struct, frozen=True):
    """Scores by data set (fractions of 1) and averages by name (×100): what `mnlu score --json` prints."""

    mode: str
    datasets: dict[str, Score]
    suites: dict[str, Average]


def score(paths: Iterable[Path], expected: Mapping[str, Collection[str]]) -> Scorecard:
    """The strict scores of predictions files, or of folders of them.

    Args:
        paths: files of JSON lines, or folders with such.
        expected: the ids of all test questions of a data set, by its name, where they are known.

    Raises:
        UserError: a file is no predictions file, or answers what isn't asked (`predictions.read`, `.missing`).
    """
    found = predictions.read(paths)
    datasets = {name: _score(name, lines, expected.get(name)) for name, lines in found.items()}
    headlines = {name: one.metrics[one.headline].value for name, one in datasets.items()}
    return Scorecard("strict", datasets, suites.averages(headlines))


def _score(name: str, lines: Sequence[Line], expected: Collection[str] | None) -> Score:
    answers = [line.answered for line in lines]
    scored = scores.score(answers, predictions.negative(lines), predictions.by_words(lines))
    if expected is None or not predictions.missing(name, lines, expected):
        return scored
    return msgspec.structs.replace(scored, incomplete=f"{len(lines)} of {len(expected)}")
