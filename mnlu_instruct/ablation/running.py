"""Run the jobs of an ablation: here, one after the other, or as an array of Slurm jobs (submitit)."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

from mnlu_instruct import folders, interruption
from mnlu_instruct.ablation import stages
from mnlu_instruct.ablation.cells import Job, Workload, base_of
from mnlu_instruct.errors import UserError, install

JOBS = "jobs"
POLL = 5.0
"""Seconds between polls of a cluster's jobs."""
GRACE = 240.0
"""Seconds for a training to save a checkpoint."""
DEFAULTS: Mapping[str, Any] = {
    "name": "mnlu-ablate",
    "timeout_min": 1440,
    "slurm_signal_delay_s": 300,
    "slurm_additional_parameters": {"requeue": True},
}
TIMES = 20
"""How often a job that reaches its time limit is requeued."""

Failures = dict[tuple[str, int], str]
Say = Callable[[str], None]


class Work:
    """The function that a cluster's job calls; before preemption or the time limit it is checkpointed and requeued."""

    def __init__(self, data: Path, launcher: Sequence[str], environment: Mapping[str, str]) -> None:
        self.arguments = (data, tuple(launcher), dict(environment))

    def __call__(self, job: Job) -> dict[str, str]:
        """Do the job."""
        return stages.perform(job, *self.arguments)

    def together(self, jobs: Sequence[Job]) -> None:
        """Do jobs of one base in common processes, as far as they don't fail."""
        stages.together(jobs, *self.arguments)

    def checkpoint(self, job: Job) -> Any:
        """Make the training save a checkpoint, and return the submission to requeue: the same job, which resumes."""
        import psutil  # noqa: PLC0415 (an extra)
        from submitit.helpers import DelayedSubmission  # noqa: PLC0415 (an extra)

        begun = psutil.Process().children(recursive=True)
        for one in begun:
            try:
                one.terminate()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(begun, GRACE)
        return DelayedSubmission(self, job)


def run(load: Workload, work: Work, cluster: str | None, options: Mapping[str, Any], say: Say) -> Failures:
    """Run all jobs that aren't done; returns the failures with their reasons.

    Args:
        load: the jobs.
        work: does a job.
        cluster: submitit's name of the cluster (`slurm`); None to run the jobs here.
        options: submitit's parameters of the cluster.
        say: called with messages about progress.

    Raises:
        UserError: another process runs this ablation; submitit isn't installed, or refuses an option.
    """
    waiting = [job for job in load.jobs if not all(map(stages.done, job.runs))]
    with folders.locked(load.folder, f"Another process runs the ablation in {load.folder}."):
        for path, suite in load.suites.items():
            stated = suite.model_dump(mode="json", exclude={"averages"}, exclude_none=True)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.safe_dump(stated, sort_keys=False), "utf-8")
        if len(waiting) < len(load.jobs):
            say(f"{len(load.jobs) - len(waiting)} of {len(load.jobs)} jobs are done")
        if not waiting:
            return dict(load.failures)
        with interruption.keeping(lambda: _kept(load)):
            results = _there(load, waiting, work, cluster, options, say) if cluster else _here(load, waiting, work, say)
        failures = dict(load.failures)
        for job, found in zip(waiting, results, strict=True):
            failures |= {(one.system, one.seed): found[one.system] for one in job.runs if one.system in found}
    return failures


def _kept(load: Workload) -> str:
    """What an interrupted ablation has kept."""
    done = sum(all(map(stages.done, job.runs)) for job in load.jobs)
    return f"{done} of {len(load.jobs)} jobs are done; of the one that was running, its last checkpoint is kept."


def _here(load: Workload, jobs: Sequence[Job], work: Work, say: Say) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    with _printing_to_stderr():
        for base, alike in groupby(jobs, base_of):
            some = list(alike)
            if load.together and len(some) > 1:
                say(f"{len(some)} trainings of {base} ({len(found) + 1} to {len(found) + len(some)} of {len(jobs)})")
                work.together(some)
            for job in some:
                say(f"{job.name} ({len(found) + 1} of {len(jobs)})")
                found.append(work(job))
                for system, reason in found[-1].items():
                    say(f"{system} failed: {reason}")
    return found


def _there(
    load: Workload, jobs: Sequence[Job], work: Work, cluster: str, options: Mapping[str, Any], say: Say
) -> list[dict[str, str]]:
    """Submit the jobs as an array, and wait for them."""
    try:
        from submitit import AutoExecutor  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise UserError("Slurm jobs need submitit.", f"{install('slurm')}.") from error
    try:
        executor = AutoExecutor(load.folder / JOBS, cluster=cluster, slurm_max_num_timeout=TIMES)
        executor.update_parameters(**{**DEFAULTS, **options})
        submitted = executor.map_array(work, list(jobs))
    except (RuntimeError, ValueError, NameError, TypeError, AssertionError) as error:
        reason = (str(error).strip() or repr(error)).splitlines()[0]
        raise UserError(
            f"submitit refuses: {reason}", "check the parameters of --slurm KEY=VALUE; is sbatch installed here?"
        ) from error
    for job, one in zip(jobs, submitted, strict=True):
        say(f"{job.name} is job {one.job_id}")
    left = dict(enumerate(submitted))
    while left:
        for place in [place for place, one in left.items() if one.done()]:
            say(f"{jobs[place].name} ended: {left.pop(place).state.lower()}")
        if left:
            time.sleep(POLL)
    return [_result(job, one) for job, one in zip(jobs, submitted, strict=True)]


def _result(job: Job, submitted: Any) -> dict[str, str]:
    """The failures of a job that has ended, in whichever way."""
    try:
        found: dict[str, str] = submitted.result()
    except Exception as error:  # whatever a job died of, the others go on
        said = [line for line in str(error).splitlines() if line.strip()] or [repr(error)]
        reason = f"job {submitted.job_id} ended with: {said[-1].strip()} ({submitted.paths.stderr})"
        return {one.system: reason for one in job.runs if not stages.done(one)}
    return found


@contextmanager
def _printing_to_stderr() -> Iterator[None]:
    """Redirect standard output to standard error: what trainings print isn't the result of the command."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
