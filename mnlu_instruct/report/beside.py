"""Scores that papers print beside those of the runs, and how they were measured."""

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from mnlu_instruct.catalogue import suites
from mnlu_instruct.catalogue.suites import Average
from mnlu_instruct.evaluation import published
from mnlu_instruct.evaluation.published import Column, Table
from mnlu_instruct.evaluation.runs import Run
from mnlu_instruct.report import overview
from mnlu_instruct.scoring.scores import Score

TABLES = ("table5", "biobart")
"""Those of BioMistral-NLU and of BioBART."""


class Row(Struct, frozen=True):
    """A data set or an average: the scores of the runs, then the published ones; None where there is none.

    Args:
        metric: the published metric; `key`: that of ours, where a data set has several.
        notes: for each run, what its average is over, if not over all data sets; how many questions a score is on, if
            not on all of them.
        samples: for each run, whether it is of a sample of questions, which can't be compared with a published score.
    """

    name: str
    metric: str
    scores: tuple[str | None, ...]
    printed: tuple[str | None, ...]
    notes: tuple[str, ...] = ()
    samples: tuple[bool, ...] = ()
    key: str | None = None


class Beside(Struct, frozen=True):
    """A published table, with the runs' scores."""

    table: Table
    systems: tuple[str, ...]
    rows: tuple[Row, ...]
    averages: tuple[Row, ...]

    @property
    def sampled(self) -> bool:
        """Whether a run's score is of a sample of questions."""
        return any(any(row.samples) for row in self.rows)


def beside(runs: Sequence[Run]) -> list[Beside]:
    """The published tables beside the runs, of which these have a data set."""
    known = {name for run in runs for name in run.card.datasets}
    return [_beside(table, runs, known) for table in map(published.load, TABLES) if not known.isdisjoint(table.metrics)]


def _beside(table: Table, runs: Sequence[Run], known: Collection[str]) -> Beside:
    averages = [_averages(run, table) for run in runs]
    printed = dict.fromkeys(name for column in table.columns for name in column.averages)
    return Beside(
        table,
        tuple(run.system for run in runs),
        tuple(
            _row(name, key, words, runs, table) for name, key, words in table.measured if table.whole or name in known
        ),
        tuple(
            _average(name, averages, runs, table.columns) for name in printed if any(name in one for one in averages)
        ),
    )


def _row(name: str, key: str | None, words: str, runs: Sequence[Run], table: Table) -> Row:
    metrics = [run.card.values.get(name) for run in runs]
    scores = [run.card.datasets.get(name) for run in runs]
    return Row(
        name,
        words,
        tuple(_ours(one, key) for one in metrics),
        tuple(_written(column.printed(name, key)) for column in table.columns),
        tuple(_note(name, run, score) for run, score in zip(runs, scores, strict=True)),
        tuple(score is not None and score.sampled_from is not None for score in scores),
        key,
    )


def _ours(metrics: Mapping[str, float] | None, key: str | None) -> str | None:
    """A run's score: that of the metric, or its headline; None if it has none."""
    value = None if metrics is None else metrics.get(key) if key else next(iter(metrics.values()))
    return None if value is None else overview.number(value)


def _note(name: str, run: Run, score: Score | None) -> str:
    sample = f"{score.count} questions" if score and score.sampled_from else ""
    return "; ".join(filter(None, (sample, overview.LEARNT if run.learnt_the_test(name) else "")))


def _averages(run: Run, table: Table) -> dict[str, Average]:
    """A run's averages over the data sets of the published averages."""
    return suites.load(table.suite).average(run.card.values)


def _average(name: str, ours: Sequence[Mapping[str, Average]], runs: Sequence[Run], columns: Sequence[Column]) -> Row:
    found = [one.get(name) for one in ours]
    return Row(
        name,
        "mean",
        tuple(None if one is None else overview.number(one.mean / 100) for one in found),
        tuple(_written(column.averages.get(name)) for column in columns),
        tuple(_average_note(run, one) for run, one in zip(runs, found, strict=True)),
        tuple(map(overview.on_samples, runs)),
    )


def _average_note(run: Run, average: Average | None) -> str:
    over = average.over if average and average.missing else ""
    return "; ".join(filter(None, (over, overview.SAMPLES if overview.on_samples(run) else "")))


def _written(value: float | None) -> str | None:
    return None if value is None else f"{value:.1f}"
