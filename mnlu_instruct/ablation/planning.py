"""Plan an ablation: `mnlu ablate RECIPE --dry-run`. Draws every mixture, but trains and writes nothing."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from msgspec import Struct, json

from mnlu_instruct.ablation import stages
from mnlu_instruct.ablation.cells import MODELS, Build, Grid, Job, Training
from mnlu_instruct.ablation.recipe import named, training_of
from mnlu_instruct.ablation.results import Rows
from mnlu_instruct.dataset import build
from mnlu_instruct.dataset.mixture import Mixture
from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting import plain_text
from mnlu_instruct.training.launch.launcher import WHOLE
from mnlu_instruct.training.recipe import ModelRecipe
from mnlu_instruct.workers import Progress, process_pool

HOUR = 3_600
STATES = 12
"""Bytes per parameter that a checkpoint has beside the weights: float32 copies and AdamW's two moments."""


class Cell(Struct, frozen=True):
    """The cost of a cell, for each seed. None is what isn't known before the training.

    Args:
        trainings: how many seeds are still to be trained; a training shared by cells is counted for the first.
        rows: the rows drawn of each task; empty if the data set can't be built.
        short: how many rows fewer than asked for.
        tokens: tokens of the rows, in one epoch.
        steps: the number of optimizer steps.
        seen: tokens of all steps.
        gpu_hours: GPU hours of one training, without start-up and evaluation.
        failure: why the cell can't be run.
    """

    system: str
    trainings: int
    rows: tuple[Rows, ...]
    short: int
    tokens: int | None
    steps: int | None
    seen: int | None
    gpu_hours: float | None
    failure: str | None


class Disk(Struct, frozen=True):
    """Peak bytes on disk: all data sets, all models, and the checkpoints of one training while it runs."""

    builds: int
    models: int | None
    checkpoints: int | None


class Plan(Struct, frozen=True):
    """The cost of an ablation.

    Args:
        evaluations: how many runs are still to be done, and how many there are in all.
        processes: GPUs, or processes on a CPU, of one training.
        speed: tokens per second of one of them.
        speed_from: the source of `speed`.
        gpu_hours: GPU hours of all trainings that are still to be done.
        uncounted: why tokens aren't counted; empty if they are.
        lacking: corpora and data sets that are left out because files are missing.
    """

    title: str
    cells: tuple[Cell, ...]
    evaluations: tuple[int, int]
    processes: int
    speed: float | None
    speed_from: str
    gpu_hours: float | None
    disk: Disk
    uncounted: str
    lacking: dict[str, str]


class _Training(Struct, frozen=True):
    """The part of a training that doesn't depend on its data: configuration, processes, and parameters."""

    config: Any
    processes: int
    packed: bool
    parameters: int
    bytes: int


def plan(grid: Grid, launcher: Sequence[str], speed: float | None, progress: Progress) -> Plan:
    """Plan the run of a grid.

    Args:
        grid: the ablation.
        launcher: arguments of `accelerate launch`.
        speed: tokens per second of one GPU; by default the speed of earlier trainings of this model.
        progress: called with each stage and the fraction of it that is done.

    Raises:
        UserError: a training argument is wrong.
    """
    original = training_of(grid.recipe).model
    counted, uncounted = _tokenizer(grid)
    speed, speed_from = (speed, "as given") if speed else _measured(grid)
    mixtures: dict[str, Mixture | UserError] = {}
    cells, sizes = [], dict[str, int]()
    taken: set[str] = set()
    one: _Training | None = None
    with process_pool(len(os.sched_getaffinity(0))) as pool:
        for system, jobs in _by_system(grid).items():
            built, training = jobs[0]
            if built.key not in mixtures:
                mixtures[built.key] = _drawn(built, counted, grid.data, pool, progress)
            waiting = {trained.key for _, trained in jobs if not (trained.folder / WHOLE).is_file()} - taken
            taken |= waiting
            one = _training(training, original, launcher)
            mixture = mixtures[built.key]
            if isinstance(mixture, UserError):
                cells.append(Cell(system, 0, (), 0, None, None, None, None, mixture.message))
                continue
            sizes |= {other.key: mixture.size for other, _ in jobs}
            cells.append(_cell(system, len(waiting), built, mixture, one, speed))
    failed = {system: reason for (system, _), reason in grid.failures.items()}
    cells += [Cell(system, 0, (), 0, None, None, None, None, reason) for system, reason in failed.items()]
    order = [named(series.name, point.at) for series in grid.recipe.series for point in series.points]
    cells.sort(key=lambda cell: order.index(cell.system))
    hours = [cell.gpu_hours * cell.trainings for cell in cells if cell.gpu_hours is not None]
    runs = grid.runs.values()
    trainings = len({job.trained[1].key for job in grid.jobs if job.trained})
    return Plan(
        title=grid.recipe.title,
        cells=tuple(cells),
        evaluations=(sum(not stages.done(run) for run in runs), len(runs)),
        processes=one.processes if one else 1,
        speed=speed,
        speed_from=speed_from,
        gpu_hours=sum(hours) if hours else None,
        disk=Disk(
            sum(sizes.values()),
            one.bytes * trainings if one else None,
            one.bytes + STATES * one.parameters if one else None,
        ),
        uncounted=uncounted,
        lacking=grid.lacking,
    )


