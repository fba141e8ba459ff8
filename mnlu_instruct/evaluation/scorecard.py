"""Score predictions: each data set, and the averages of the suites that the data sets belong to."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType

import msgspec
import numpy as np
from msgspec import Struct

from mnlu_instruct.catalogue import suites
from mnlu_instruct.catalogue.suites import Average, Scores
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import bertscore, predictions, stated
from mnlu_instruct.evaluation.bertscore import Weights
from mnlu_instruct.evaluation.predictions import Line, Prediction
from mnlu_instruct.evaluation.stated import AskedSet
from mnlu_instruct.prompting import chat
from mnlu_instruct.scoring import bootstrap, modes, reference, rouge_box, scores, text
from mnlu_instruct.scoring.counts import Numbers
from mnlu_instruct.scoring.modes import Mode, Protocol, TextMode
from mnlu_instruct.scoring.said import Said, UnscorableError
from mnlu_instruct.scoring.scores import Score
from mnlu_instruct.scoring.statistics import Answered, Statistics
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.types import FREE_TEXT


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
    mode: str = "strict",
    skip_broken: bool = False,
    own: Mapping[str, Corpus] = MappingProxyType({}),
    by: Weights | None = None,
) -> Scorecard:
    """Score predictions files, or folders of them, by what a run or an export states beside them (`stated`).

    The averages are those of its suite; where none is stated, those of the bundled suites.

    Args:
        paths: files of JSON lines, or folders of such files.
        expected: the ids of all test questions, by data set, where they are known. Of other data sets only the number
            of questions is checked, if that is stated.
        mode: how answers are counted, by its name (`scoring.modes`).
        skip_broken: leave out data sets that this mode can't score, instead of stopping.
        own: corpora of the user's own, by name.
        by: the weights of BERTScore, by which texts in words of their own are scored, too.

    Raises:
        UserError: a file is no predictions file, or has an id that is not a test question (`predictions.read`,
            `.missing`); or there is no such mode, or it can't score a data set.
    """
    counting, paths = modes.get(mode), list(paths)
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
            datasets[name], drawn[name] = _score(name, lines, count, counting, asked, by)
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
    name: str, lines: Sequence[Line], count: int, mode: Mode, asked: AskedSet | None, by: Weights | None
) -> tuple[Score, dict[str, Numbers]]:
    """The score of a data set's predictions and the metrics' resamples.

    `count` says how many questions were asked; `asked` what is stated about the data set.
    """
    if len(lines) > count:
        raise UserError(
            f"{lines[0].origin}: there are {len(lines):,} predictions of {name}, which has {count:,} questions here.",
            "are predictions of another run among them? Score the files of each run in a folder of their own.",
        )
    counted, drawn = _counted(name, lines, mode, by)
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


def _counted(name: str, lines: Sequence[Line], mode: Mode, by: Weights | None) -> tuple[Score, dict[str, Numbers]]:
    answers, found = measured(name, lines, mode)
    if by and answers[0].instance.task in FREE_TEXT:
        cut = _cutter(mode.tokenizer) if isinstance(mode, TextMode) else str
        found = text.with_bertscore(found, bertscore.f1(text.references(answers, cut), text.said(answers), by))
    return scores.estimated(answers, found)


def measured(name: str, lines: Sequence[Line], mode: Mode) -> tuple[list[Answered], Statistics]:
    """The answers of a data set in the order of their ids, and their statistics, whose rows have that order.

    Args:
        name: the data set.
        lines: its answers, in the order of their file.
        mode: how they are counted.

    Raises:
        UnscorableError: the mode can't score them.
    """
    order = sorted(range(len(lines)), key=lambda place: lines[place].instance.id)
    answers = [lines[place].answered for place in order]
    if isinstance(mode, Protocol):
        _check(name, lines[0].prediction, mode)
        found = mode.measure([_said(line) for line in lines])
        return answers, replace(found, rows=found.rows[order])
    if isinstance(mode, TextMode):
        _check(name, lines[0].prediction, mode)
        return answers, text.measure_biobart(answers, _cutter(mode.tokenizer))
    negative, by_words = predictions.negative(lines), predictions.by_words(lines)
    if mode.name == "rouge-box":
        return answers, rouge_box.measure(answers, [lines[place].prediction.prediction for place in order])
    if mode.name in {"strict", "relaxed"} or answers[0].instance.task in FREE_TEXT | {"el"}:
        return answers, scores.measure(answers, negative, by_words, relaxed=mode.name == "relaxed")
    found = reference.measure(
        [_said(lines[place]) for place in order],
        negative,
        by_words,
        relaxed=mode.name == "reference-relaxed",
        several=predictions.several(lines),
    )
    return answers, found


@cache
def _cutter(tokenizer: str) -> Callable[[str], str]:
    """What remains of a text within the 128 tokens, special ones included, that BioBART's script gives references."""
    coded = chat.load_tokenizer(tokenizer)

    def cut(words: str) -> str:
        ids = coded(words, truncation=True, max_length=text.RELEASED_TOKENS)["input_ids"]
        return str(coded.decode(ids, skip_special_tokens=True))

    return cut


def _check(name: str, one: Prediction, protocol: Protocol | TextMode) -> None:
    """Check that a protocol fits a data set, of which a prediction is given.

    Raises:
        UnscorableError: it doesn't.
    """
    if not protocol.fits(one.task, one.corpus):
        raise UnscorableError(
            f"{protocol.name} doesn't score {name} ({one.task} of {one.corpus}): it counts {protocol.counts}.",
            "--skip-broken leaves such data sets out; --mode strict scores all.",
        )


def _said(line: Line) -> Said:
    one = line.prediction
    prompt = tuple(message.get("content", "") for message in one.prompt)
    return Said(line.instance, one.target, one.prediction, prompt, line.answered.parsed, one.places)
