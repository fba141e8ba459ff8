"""The paper's published scores beside those of the runs, and how they were measured."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from mnlu_instruct.catalogue import suites
from mnlu_instruct.catalogue.suites import Average
from mnlu_instruct.evaluation import published
from mnlu_instruct.evaluation.published import Column, Table
from mnlu_instruct.evaluation.runs import Run
from mnlu_instruct.report import overview
from mnlu_instruct.scoring.scores import Score

TABLE = "table5"


class Row(Struct, frozen=True):
    """A data set or an average: the scores of the runs, then the published ones; None where there is none.

    Args:
        metric: the published metric.
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


class Beside(Struct, frozen=True):
    """The published table, with the runs' scores."""

    table: Table
    systems: tuple[str, ...]
    rows: tuple[Row, ...]
    averages: tuple[Row, ...]

    @property
    def sampled(self) -> bool:
        """Whether a run's score is of a sample of questions."""
        return any(any(row.samples) for row in self.rows)


def beside(runs: Sequence[Run]) -> Beside | None:
    """The published table, whole, beside the runs; None if they have none of its data sets."""
    table = published.load(TABLE)
    if not any(name in run.card.datasets for name in table.metrics for run in runs):
        return None
    averages = [_averages(run, table) for run in runs]
    printed = dict.fromkeys(name for column in table.columns for name in column.averages)
    return Beside(
        table,
        tuple(run.system for run in runs),
        tuple(_row(name, runs, table) for name in table.metrics),
        tuple(
            _average(name, averages, runs, table.columns) for name in printed if any(name in one for one in averages)
        ),
    )


def _row(name: str, runs: Sequence[Run], table: Table) -> Row:
    metrics = [run.card.values.get(name) for run in runs]
    scores = [run.card.datasets.get(name) for run in runs]
    return Row(
        name,
        table.metrics[name],
        tuple(None if one is None else overview.number(next(iter(one.values()))) for one in metrics),
        tuple(_printed(column.scores, name) for column in table.columns),
        tuple(_note(name, run, score) for run, score in zip(runs, scores, strict=True)),
        tuple(score is not None and score.sampled_from is not None for score in scores),
    )


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
        tuple(_printed(column.averages, name) for column in columns),
        tuple(_average_note(run, one) for run, one in zip(runs, found, strict=True)),
        tuple(map(overview.on_samples, runs)),
    )


def _average_note(run: Run, average: Average | None) -> str:
    over = average.over if average and average.missing else ""
    return "; ".join(filter(None, (over, overview.SAMPLES if overview.on_samples(run) else "")))


def _printed(values: Mapping[str, float], name: str) -> str | None:
    return f"{values[name]:.1f}" if name in values else None
