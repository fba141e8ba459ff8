"""The section of one test set: metrics, outcomes of answers, scores by label, confusion matrices, lengths."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from mnlu_instruct.dataset.lengths import Lengths, lengths
from mnlu_instruct.evaluation.predictions import Line
from mnlu_instruct.evaluation.runs import Run
from mnlu_instruct.report import plots
from mnlu_instruct.report.answers import Judged, Verdict
from mnlu_instruct.report.histograms import Histogram, histograms
from mnlu_instruct.report.overview import interval, metric, number, percent
from mnlu_instruct.report.plots import Distribution, Span
from mnlu_instruct.scoring.confusion import Confusion
from mnlu_instruct.scoring.error_kinds import KINDS, Kind
from mnlu_instruct.scoring.scores import Score
from mnlu_instruct.scoring.text import ALPHABET
from mnlu_instruct.types import FREE_TEXT

SHADES = 10
"""Shades of a cell in a confusion matrix."""
SHARES = {
    "hallucinated": "hallucinated spans",
    "unasked": "spans of types not asked",
    "missing_lines": "missing lines",
    "unread_clauses": "unreadable clauses",
    "not_in_text": "names not in the text",
    "false_alarms": "found where there are none",
}


class Measured(Struct, frozen=True):
    """A system's metrics, in the columns' order: value and interval as text; None where it has none."""

    system: int
    n: str
    groups: str
    metrics: tuple[tuple[str, str] | None, ...]


class Outcome(Struct, frozen=True):
    """The outcomes of a system's answers.

    Args:
        counts: how many there are of each verdict.
        shares: further shares that are known, as text, by name.
    """

    system: int
    counts: dict[Verdict, int]
    shares: dict[str, str]


class Erred(Struct, frozen=True):
    """How many errors of each kind a system's answers have, in the order of the test set's `kinds`."""

    system: int
    counts: tuple[int, ...]


class Labelled(Struct, frozen=True):
    """A system's counts of one label; ratios ×100."""

    label: str
    system: int
    tp: int
    fp: int
    fn: int
    precision: str
    recall: str
    f1: str


class Confused(Struct, frozen=True):
    """A system's confusion matrix.

    Args:
        rows: gold label and its cells: count, share of the row as text, shade, and whether it is right.
    """

    system: int
    said: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[int, str, int, bool], ...]], ...]


class Testset(Struct, frozen=True):
    """A test set, and how the systems did on it.

    Args:
        metrics: the names of all metrics, headlines first.
        verdicts: the possible verdicts.
        shares: the names of the further shares of answers.
        kinds: the kinds of errors that there are.
        ratios: precision and recall, if they are measured.
        prompts: lengths of the prompts by system, in `prompt_unit`; `answers` likewise.
        note: what must be known about the metrics.
    """

    name: str
    task: str
    domain: str
    metrics: tuple[str, ...]
    measured: tuple[Measured, ...]
    verdicts: tuple[Verdict, ...]
    shares: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    kinds: tuple[Kind, ...]
    erred: tuple[Erred, ...]
    ratios: tuple[Span, ...]
    labels: tuple[Labelled, ...]
    confused: tuple[Confused, ...]
    distributions: tuple[Distribution, ...]
    prompt_unit: str
    prompts: tuple[Histogram, ...]
    answer_unit: str
    answers: tuple[Histogram, ...]
    note: str


def testset(name: str, runs: Sequence[Run], judged: Sequence[Sequence[Judged]]) -> Testset:
    """A test set on which at least one run has scores.

    Args:
        name: its name in the scores.
        runs: all runs of the page.
        judged: each run's answers.
    """
    scores = {place: run.card.datasets[name] for place, run in enumerate(runs) if name in run.card.datasets}
    first = next(iter(scores.values()))
    metrics = tuple(dict.fromkeys(key for score in scores.values() for key in (score.headline, *score.metrics)))
    outcomes = tuple(_outcome(place, runs[place], name, score, judged[place]) for place, score in scores.items())
    confusions = {place: score.confusion for place, score in scores.items() if score.confusion}
    erred = {place: sum((Counter(one.errors) for one in judged[place]), Counter[Kind]()) for place in scores}
    kinds = tuple(kind for kind in KINDS if any(counts[kind] for counts in erred.values()))
    named = _named([line for place in scores for line in runs[place].lines[name]])
    lines = {runs[place].system: runs[place].lines[name] for place in scores}
    prompt_unit, prompts = _lengths(lines, "prompt")
    answer_unit, answers = _lengths(lines, "completion")
    return Testset(
        name=name,
        task=first.task.upper(),
        domain=next(iter(lines.values()))[0].prediction.domain,
        metrics=tuple(map(metric, metrics)),
        measured=tuple(_measured(place, score, metrics) for place, score in scores.items()),
        verdicts=("unreadable", "free") if first.task in FREE_TEXT else ("unreadable", "wrong", "right"),
        shares=tuple(dict.fromkeys(share for one in outcomes for share in one.shares)),
        outcomes=outcomes,
        kinds=kinds,
        erred=tuple(Erred(place, tuple(erred[place][kind] for kind in kinds)) for place in scores if kinds),
        ratios=plots.precision_recall([(place, runs[place].system, score) for place, score in scores.items()]),
        labels=_labels(scores, named),
        confused=tuple(_confused(place, found, named) for place, found in confusions.items()),
        distributions=tuple(
            plots.distribution(runs[place].system, place, found)
            for place, found in confusions.items()
            if scores[place].task == "sts"
        ),
        prompt_unit=prompt_unit,
        prompts=prompts,
        answer_unit=answer_unit,
        answers=answers,
        note=ALPHABET if first.task in FREE_TEXT else "",
    )


