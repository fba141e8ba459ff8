"""The results of an ablation: means over data sets and seeds with intervals, and whether the paper's findings hold.

Means are over the data sets that all systems have answers to, so that systems are compared on the same data sets.

Intervals account for two sources of chance: the documents of the test sets, and the seeds of building and training.
Each of 1,000 bootstrap resamples draws documents within each data set (the same for all systems) and, of S seeds, S − 1
with replacement, for which the variance of a mean over seeds is unbiased (Rao & Wu, 1988, section 2.2: Resampling
inference with complex survey data). With one seed, the interval doesn't account for other seeds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from msgspec import Struct

from mnlu_instruct.ablation import stages
from mnlu_instruct.ablation.cells import RUNS, Build, Grid
from mnlu_instruct.ablation.recipe import Finding, named
from mnlu_instruct.ablation.running import Failures
from mnlu_instruct.catalogue import suites
from mnlu_instruct.dataset import manifest
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import predictions, scorecard, stated
from mnlu_instruct.evaluation.evaluate import PREDICTIONS
from mnlu_instruct.scoring import bootstrap, modes
from mnlu_instruct.scoring.counts import Numbers
from mnlu_instruct.scoring.scores import Estimate
from mnlu_instruct.scoring.statistics import Metric

STRICT = "strict"
Verdict = Literal["holds", "is contradicted", "is not told apart", "can't be told"]


class Rows(Struct, frozen=True):
    """A task in a data set: the number of instances available, and of rows drawn from them."""

    task: str
    available: int
    drawn: int

    @property
    def words(self) -> str:
        """In words, with the number of repetitions if rows are repeated."""
        times = f", each {self.times} times" if self.times else ""
        return f"{self.task} {self.drawn:,} of {self.available:,}{times}"

    @property
    def times(self) -> str:
        """How often each instance is repeated on average; empty if not more than once."""
        return f"{self.drawn / self.available:.2f}" if self.drawn > self.available else ""


class System(Struct, frozen=True):
    """A cell or a baseline. Scores are fractions of 1.

    Args:
        series: the series of a cell, with its point `at`; None for a baseline.
        mean: the mean over data sets and seeds; None if there is no score.
        by_seed: the mean over data sets, by seed.
        datasets: the headline metric of each data set, averaged over seeds.
        rows: the rows that it was trained on, by task, for the first seed.
        short: how many rows fewer than asked for it was trained on.
        failures: by seed, the reason why there is no score.
    """

    name: str
    series: str | None
    at: str | None
    mean: Estimate | None
    by_seed: dict[str, float]
    datasets: dict[str, Estimate]
    rows: tuple[Rows, ...]
    short: int
    failures: dict[str, str]


class Difference(Struct, frozen=True):
    """The difference of two systems' means, where the paper finds the first above the second."""

    above: str
    below: str
    value: Estimate | None
    verdict: Verdict


class Tested(Struct, frozen=True):
    """A finding of the paper, with the differences measured here."""

    words: str
    differences: tuple[Difference, ...]


class Ablation(Struct, frozen=True):
    """An ablation with its results: the content of `ablation.json`.

    Args:
        metrics: the headline metric of each data set with answers.
        mean_over: the data sets that all trained systems have answers to, over which means are taken. A baseline that
            has no answers to one of them (there was nothing to learn from) has no mean.
        series: the points of each series, in order.
        same: cells that are identical, because the corpora in which they differ are missing.
        lacking: corpora and data sets that are left out because files are missing, each with the reason.
    """

    title: str
    question: str
    source: str
    axis: str
    train: str
    base: str
    suite: str
    metrics: dict[str, str]
    mean_over: tuple[str, ...]
    engine: str
    limit: int | None
    seeds: tuple[int, ...]
    series: dict[str, tuple[str, ...]]
    cells: tuple[System, ...]
    baselines: tuple[System, ...]
    findings: tuple[Tested, ...]
    same: tuple[tuple[str, ...], ...]
    lacking: dict[str, str]

    def verdict(self, one: "Difference") -> str:
        """The verdict on a difference, in words; with a single seed it holds for these trainings only, and says so."""
        return f"{one.verdict}, in one seed" if len(self.seeds) == 1 and one.value else one.verdict

    @property
    def failed(self) -> list[str]:
        """The systems without a score for some seed."""
        return [one.name for one in (*self.cells, *self.baselines) if one.failures]


