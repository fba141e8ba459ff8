"""Jobs here and as jobs of a cluster (submitit's local one): what is done once, what goes on, what fails."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from mnlu_instruct import folders
from mnlu_instruct.ablation import results, running, stages
from mnlu_instruct.errors import UserError
from tests.ablation.conftest import Pretended, resolved

MINUTES = {"timeout_min": 5}


def test_what_is_done_is_not_done_again(answered: Path, tmp_path: Path) -> None:
    grid, work = resolved(tmp_path), Pretended(answered, tmp_path / "log")
    assert running.run(grid.workload, work, None, {}, lambda _: None) == {}
    assert work.begun() == [job.name for job in grid.jobs]
    said: list[str] = []
    assert running.run(grid.workload, work, None, {}, said.append) == {}
    assert len(work.begun()) == len(grid.jobs)
    assert said == ["7 of 7 jobs are done"]


def test_a_killed_ablation_goes_on_and_ends_alike(answered: Path, tmp_path: Path) -> None:
    grid = resolved(tmp_path)
    for dies in (0, 3, 5):
        with pytest.raises(KeyboardInterrupt):
            running.run(grid.workload, Pretended(answered, tmp_path / "log", dies=dies), None, {}, lambda _: None)
    work = Pretended(answered, tmp_path / "log")
    assert running.run(grid.workload, work, None, {}, lambda _: None) == {}
    assert len(work.begun()) == len(grid.jobs) + 3
    (tmp_path / "whole").mkdir()
    whole = resolved(tmp_path / "whole")
    running.run(whole.workload, Pretended(answered, tmp_path / "whole" / "log"), None, {}, lambda _: None)
    found, expected = (results.gather(one, {}) for one in (grid, whole))
    assert found.cells == expected.cells


def test_two_processes_do_not_run_one_ablation(answered: Path, tmp_path: Path) -> None:
    grid = resolved(tmp_path)
    with folders.locked(grid.folder), pytest.raises(UserError, match="Another process runs the ablation"):
        running.run(grid.workload, Pretended(answered, tmp_path / "log"), None, {}, lambda _: None)


def test_jobs_of_a_cluster(answered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One job a training, in one array; what fails in one is its own."""
    pytest.importorskip("submitit", reason="submitit submits jobs")
    monkeypatch.setattr(running, "POLL", 0.1)
    over = {"seeds": [1], "baselines": [], "findings": []}
    grid, said = resolved(tmp_path, **over), list[str]()
    work = Pretended(answered, tmp_path / "log", fails="with RE 2")
    failures = running.run(grid.workload, work, "local", MINUTES, said.append)
    assert failures == {("with RE 2", 1): "The training failed."}
    assert sorted(work.begun()) == sorted(job.name for job in grid.jobs)
    assert [stages.done(run) for run in grid.runs.values()] == [True, False, True]
    assert sum(" is job " in words for words in said) == len(grid.jobs)


def test_a_preempted_job_is_queued_again_and_goes_on(
    answered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("submitit", reason="submitit submits jobs")
    monkeypatch.setattr(running, "POLL", 0.1)
    series = [{"name": "s", "points": [{"at": 1, "build": {"tasks": ["re"]}}]}]
    grid = resolved(tmp_path, series=series, seeds=[1], baselines=[], findings=[])
    work = Pretended(answered, tmp_path / "log", waits=True)

    def preempt() -> None:
        while not work.log.exists():
            time.sleep(0.1)
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().split(b"\0")
            except OSError:
                continue
            if b"submitit.core._submit" in words and str(grid.folder / running.JOBS).encode() in words:
                os.kill(int(path.parent.name), signal.SIGUSR2)

    thread = threading.Thread(target=preempt)
    thread.start()
    assert running.run(grid.workload, work, "local", MINUTES, lambda _: None) == {}
    thread.join()
    assert work.begun() == ["s 1, seed 1"] * 2
    assert all(map(stages.done, grid.runs.values()))


def test_a_cluster_that_is_not_there(answered: Path, tmp_path: Path) -> None:
    pytest.importorskip("submitit", reason="submitit submits jobs")
    grid, work = resolved(tmp_path), Pretended(answered, tmp_path / "log")
    with pytest.raises(UserError, match="submitit refuses: ") as error:
        running.run(grid.workload, work, "slurm", {"slurm_partiton": "gpu"}, lambda _: None)
    assert "--slurm KEY=VALUE" in error.value.hint