def _measured(place: int, score: Score, metrics: Sequence[str]) -> Measured:
    found = (score.metrics.get(name) for name in metrics)
    return Measured(
        place,
        score.count,
        f"{score.groups:,}",
        tuple(None if one is None else (number(one.value), interval(one)) for one in found),
    )


def _outcome(place: int, run: Run, name: str, score: Score, judged: Sequence[Judged]) -> Outcome:
    shares = {"stopped early": score.truncated}
    shares |= {SHARES.get(key, key): share for key, share in score.shares.items()}
    if score.too_long:
        shares["prompt too long"] = score.too_long
    if score.seen is not None:
        shares["seen in training"] = score.seen
    if name in run.flips:
        shares["changed when asked again"] = run.flips[name]
    counts = Counter(one.verdict for one in judged)
    return Outcome(place, dict(counts), {key: percent(share) for key, share in shares.items()})


def _named(lines: Sequence[Line]) -> dict[str, str]:
    """Names to show instead of keys without a letter (`0`, `1`), if they are named alike in all questions.

    Scores of similarity stay numbers.
    """
    if lines[0].instance.task == "sts":
        return {}
    found: dict[str, set[str]] = {}
    for line in lines:
        for label in line.instance.labels:
            if not any(map(str.isalpha, label.key)):
                found.setdefault(label.key, set()).add(label.name)
    return {key: min(names) for key, names in found.items() if len(names) == 1}


def _labels(scores: dict[int, Score], named: Mapping[str, str]) -> tuple[Labelled, ...]:
    names = dict.fromkeys(label for score in scores.values() for label in score.per_label)
    return tuple(
        Labelled(
            named.get(label, label), place, one.tp, one.fp, one.fn, *map(number, (one.precision, one.recall, one.f1))
        )
        for label in names
        for place, score in scores.items()
        if (one := score.per_label.get(label))
    )


def _confused(place: int, found: Confusion, named: Mapping[str, str]) -> Confused:
    rows = []
    for gold, counts in zip(found.gold, found.counts, strict=True):
        total = max(sum(counts), 1)
        cells = (
            (count, percent(count / total), -(-count * (SHADES - 1) // total), said == gold)
            for said, count in zip(found.said, counts, strict=True)
        )
        rows.append((named.get(gold, gold), tuple(cells)))
    return Confused(place, tuple(named.get(said, said) for said in found.said), tuple(rows))


def _lengths(lines: dict[str, Sequence[Line]], part: str) -> tuple[str, tuple[Histogram, ...]]:
    """How long the systems' prompts or completions are: in tokens, if those of all are known, else in words."""
    tokens = {system: [getattr(line.prediction, f"{part}_tokens") for line in found] for system, found in lines.items()}
    unit = "tokens"
    if any(count is None for counts in tokens.values() for count in counts):
        unit = "words"
        tokens = {system: [_words(line, part) for line in found] for system, found in lines.items()}
    measured: dict[str, Lengths] = {}
    for counts in dict.fromkeys(map(tuple, tokens.values())):
        alike = [system for system, found in tokens.items() if tuple(found) == counts]
        name = "all systems" if len(alike) == len(tokens) > 1 else ", ".join(alike)
        filled = [count for count in counts if count]
        if filled:
            empty = len(counts) - len(filled)
            measured[f"{name}, without {empty:,} empty" if empty else name] = lengths(np.array(filled))
    return unit, histograms(measured)


def _words(line: Line, part: str) -> int:
    if part == "completion":
        return len(line.prediction.prediction.split())
    return sum(len(message.get("content", "").split()) for message in line.prediction.prompt)
