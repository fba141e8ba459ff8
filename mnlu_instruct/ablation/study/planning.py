"""Plan a study (`mnlu ablate RECIPE --dry-run`): the plans of its cells, added up."""

from collections.abc import Iterable, Sequence

from mnlu_instruct.ablation.planning import Cell, Disk, Plan, plan
from mnlu_instruct.ablation.study.grid import StudyGrid
from mnlu_instruct.errors import UserError
from mnlu_instruct.workers import Progress


def plan_study(grid: StudyGrid, launcher: Sequence[str], speed: float | None, progress: Progress) -> Plan:
    """Plan the run of a study; arguments as `planning.plan`'s. A cell whose model isn't there says so."""
    plans: list[Plan] = []
    failed: list[Cell] = []
    for place, one in grid.grids.items():
        try:
            plans.append(plan(one, launcher, speed, progress))
        except UserError as error:
            name = grid.cells[place].system
            failed.append(Cell(name, 0, (), 0, None, None, None, None, error.message))
    return Plan(
        title=grid.recipe.title,
        cells=(*(cell for one in plans for cell in one.cells), *failed),
        evaluations=(sum(one.evaluations[0] for one in plans), sum(one.evaluations[1] for one in plans)),
        processes=max((one.processes for one in plans), default=1),
        speed=speed,
        speed_from=", ".join(dict.fromkeys(one.speed_from for one in plans)) or "no cell can be planned",
        gpu_hours=_sum(one.gpu_hours for one in plans),
        disk=Disk(
            sum(one.disk.builds for one in plans),
            _whole(_sum(one.disk.models for one in plans)),
            max((one.disk.checkpoints for one in plans if one.disk.checkpoints), default=None),
        ),
        uncounted=", ".join(dict.fromkeys(one.uncounted for one in plans if one.uncounted)),
        lacking=grid.lacking,
    )


def _sum(values: Iterable[float | None]) -> float | None:
    """The sum of what is known; None if nothing is."""
    known = [one for one in values if one is not None]
    return sum(known) if known else None


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