@dataclass(frozen=True, eq=False)
class _Measured:
    """A data set of a run: its headline metric, and the counts of each document, shape (documents, columns).

    `is_share`: whether the metric is a fraction of 1, not a correlation; `groups`: the documents' names.
    """

    metric: str
    of: Metric
    sums: Numbers
    is_share: bool
    groups: tuple[str, ...]

    def scored(self, resampled: Numbers) -> "Scored":
        """The score, with that of each resample, as the scorecard of a run combines them over data sets."""
        value, drawn = float(self.of(self.sums.sum(0))), self.of(resampled)
        if self.is_share:
            drawn = bootstrap.or_plausible(drawn, value, len(self.sums))
        return Scored(self.metric, value, bootstrap.reordered(drawn, self.groups))


class Scored(Struct, frozen=True):
    """A data set of a run: its headline score, and the scores of the bootstrap resamples."""

    metric: str
    value: float
    drawn: Numbers


def gather(grid: Grid, failures: Failures) -> Ablation:
    """Gather the results of all runs that are done."""
    recipe, runs = grid.recipe, grid.runs
    read = scored(dict.fromkeys(run.folder for run in runs.values() if stages.done(run)))
    found = {place: read[run.folder] for place, run in runs.items() if run.folder in read}
    builds = grid.builds
    trained = [sets for (name, _), sets in found.items() if name in builds] or list(found.values())
    common = tuple(one.name for one in grid.suite.datasets if all(one.name in sets for sets in trained))
    if found and not common:
        raise UserError(
            "There is no data set that all systems have answers to.", f"see the runs in {grid.folder.parent / RUNS}."
        )

    def system(name: str, series: str | None, at: str | None, seeds: Sequence[int]) -> tuple[System, Numbers | None]:
        there = {seed: found[name, seed] for seed in seeds if (name, seed) in found}
        lacking = {str(seed): failures.get((name, seed), "there is no run") for seed in seeds if seed not in there}
        rows = _rows(builds[name]) if name in builds else ()
        wanted = builds[name].recipe.n if name in builds else None
        short = max(0, (wanted or 0) - sum(one.drawn for one in rows)) if rows else 0
        if not there:
            return System(name, series, at, None, {}, {}, rows, short, lacking), None
        datasets = {
            dataset: over_seeds([(one[dataset].value, one[dataset].drawn) for one in there.values()])[0]
            for dataset in next(iter(there.values()))
        }
        if any(dataset not in one for one in there.values() for dataset in common):
            return System(name, series, at, None, {}, datasets, rows, short, lacking), None
        mean, drawn = over_seeds([_mean(one, common) for one in there.values()])
        by_seed = {str(seed): _mean(one, common)[0] for seed, one in there.items()}
        return System(name, series, at, mean, by_seed, datasets, rows, short, lacking), drawn

    cells = [
        system(named(series.name, point.at), series.name, point.at, recipe.seeds)
        for series in recipe.series
        for point in series.points
    ]
    baselines = [system(one.name, None, None, recipe.seeds[:1]) for one in recipe.baselines]
    drawn = {one.name: (one, values) for one, values in (*cells, *baselines)}
    metrics = {
        one.name: sets[one.name].metric for one in grid.suite.datasets for sets in found.values() if one.name in sets
    }
    base = next((job.trained[1].recipe.model.base for job in grid.jobs if job.trained), None)
    return Ablation(
        title=recipe.title,
        question=recipe.question,
        source=recipe.source,
        axis=recipe.axis,
        train=recipe.train,
        base="a new model" if any(job.base for job in grid.jobs) else str(base),
        suite=recipe.suite,
        metrics=metrics,
        mean_over=common,
        engine=recipe.engine,
        limit=recipe.limit,
        seeds=recipe.seeds,
        series={one.name: tuple(point.at for point in one.points) for one in recipe.series},
        cells=tuple(one for one, _ in cells),
        baselines=tuple(one for one, _ in baselines),
        findings=tuple(_tested(finding, drawn) for finding in recipe.findings),
        same=_same(grid),
        lacking=grid.lacking,
    )


