"""The grid of a study: its cells, each resolved as an ablation of one point, so that stages and outputs are shared."""

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from mnlu_instruct.ablation.cells import Build, Grid, Run, Workload, resolve
from mnlu_instruct.ablation.study import published
from mnlu_instruct.ablation.study.published import StudyTable
from mnlu_instruct.ablation.study.recipe import StudyRecipe
from mnlu_instruct.catalogue import suites
from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.scoring import modes

Place = tuple[str, str, str]
"""A cell's model, its test set, and how many documents it has seen."""


class Cell(Struct, frozen=True):
    """A cell: for each seed its data set and its run, and what they are called in failures."""

    system: str
    builds: dict[int, Build]
    runs: dict[int, Run]


class StudyGrid(Struct, frozen=True):
    """A study with all its cells resolved.

    Attributes:
        table: the published table that it is set beside, if any.
        grids: the cells of test sets that are there, each as an ablation.
        workload: what is to be run.
        lacking: the test sets and corpora that are left out because files are missing, each with the reason.
    """

    recipe: StudyRecipe
    folder: Path
    table: StudyTable | None
    grids: dict[Place, Grid]
    workload: Workload
    lacking: dict[str, str]

    @property
    def cells(self) -> dict[Place, Cell]:
        """The cells of test sets that are there."""
        return {place: _cell(one) for place, one in self.grids.items()}


def resolve_study(recipe: StudyRecipe, name: str, out: Path, data: Path, launcher: Sequence[str]) -> StudyGrid:
    """Resolve a study; arguments as `cells.resolve`'s.

    Raises:
        UserError: the training recipe, the suite or a model's keys are wrong; there is no such published table; a mode
            doesn't count answers of a test set; or every test set lacks files.
    """
    table = published.load(recipe.published) if recipe.published else None
    lacking = _lacking(recipe, data)
    if len(lacking) == len(recipe.sets):
        raise UserError(
            f"Every test set of '{recipe.title}' lacks files.", "'mnlu corpora --role eval' lists what is missing."
        )
    grids = {
        (model.name, test_set.name, str(shots)): resolve(
            recipe.ablation(model, test_set, shots), f"{name}/{test_set.name}", out, data, launcher
        )
        for model, test_set, shots in recipe.places
        if test_set.name not in lacking
    }
    for grid in grids.values():
        lacking |= grid.lacking
    loads = [grid.workload for grid in grids.values()]
    load = Workload(
        out / name,
        {path: suite for one in loads for path, suite in one.suites.items()},
        tuple(job for grid in grids.values() for job in grid.jobs),
        {place: reason for one in loads for place, reason in one.failures.items()},
        together=True,
    )
    return StudyGrid(recipe, out / name, table, grids, load, lacking)


def _lacking(recipe: StudyRecipe, data: Path) -> dict[str, str]:
    """The test sets whose files are missing, with reasons.

    Raises:
        UserError: the suite has no such data set, or a mode doesn't fit it.
    """
    there = {one.name: one for one in suites.load(recipe.suite).datasets}
    for test_set in recipe.sets:
        if test_set.dataset not in there:
            raise unknown(f"data set of suite {recipe.suite}:", test_set.dataset, there)
        one = there[test_set.dataset]
        for mode in map(modes.get, recipe.modes.values()):
            if not mode.fits(one.task, one.corpus_name):
                raise UserError(
                    f"The mode {mode.name} doesn't count answers of {one.name} ({one.task} of {one.corpus_name}).",
                    "name another in `modes`, or test sets that it is for: docs/relation-extraction.md has the list.",
                )
    return {test_set.name: reason for test_set in recipe.sets if (reason := there[test_set.dataset].lacks(data))}


def _cell(grid: Grid) -> Cell:
    (series,) = grid.recipe.series
    (point,) = series.points
    builds = {run.seed: job.trained[0] for job in grid.jobs if job.trained for run in job.runs}
    return Cell(f"{series.name} {point.at}", builds, {seed: run for (_, seed), run in grid.runs.items()})