def _by_system(grid: Grid) -> dict[str, list[tuple[Build, Training]]]:
    """The data set and the training of each cell, for each seed."""
    found: dict[str, list[tuple[Build, Training]]] = {}
    for job in grid.jobs:
        for run in job.runs:
            if job.trained:
                found.setdefault(run.system, []).append(job.trained)
    return found


def _tokenizer(grid: Grid) -> tuple[bool, str]:
    """Whether the base's tokenizer is available, and if not, why."""
    job: Job | None = next((job for job in grid.jobs if job.trained), None)
    if job is None or job.trained is None:
        return False, "nothing is trained"
    name = str(job.trained[0].recipe.tokenizer)
    if job.base and not Path(name).is_dir():
        return False, "the new model, whose tokenizer counts them, doesn't exist yet"
    try:
        plain_text.counter(name)
    except UserError as error:
        return False, f"{error.message.rstrip('.')}; --train names a recipe whose base is here"
    return True, ""


def _drawn(built: Build, counted: bool, data: Path, pool: Any, progress: Progress) -> Mixture | UserError:
    """The mixture that would be drawn; without a tokenizer, regardless of lengths."""
    recipe = built.recipe if counted else built.recipe.model_copy(update={"tokenizer": None, "max_tokens": None})
    try:
        return build.draft(recipe, data, pool, progress).mixture
    except UserError as error:
        return error


def _cell(
    system: str, trainings: int, built: Build, mixture: Mixture, training: _Training, speed: float | None
) -> Cell:
    rows = tuple(
        Rows(task, sum(row.available for row in of_task), sum(row.drawn for row in of_task))
        for task in built.recipe.tasks
        if (of_task := [row for row in mixture.rows if row.task == task])
    )
    counts = [row.tokens for row in mixture.rows]
    tokens = sum(count or 0 for count in counts) if None not in counts else None
    steps, seen = _steps(training, mixture.total, tokens)
    hours = seen / speed / HOUR if seen and speed else None
    short = max(0, (built.recipe.n or 0) - mixture.total)
    return Cell(system, trainings, rows, short, tokens, steps, seen, hours, None)


def _steps(training: _Training, rows: int, tokens: int | None) -> tuple[int | None, int | None]:
    """The number of optimizer steps, and of the tokens in them."""
    from mnlu_instruct.training.estimate.plan import steps_of  # noqa: PLC0415 (loads torch)

    config = training.config
    units = rows if not training.packed else tokens and -(-tokens // config.max_length)
    if not units:
        return None, None
    each = config.per_device_train_batch_size * training.processes
    steps = steps_of(config, units, each)
    epochs = min(steps * each * config.gradient_accumulation_steps / units, config.num_train_epochs)
    return steps, round(tokens * epochs) if tokens else None


def _training(training: Training, original: ModelRecipe, launcher: Sequence[str]) -> _Training:
    """A training's configuration, processes and parameters; the model's shape is that of the training recipe."""
    from mnlu_instruct.training.estimate import footprint, shapes  # noqa: PLC0415 (loads torch)
    from mnlu_instruct.training.estimate.plan import configuration, launched  # noqa: PLC0415

    recipe = training.recipe.model_copy(update={"model": original})
    shape = shapes.config_of(original)
    counts = footprint.counts(shape, original.lora)
    size = counts.trained * (4 if original.lora or original.dtype == "float32" else 2)
    processes = launched(launcher, recipe).processes
    return _Training(configuration(recipe, shape), processes, recipe.packing != "none", counts.trained, size)


def _measured(grid: Grid) -> tuple[float | None, str]:
    """The median tokens per second of one process in finished trainings of this base, and its source in words."""
    base = next((str(job.trained[1].recipe.model.base) for job in grid.jobs if job.trained), None)
    speeds: dict[str, list[float]] = {}
    for path in sorted((grid.folder.parent / MODELS).glob("*/training.json")):
        told = json.decode(path.read_bytes())
        if told["base"] == base:
            speeds[path.parent.name] = list(_speeds(told))
    every = [speed for found in speeds.values() for speed in found]
    if not every:
        return None, "not measured yet; give it with --tokens-per-second"
    return median(every), f"the median of {len(every)} logs of {len(speeds)} trainings here"


def _speeds(told: dict[str, Any]) -> Iterator[float]:
    for one in told["log"]:
        if "tokens_per_second" in one:
            yield one["tokens_per_second"] / told["processes"]
