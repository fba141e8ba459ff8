"""The results of a study: scores with two kinds of intervals, differences of pairs, and what is published of both.

The score of a cell is the mean over its seeds. Two intervals say how sure it is:

- over seeds: Student's t; it covers the draw of the training documents and the training, not that of test documents;
- two-level: bootstrap of seeds and, in them, test documents (`results.over_seeds`).

Differences of two models are paired: the same training documents (seeds) and the same test documents. Their p-value is
that of all ways to flip the signs of the seeds' differences, which is 2 / 2^S at least for S seeds; of a single seed,
that of resampled test documents. It is corrected over the test sets of a comparison (Holm). Two models are told apart
only if both intervals leave out 0.
"""

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from msgspec import Struct, structs
from scipy.special import stdtrit

from mnlu_instruct.ablation import stages
from mnlu_instruct.ablation.cells import Build
from mnlu_instruct.ablation.results import Scored, over_seeds, scored
from mnlu_instruct.ablation.running import Failures
from mnlu_instruct.ablation.study.grid import Cell as Planned
from mnlu_instruct.ablation.study.grid import Place, StudyGrid
from mnlu_instruct.ablation.study.published import StudyTable
from mnlu_instruct.ablation.study.recipe import FULL, StudyRecipe
from mnlu_instruct.dataset import manifest
from mnlu_instruct.scoring.comparison import by_resamples, holm
from mnlu_instruct.scoring.counts import Numbers
from mnlu_instruct.scoring.scores import Estimate
from mnlu_instruct.types import NO_RELATION

Verdict = Literal["higher", "lower", "not told apart", "can't be told"]
HALF = 0.975
"""The quantile of Student's t of a two-sided 95 % interval."""
ALIKE = 1e-9
"""Differences within this are none."""


class Drawn(Struct, frozen=True):
    """A cell's data set of one seed, held-out rows included.

    Args:
        rows: how many there are; of relations of whole texts, one a document.
        labels: relations, spans or options in their answers; `kinds`: how many different ones.
    """

    rows: int
    labels: int
    kinds: int


class Score(Struct, frozen=True):
    """A mean over seeds. Fractions of 1.

    Args:
        value: the mean, with the two-level interval.
        spread: the interval over seeds (Student's t); None if it says nothing: with one seed, or where all seeds score
            the same.
    """

    value: Estimate
    spread: tuple[float, float] | None


class Cell(Struct, frozen=True):
    """A model, tuned on some documents for a test set.

    Args:
        shots: how many documents; `full` for all.
        by_seed: the score of each seed, a fraction of 1.
        score: their mean; None if there is none.
        drawn: what it was trained on, by seed.
        published: the published score, a fraction of 1.
        failures: by seed, why there is no score.
    """

    model: str
    set: str
    shots: str
    by_seed: dict[str, float]
    score: Score | None
    drawn: dict[str, Drawn]
    published: float | None
    failures: dict[str, str]


class Difference(Struct, frozen=True):
    """The score of a pair's second model minus that of its first, on one test set with one number of documents.

    Args:
        score: the mean difference over the seeds that both have; None if there are none.
        p: its p-value; `corrected`: by Holm's method, over the test sets with this pair and number of documents.
        published: the published difference, a fraction of 1.
    """

    comparison: str
    first: str
    second: str
    set: str
    shots: str
    score: Score | None
    p: float | None
    corrected: float | None
    published: float | None
    verdict: Verdict


class Family(Struct, frozen=True):
    """The differences of a comparison within a family of models, few shots or all documents.

    Args:
        cells: how many there are; `up`, `down`: in how many the second model's score is higher, lower.
        mean: the mean difference, a fraction of 1.
        here: whether they are measured here, or published.
    """

    comparison: str
    full: bool
    group: str
    here: bool
    cells: int
    up: int
    down: int
    mean: float