def scored(folders: Iterable[Path], by: Mapping[Path, str] = MappingProxyType({})) -> dict[Path, dict[str, Scored]]:
    """Score runs on the same questions from their predictions: headline scores by data set, with bootstrap resamples.

    For each data set, all runs get the same resampled documents.

    Args:
        folders: the runs.
        by: how the answers of a run are counted (`scoring.modes`), if not strictly.

    Raises:
        UserError: the mode doesn't fit a data set.
    """
    found = {folder: _measured(folder, by.get(folder, STRICT)) for folder in folders}
    drawn: dict[Path, dict[str, Scored]] = {folder: {} for folder in found}
    for name in dict.fromkeys(name for of_run in found.values() for name in of_run):
        there = {folder: of_run[name] for folder, of_run in found.items() if name in of_run}
        resampled = bootstrap.paired([one.sums for one in there.values()])
        for (folder, one), sums in zip(there.items(), resampled, strict=True):
            drawn[folder][name] = one.scored(sums)
    return drawn


def over_seeds(values: Sequence[tuple[float, Numbers]]) -> tuple[Estimate, Numbers]:
    """The mean over seeds with its interval and resamples, given the score of each seed with its resamples.

    The draws depend only on the number of seeds, so that two systems get the same ones.
    """
    drawn = np.stack([resamples for _, resamples in values])
    seeds = len(values)
    generator = np.random.default_rng((bootstrap.SEED, seeds))
    chosen = generator.integers(0, seeds, (max(1, seeds - 1), drawn.shape[1]))
    together: Numbers = np.take_along_axis(drawn, chosen, 0).mean(0)
    return Estimate(float(np.mean([value for value, _ in values])), *bootstrap.interval(together)), together


def _measured(folder: Path, mode: str) -> dict[str, _Measured]:
    found = {}
    headlines = {name: one.headline for name, one in stated.read([folder]).datasets.items()}
    for name, lines in predictions.read([folder / PREDICTIONS]).items():
        answers, measured = scorecard.measured(name, lines, modes.get(mode))
        headline = suites.headline(measured.metrics, headlines.get(name))
        groups = [answered.instance.group for answered in answers]
        sums = bootstrap.by_group(measured.rows, groups)
        names = tuple(group.partition("/")[2] for group in groups)
        found[name] = _Measured(headline, measured.metrics[headline], sums, measured.are_shares, names)
    return found


def _mean(datasets: Mapping[str, Scored], over: Sequence[str]) -> tuple[float, Numbers]:
    """The unweighted mean over some data sets, with its resamples."""
    drawn: Numbers = np.mean([datasets[name].drawn for name in over], axis=0)
    return float(np.mean([datasets[name].value for name in over])), drawn


def _rows(built: Build) -> tuple[Rows, ...]:
    """The rows drawn of each task; empty if the data set isn't built."""
    if not (built.folder / manifest.NAME).is_file():
        return ()
    mixture: list[dict[str, Any]] = manifest.read(built.folder)["mixture"]
    return tuple(
        Rows(task, sum(row["available"] for row in rows), sum(row["drawn"] for row in rows))
        for task in built.recipe.tasks
        if (rows := [row for row in mixture if row["task"] == task])
    )


def _same(grid: Grid) -> tuple[tuple[str, ...], ...]:
    """Groups of systems that share the same run."""
    found: dict[Path, list[str]] = {}
    for (system, seed), run in grid.runs.items():
        if seed == grid.recipe.seeds[0]:
            found.setdefault(run.folder, []).append(system)
    return tuple(tuple(names) for names in found.values() if len(names) > 1)


def _tested(finding: Finding, drawn: Mapping[str, tuple[System, Numbers | None]]) -> Tested:
    return Tested(finding.words, tuple(_difference(*pair, drawn) for pair in finding.above))


def _difference(above: str, below: str, drawn: Mapping[str, tuple[System, Numbers | None]]) -> Difference:
    (first, ones), (second, others) = drawn[above], drawn[below]
    if first.mean is None or second.mean is None or ones is None or others is None:
        return Difference(above, below, None, "can't be told")
    value = Estimate(first.mean.value - second.mean.value, *bootstrap.interval(ones - others))
    verdict: Verdict = "holds" if value.low > 0 else "is contradicted" if value.high < 0 else "is not told apart"
    return Difference(above, below, value, verdict)
