"""Score predictions: each data set, and the averages of the suites that the data sets belong to."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import msgspec
import numpy as np
from msgspec import Struct

from mnlu_instruct.catalogue import suites
from mnlu_instruct.catalogue.suites import Average, Scores
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import predictions, stated
from mnlu_instruct.evaluation.predictions import Line
from mnlu_instruct.evaluation.stated import AskedSet
from mnlu_instruct.scoring import bootstrap, reference, scores, study
from mnlu_instruct.scoring.counts import Numbers
from mnlu_instruct.scoring.reference import Said, UnscorableError
from mnlu_instruct.scoring.scores import Score
from mnlu_instruct.sources.declaration import Corpus

Mode = Literal["strict", "relaxed", "reference", "reference-relaxed", "study", "study-decoder"]
"""How answers are read and counted: `strict` is exact match, `relaxed` counts overlapping spans, `reference` counts as
the script released with the paper, `reference-relaxed` adds that script's relaxed comparison of spans. Summaries are
scored the same in all of these. `study` counts relations of texts as the study of domain specificity did,
`study-decoder` as it did for decoders, whose prompt it read with the answer."""
STUDY: Mapping[Mode, bool] = {"study": False, "study-decoder": True}
"""Modes of the study, and whether prompt and answer are read together."""


class Scorecard(Struct, frozen=True):
    """Scores by data set (fractions of 1) and averages by name (×100): what `mnlu score --json` prints.

    `broken` has the data sets that couldn't be scored, each with the reason.
    """

    mode: str
    datasets: dict[str, Score]
    suites: dict[str, Average]
    broken: dict[str, str] = {}

    @property
    def values(self) -> Scores:
        """By data set the value of each metric, its own headline first."""
        return values(self.datasets)


def values(scores: Mapping[str, Score]) -> Scores:
    """By data set the value of each metric (fractions of 1), its own headline first."""
    return {name: {metric: one.value for metric, one in score.metrics.items()} for name, score in scores.items()}


def score(
    paths: Iterable[Path],
    expected: Mapping[str, Collection[str]],
    mode: Mode = "strict",
    skip_broken: bool = False,
    own: Mapping[str, Corpus] = MappingProxyType({}),
) -> Scorecard:
    """Score predictions files, or folders of them, by what a run or an export states beside them (`stated`).

    The averages are those of its suite; where none is stated, those of the bundled suites.

    Args:
        paths: files of JSON lines, or folders of such files.
        expected: the ids of all test questions, by data set, where they are known. Of other data sets only the number
            of questions is checked, if that is stated.
        mode: how answers are counted.
        skip_broken: leave out data sets on whose answers the released script crashes, instead of stopping.
        own: corpora of the user's own, by name.

    Raises:
        UserError: a file is no predictions file, or has an id that is not a test question (`predictions.read`,
            `.missing`); or the released script crashes on an answer.
    """
    paths = list(paths)
    found, about = predictions.read(paths, own), stated.read(paths)
    datasets: dict[str, Score] = {}
    drawn: dict[str, Mapping[str, Numbers]] = {}
    broken: dict[str, str] = {}
    for name, lines in found.items():
        asked = about.datasets.get(name)
        count = asked.questions if asked else len(lines)
        if name in expected:
            count = len(lines) + predictions.missing(name, lines, expected[name])
        try:
            datasets[name], drawn[name] = _score(name, lines, count, mode, asked)
        except UnscorableError as error:
            if not skip_broken:
                raise
            broken[name] = error.message
    averages = about.as_suite.average if about.averages else suites.averages
    return Scorecard(mode, datasets, averages(values(datasets), partial(_within, drawn, values(datasets))), broken)


def _within(
    drawn: Mapping[str, Mapping[str, Numbers]], scores: Scores, metrics: Mapping[str, str]
) -> tuple[float, float]:
    """The 95 % interval of the mean over data sets, from the resamples of each one's metric; the mean is in it."""
    low, high = bootstrap.interval(np.mean([drawn[name][metric] for name, metric in metrics.items()], axis=0))
    mean = float(np.mean([scores[name][metric] for name, metric in metrics.items()]))
    return min(low, mean), max(high, mean)


def _score(
    name: str, lines: Sequence[Line], count: int, mode: Mode, asked: AskedSet | None
) -> tuple[Score, dict[str, Numbers]]:
    """The score of a data set's predictions and the metrics' resamples.

    `count` says how many questions were asked; `asked` what is stated about the data set.
    """
    if len(lines) > count:
        raise UserError(
            f"{lines[0].origin}: there are {len(lines):,} predictions of {name}, which has {count:,} questions here.",
            "are predictions of another run among them? Score the files of each run in a folder of their own.",
        )
    counted, drawn = _counted(sorted(lines, key=lambda line: line.instance.id), mode)
    groups = [line.instance.group.partition("/")[2] for line in lines]
    score = msgspec.structs.replace(
        counted,
        headline=suites.headline(counted.metrics, asked.headline if asked else None),
        sampled_from=asked.available if asked and asked.questions < asked.available else None,
        incomplete=f"{len(lines)} of {count}" if len(lines) < count else None,
        seen=_seen(lines),
    )
    return score, {metric: bootstrap.reordered(one, groups) for metric, one in drawn.items()}


def _seen(lines: Sequence[Line]) -> float | None:
    """The share of questions about texts that the model was trained on; None if that isn't known of all of them."""
    marks = [line.prediction.seen for line in lines]
    return None if None in marks else sum(map(bool, marks)) / len(marks)


def _counted(lines: Sequence[Line], mode: Mode) -> tuple[Score, dict[str, Numbers]]:
    answers = [line.answered for line in lines]
    negative, by_words = predictions.negative(lines), predictions.by_words(lines)
    said = [_said(line) for line in lines]
    if mode in STUDY:
        return scores.estimated(answers, study.measure(said, together=STUDY[mode]))
    if mode in {"strict", "relaxed"} or answers[0].instance.task == "summ":
        return scores.estimated(answers, scores.measure(answers, negative, by_words, relaxed=mode == "relaxed"))
    several = predictions.several(lines)
    measured = reference.measure(said, negative, by_words, relaxed=mode == "reference-relaxed", several=several)
    return scores.estimated(answers, measured)


def _said(line: Line) -> Said:
    one = line.prediction
    return Said(line.instance, one.target, one.prediction, tuple(message.get("content", "") for message in one.prompt))