class Study(Struct, frozen=True):
    """A study with its results: the content of `ablation.json`.

    `published` is the content of a `StudyTable`.
    """

    title: str
    question: str
    source: str
    train: str
    suite: str
    pack: str
    modes: dict[str, str]
    engine: str
    limit: int | None
    seeds: tuple[int, ...]
    full_seeds: tuple[int, ...]
    columns: tuple[tuple[str, tuple[str, ...]], ...]
    models: tuple[str, ...]
    saw: dict[str, dict[str, str]]
    cells: tuple[Cell, ...]
    differences: tuple[Difference, ...]
    families: tuple[Family, ...]
    published: dict[str, Any] | None
    lacking: dict[str, str]

    @property
    def failed(self) -> list[str]:
        """The cells without a score for some seed."""
        return [f"{one.model}, {one.set} {one.shots}" for one in self.cells if one.failures]


def gather(grid: StudyGrid, failures: Failures) -> Study:
    """Gather the results of all runs that are done."""
    recipe = grid.recipe
    table, planned = grid.table, grid.cells
    measured = _measured(recipe, planned)
    cells = tuple(_cell(place, one, measured[place], table, failures) for place, one in planned.items())
    differences = tuple(_differences(recipe, measured, table))
    columns = tuple((one.name, tuple(map(str, one.shots))) for one in recipe.sets if one.name not in grid.lacking)
    return Study(
        title=recipe.title,
        question=recipe.question,
        source=recipe.source,
        train=recipe.train,
        suite=recipe.suite,
        pack=recipe.pack,
        modes=recipe.modes,
        engine=recipe.engine,
        limit=recipe.limit,
        seeds=recipe.seeds,
        full_seeds=recipe.full_seeds,
        columns=columns,
        models=tuple(one.name for one in recipe.models),
        saw={one.name: dict(one.saw) for one in recipe.models if one.saw},
        cells=cells,
        differences=differences,
        families=tuple(_families(recipe, differences)),
        published=table.model_dump(mode="json") if table else None,
        lacking=grid.lacking,
    )


def _measured(recipe: StudyRecipe, cells: Mapping[Place, Planned]) -> dict[Place, dict[int, Scored]]:
    """The score of each cell by seed, with resamples; of one test set, all have the same resampled documents."""
    found: dict[Place, dict[int, Scored]] = {place: {} for place in cells}
    group = {one.name: one.group for one in recipe.models}
    for test_set in recipe.sets:
        done = [
            (place, seed, run.folder)
            for place, cell in cells.items()
            for seed, run in cell.runs.items()
            if place[1] == test_set.name and stages.done(run)
        ]
        by = {folder: recipe.modes[group[place[0]]] for place, _, folder in done if group[place[0]] in recipe.modes}
        sets = scored(dict.fromkeys(folder for _, _, folder in done), by)
        for place, seed, folder in done:
            found[place][seed] = sets[folder][test_set.dataset]
    return found


def _cell(
    place: Place, planned: Planned, measured: Mapping[int, Scored], table: StudyTable | None, failures: Failures
) -> Cell:
    lacking = [seed for seed in planned.runs if seed not in measured]
    lacking += [seed for system, seed in failures if system == planned.system and seed not in planned.runs]
    known = table.score(*place) if table else None
    return Cell(
        *place,
        by_seed={str(seed): one.value for seed, one in measured.items()},
        score=_score([(one.value, one.drawn) for one in measured.values()])[0] if measured else None,
        drawn={str(seed): drawn for seed, one in planned.builds.items() if (drawn := _drawn(one))},
        published=None if known is None else known / 100,
        failures={str(seed): failures.get((planned.system, seed), "there is no run") for seed in lacking},
    )


def _score(values: Sequence[tuple[float, Numbers]]) -> tuple[Score, Numbers]:
    """The mean over seeds with both intervals, and its resamples."""
    value, drawn = over_seeds(values)
    return Score(value, over_t([one for one, _ in values])), drawn


