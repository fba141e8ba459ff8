"""The score of a data set: its metrics with intervals, and the shares that must be reported with them."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from msgspec import Struct

from mnlu_instruct.scoring import bootstrap, choices, linking, regression, relations, spans, text, words
from mnlu_instruct.scoring import relaxed as loosely
from mnlu_instruct.scoring.confusion import Confusion, confusion
from mnlu_instruct.scoring.counts import Numbers
from mnlu_instruct.scoring.statistics import Answered, Statistics, by_label
from mnlu_instruct.types import FREE_TEXT, TaskName

WAYS: Mapping[TaskName, Callable[[Sequence[Answered]], Statistics]] = {
    **dict.fromkeys(("eac", "qa", "nli"), choices.measure_one),
    "dc": choices.measure_classes,
    "sts": regression.measure,
    **dict.fromkeys(FREE_TEXT, text.measure),
    "ere": relations.measure,
    "el": linking.measure,
}
"""How answers are measured, where that doesn't depend on the corpus or the mode."""


class Estimate(Struct, frozen=True):
    """A metric's value and its 95 % interval, fractions of 1 (correlations from -1)."""

    value: float
    low: float
    high: float


class LabelScore(Struct, frozen=True):
    """The counts of one label, and their ratios."""

    tp: int
    fp: int
    fn: int
    precision: float
    recall: float
    f1: float


class Score(Struct, frozen=True):
    """The score of a system's answers on a data set.

    Args:
        n: the questions answered; `groups`: the documents or patients they are about.
        unreadable: the share of answers that can't be parsed; `too_long`: of questions that didn't fit the context, and
            count as answered wrongly.
        truncated: the share of answers that were stopped before their end.
        headline: the key of the data set's primary metric, which goes into averages.
        per_label: the counts of each label, where there are labels.
        shares: further shares: of span answers `hallucinated`, `unasked`, `missing_lines`; of relations of texts
            `unread_clauses`, `not_in_text`, `false_alarms`.
        incomplete: "480 of 500", where it is known that not all questions that were asked were answered.
        sampled_from: the number of questions that the data set has, where only some were asked (`--limit`): such a
            score can't be compared with one on the whole set.
        seen: the share of questions about texts that the model was trained on, where that is known.
        confusion: the confusion matrix, for tasks whose questions mostly have one right option.
    """

    task: TaskName
    n: int
    groups: int
    unreadable: float
    truncated: float
    metrics: dict[str, Estimate]
    headline: str
    per_label: dict[str, LabelScore]
    shares: dict[str, float]
    incomplete: str | None = None
    sampled_from: int | None = None
    too_long: float = 0.0
    seen: float | None = None
    confusion: Confusion | None = None

    @property
    def count(self) -> str:
        """How many questions it is about, in words: "200", "480 of 500" of those asked, "20 of 5,038" of the set."""
        if self.incomplete:
            return self.incomplete
        return f"{self.n:,} of {self.sampled_from:,}" if self.sampled_from else f"{self.n:,}"


def score(
    answers: Sequence[Answered], negative: str | None = None, by_words: bool = False, relaxed: bool = False
) -> Score:
    """The score of the answers to a data set's questions, one or more, all of one task.

    Args:
        answers: in any order; the score doesn't depend on it.
        negative: the label of pairs without a relation, for relation extraction.
        by_words: score spans by their words.
        relaxed: count spans as right that overlap a gold one; ignored with `by_words`.
    """
    answers = sorted(answers, key=lambda answered: answered.instance.id)
    return estimated(answers, measure(answers, negative, by_words, relaxed))[0]


def estimated(answers: Sequence[Answered], measured: Statistics) -> tuple[Score, dict[str, Numbers]]:
    """The score of answers, from their statistics, whose rows are in the same order; and each metric's resamples.

    Where resamples don't differ, these are `bootstrap.plausible`, so that averages don't look surer than they are.
    """
    sums = bootstrap.by_group(measured.rows, [answered.instance.group for answered in answers])
    resampled = bootstrap.resampled(sums)
    total = sums.sum(0)
    drawn = {name: metric(resampled) for name, metric in measured.metrics.items()}
    if measured.are_shares:
        values = {name: float(metric(total)) for name, metric in measured.metrics.items()}
        drawn = {name: bootstrap.or_plausible(one, values[name], len(sums)) for name, one in drawn.items()}
    score = Score(
        task=answers[0].instance.task,
        n=len(answers),
        groups=len(sums),
        unreadable=sum(one.parsed.answer is None and not one.too_long for one in answers) / len(answers),
        too_long=sum(answered.too_long for answered in answers) / len(answers),
        truncated=sum(answered.truncated for answered in answers) / len(answers),
        metrics={
            name: _estimate(float(metric(total)), metric(resampled), len(sums), measured)
            for name, metric in measured.metrics.items()
        },
        headline=next(iter(measured.metrics)),
        per_label=_per_label(measured, total),
        shares=dict(measured.shares),
        confusion=confusion(answers),
    )
    return score, drawn


def _estimate(value: float, drawn: Numbers, groups: int, measured: Statistics) -> Estimate:
    """A metric with its interval: Wilson's, where all resamples are alike and it is a share (correlations aren't)."""
    if measured.are_shares and np.ptp(drawn) == 0:
        return Estimate(value, *bootstrap.wilson(value, groups))
    return Estimate(value, *bootstrap.interval(drawn))


def measure(
    answers: Sequence[Answered], negative: str | None = None, by_words: bool = False, relaxed: bool = False
) -> Statistics:
    """The statistics of a data set's answers; arguments as for `score`."""
    task = answers[0].instance.task
    if task == "re":
        return choices.measure_relations(answers, negative)
    if task in WAYS:
        return WAYS[task](answers)
    way = words.measure if by_words else loosely.measure if relaxed else spans.measure
    return way(answers)


def _per_label(measured: Statistics, total: Numbers) -> dict[str, LabelScore]:
    counts = by_label(total, len(measured.labels))
    columns = (counts.tp, counts.fp, counts.fn, counts.precision, counts.recall, counts.f1)
    rows = zip(measured.labels, *(column.tolist() for column in columns), strict=True)
    return {
        label: LabelScore(int(tp), int(fp), int(fn), precision, recall, f1)
        for label, tp, fp, fn, precision, recall, f1 in rows
    }
