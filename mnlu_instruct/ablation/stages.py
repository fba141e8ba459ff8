"""The stages of a job (build, train, merge, evaluate): each makes one folder atomically, and is skipped if that exists.

So jobs that share a data set or a base make it only once, and a job that was killed resumes when it is run again.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from pathlib import Path

import yaml

from mnlu_instruct import console, folders, merging
from mnlu_instruct.ablation.cells import Build, Job, Run, Training
from mnlu_instruct.dataset import build, manifest
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import subprocess_run
from mnlu_instruct.evaluation.evaluate import SCORES
from mnlu_instruct.training.launch.launcher import WHOLE, check_installed, finish
from mnlu_instruct.workers import process_pool

CONFIG = "config.json"
"""The file by which a new model's folder is recognised."""


def perform(job: Job, data: Path, launcher: Sequence[str], environment: Mapping[str, str]) -> dict[str, str]:
    """Run the stages of a job that aren't done yet; returns the reasons of failures by system.

    Args:
        job: the job.
        data: the data directory.
        launcher: arguments of `accelerate launch`.
        environment: variables for training and evaluation, beside those of this process.
    """
    try:
        _prepared(job, data)
        if job.trained:
            _trained([job.trained[1]], launcher, environment)
    except UserError as error:
        return {run.system: error.message for run in job.runs}
    failures = {}
    for run in job.runs:
        try:
            _evaluated(run, environment)
        except UserError as error:
            failures[run.system] = error.message
    return failures


def together(jobs: Sequence[Job], data: Path, launcher: Sequence[str], environment: Mapping[str, str]) -> None:
    """Do jobs in one training process and one evaluation process, which saves their starts.

    What fails is left out: `perform` does it, and says why. Arguments as `perform`'s.
    """
    ready: dict[str, Training] = {}
    for job in jobs:
        with suppress(UserError):
            _prepared(job, data)
            ready |= {job.trained[1].key: job.trained[1]} if job.trained else {}
    with suppress(UserError):
        _trained([ready[key] for key in sorted(ready)], launcher, environment)
    runs = [run for job in jobs for run in job.runs if not run.merge and run.asking.engine == "transformers"]
    there = [run for run in runs if not done(run) and (Path(run.model) / WHOLE).is_file()]
    with ExitStack() as held:
        for run in sorted(there, key=lambda one: one.folder):
            held.enter_context(_alone(run.folder))
        waiting = [(Path(run.model), run.asking, run.folder) for run in there if not done(run)]
        if len(waiting) > 1:
            subprocess_run.evaluate_in_turns(waiting, environment)


def done(run: Run) -> bool:
    """Whether an evaluation is done."""
    return (run.folder / SCORES).is_file()


def _prepared(job: Job, data: Path) -> None:
    """Make what a job is trained from."""
    if job.base:
        _built(job.base[0], data)
        _new(job.base[1])
    if job.trained:
        _built(job.trained[0], data)


def _built(one: Build, data: Path) -> None:
    with _alone(one.folder):
        if (one.folder / manifest.NAME).is_file():
            return
        with process_pool(len(os.sched_getaffinity(0))) as pool, console.progress() as progress:
            drafted = build.draft(one.recipe, data.absolute(), pool, progress)
            build.write(drafted, one.folder.absolute(), pool, progress)


def _new(one: Training) -> None:
    check_installed()
    with _alone(one.folder):
        if (one.folder / CONFIG).is_file():
            return
        from mnlu_instruct.training import initial_model  # noqa: PLC0415 (loads torch)

        initial_model.write(one.recipe, one.folder)


def _trained(every: Sequence[Training], launcher: Sequence[str], environment: Mapping[str, str]) -> None:
    with ExitStack() as held:
        for one in every:
            held.enter_context(_alone(one.folder))
        waiting = {_stated(one): one.folder for one in every if not (one.folder / WHOLE).is_file()}
        if waiting:
            finish(waiting, launcher, environment)
        for folder in waiting.values():
            for checkpoint in folder.glob("checkpoint-*"):
                shutil.rmtree(checkpoint)


def _stated(one: Training) -> Path:
    """The file of a training's recipe."""
    path = one.folder.with_name(f"{one.key}.yaml")
    path.parent.mkdir(parents=True, exist_ok=True)
    stated = one.recipe.model_dump(mode="json", exclude_none=True)
    path.write_text(yaml.safe_dump(stated, sort_keys=False), "utf-8")
    return path


def _evaluated(run: Run, environment: Mapping[str, str]) -> None:
    with _alone(run.folder):
        if done(run):
            return
        made: AbstractContextManager[str | Path]
        made = merging.temporary(run.merge) if run.merge else nullcontext(run.model)
        with made as model:
            subprocess_run.evaluate(Path(model), run.asking, run.folder, environment)


def _alone(folder: Path) -> AbstractContextManager[None]:
    """A lock, so that only one process at a time makes a folder; others wait, and then find it done."""
    return folders.locked(folder.parent / ".locks" / folder.name)