def over_t(values: Sequence[float]) -> tuple[float, float] | None:
    """The 95 % interval of a mean by Student's t; None of a single value, or of equal ones."""
    if len(values) < 2 or np.ptp(values) < ALIKE:
        return None
    half = float(stdtrit(len(values) - 1, HALF)) * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    middle = float(np.mean(values))
    return middle - half, middle + half


def by_flips(values: Sequence[float]) -> float:
    """The two-sided p-value of a mean of paired differences: the share of ways to flip signs that are as extreme."""
    given = np.array(values)
    signs = np.array(list(itertools.product((1, -1), repeat=len(given))))
    means = np.abs(signs @ given)
    return float(np.mean(means >= abs(given.sum()) - 1e-12))


def _differences(
    recipe: StudyRecipe, measured: Mapping[Place, Mapping[int, Scored]], table: StudyTable | None
) -> Iterator[Difference]:
    """All differences, those of a pair and a number of documents corrected together over the test sets."""
    every = dict.fromkeys(str(shots) for _, shots in recipe.columns)
    for comparison in recipe.comparisons:
        for shots, (first, second) in itertools.product(every, comparison.pairs):
            sets = [
                one.name
                for one in recipe.sets
                if all((model, one.name, shots) in measured for model in (first, second))
            ]
            found = [_difference(comparison.name, (first, second), name, shots, measured, table) for name in sets]
            told = [one.p for one in found if one.p is not None]
            corrected = iter(holm(told))
            yield from (one if one.p is None else structs.replace(one, corrected=next(corrected)) for one in found)


def _difference(
    comparison: str,
    pair: tuple[str, str],
    test_set: str,
    shots: str,
    measured: Mapping[Place, Mapping[int, Scored]],
    table: StudyTable | None,
) -> Difference:
    ones, others = (measured[model, test_set, shots] for model in pair)
    both = [seed for seed in ones if seed in others]
    known = [table.score(model, test_set, shots) if table else None for model in pair]
    apart = None if known[0] is None or known[1] is None else (known[1] - known[0]) / 100
    if not both:
        return Difference(comparison, *pair, test_set, shots, None, None, None, apart, "can't be told")
    values = [(others[seed].value - ones[seed].value, others[seed].drawn - ones[seed].drawn) for seed in both]
    score, drawn = _score(values)
    seeds = [value for value, _ in values]
    p = by_flips(seeds) if len(both) > 1 else by_resamples(seeds[0], drawn)[0]
    return Difference(comparison, *pair, test_set, shots, score, p, None, apart, _verdict(score))


def _verdict(score: Score) -> Verdict:
    """Told apart only if both intervals leave out 0."""
    within = [(score.value.low, score.value.high), *([score.spread] if score.spread else [])]
    if all(low > 0 for low, _ in within):
        return "higher"
    return "lower" if all(high < 0 for _, high in within) else "not told apart"


def _families(recipe: StudyRecipe, differences: Sequence[Difference]) -> Iterator[Family]:
    """The differences by comparison, all documents or few shots, and family of the pair's first model."""
    group = {one.name: one.group for one in recipe.models}

    def kind(one: Difference) -> tuple[str, bool, str]:
        return one.comparison, one.shots == FULL, group[one.first]

    for which in dict.fromkeys(map(kind, differences)):
        some = [one for one in differences if kind(one) == which]
        known = [one.published for one in some if one.published is not None]
        for here, values in ((True, [one.score.value.value for one in some if one.score]), (False, known)):
            if values:
                up, down = (sum(sign * one > ALIKE for one in values) for sign in (1, -1))
                yield Family(*which, here, len(values), up, down, float(np.mean(values)))


def _drawn(built: Build) -> Drawn | None:
    """What is in a cell's data set; None if it isn't built."""
    if not (built.folder / manifest.NAME).is_file():
        return None
    made = manifest.read(built.folder)
    found: Counter[str] = Counter()
    for one in made["labels"]:
        found[one["label"]] += one["count"] if one["label"] != NO_RELATION else 0
    return Drawn(made["rows"], found.total(), sum(count > 0 for count in found.values()))
