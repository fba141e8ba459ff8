"""Stopped, killed, resumed: the same weights to the bit; what is not whole is passed over, and nothing else happens."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import torch
from safetensors.torch import load_file

from mnlu_instruct.training.monitor.checkpoints import SHEET
from tests import forks
from tests.support import MAIN, ROOT
from tests.training.conftest import ENVIRONMENT, RECIPE

STEPS = 24
ALONE, ZERO3 = (), ("deepspeed: zero3", "per_device_train_batch_size: 4")
PROCESSES = {ALONE: 1, ZERO3: 2}
CHOSEN = random.Random(6)
"""Which steps a training is stopped after: any, but the same in each run of these tests."""


def recipe(folder: Path, data: Path, *lines: str) -> Path:
    """A recipe whose training draws random numbers at each step (dropout), and evaluates nothing, if not told to."""
    text = RECIPE.format(data=data, out=folder / "out").replace("max_steps: 10", f"max_steps: {STEPS}")
    text = text.replace("num_key_value_heads: 1", "num_key_value_heads: 1, attention_dropout: 0.1")
    added = ("eval_strategy: 'no'", *lines)
    given = [line.partition(":")[0] for line in added]
    kept = [line for line in text.splitlines() if line.strip().partition(":")[0] not in given]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "recipe.yaml"
    last = {line.partition(":")[0]: f"  {line}" for line in added}
    path.write_text("\n".join(["held_out: 2", *kept, *last.values()]), "utf-8")
    return path


class Run:
    """`mnlu train`, watched while it goes; forked, unless its processes are signalled from outside."""

    def __init__(self, path: Path, processes: int, signalled: bool = False) -> None:
        launcher = ["--num_processes", str(processes), "--num_machines", "1", "--mixed_precision", "no"]
        launcher += ["--multi_gpu", "--main_process_port", "0"] if processes > 1 else []
        python = sys.executable if signalled else forks.python("heavy")
        command = [python, "-c", MAIN, "train", str(path), "--"]
        self.errors = path.with_suffix(".err")
        with self.errors.open("w", encoding="utf-8") as errors:
            self.process = subprocess.Popen(
                [*command, *launcher], stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True,
                env={**os.environ, **ENVIRONMENT, "COLUMNS": "200"},
            )  # fmt: skip
        self.lines: list[str] = []

    def until(self, step: int) -> None:
        """Wait for the log of a step."""
        for line in self._said():
            if line.startswith(f"{step}/"):
                return
        raise AssertionError(f"no step {step}: {self.errors.read_text('utf-8')[-4000:]}")

    def ranks(self) -> list[psutil.Process]:
        """The processes that train."""
        script = str(ROOT / "train" / "sft.py")
        found = [one for one in psutil.Process(self.process.pid).children(recursive=True) if script in one.cmdline()]
        return [one for one in found if "mnlu_instruct.training.launch.accelerate_main" not in one.cmdline()]

    def end(self) -> str:
        """Its status must be 0; what it said."""
        said = self.failed(0)
        assert "Traceback" not in said
        return said

    def failed(self, status: int) -> str:
        """Wait for its end."""
        list(self._said())
        said = "".join(self.lines) + self.errors.read_text("utf-8")
        assert self.process.wait(60) == status, said[-4000:]
        return said

    def _said(self) -> Iterator[str]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            yield line


def weights(out: Path) -> dict[str, torch.Tensor]:
    found = load_file(out / "model.safetensors")
    assert found
    return found


def losses(out: Path) -> list[float]:
    history = json.loads((out / "trainer_state.json").read_text("utf-8"))["log_history"]
    return [entry["loss"] for entry in history if "loss" in entry]


def same(out: Path, whole: Path) -> None:
    """Two trainings went the same way to the same end."""
    assert losses(out) == losses(whole) and len(losses(out)) == STEPS
    first, second = weights(out), weights(whole)
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


def unfinished(out: Path) -> None:
    """As a kill leaves a folder between the last checkpoint and the model."""
    (out / SHEET).unlink()
    (out / "model.safetensors").unlink()


def stopped(path: Path, processes: int, step: int, sent: signal.Signals = signal.SIGTERM, to: str = "launcher") -> str:
    """A run that is asked to stop after a step."""
    run = Run(path, processes, signalled=True)
    run.until(step)
    (run.ranks()[-1] if to == "rank" else run.process).send_signal(sent)
    said = run.end()
    assert "the same command goes on" in said
    assert not (path.parent / "out" / SHEET).exists()
    return said


@pytest.fixture(scope="module")
def uninterrupted(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], Path]:
    """A training without a stop or an evaluation, in one process and in two under ZeRO-3."""
    found = {}
    for spread, processes in PROCESSES.items():
        path = recipe(tmp_path_factory.mktemp("whole"), data, *spread)
        Run(path, processes).end()
        found[spread] = path.parent / "out"
    return found


def test_three_stops_and_many_evaluations_change_nothing(
    data: Path, uninterrupted: dict[tuple[str, ...], Path], tmp_path: Path
) -> None:
    path = recipe(tmp_path, data, "eval_strategy: steps", "eval_steps: 3")
    steps = sorted(CHOSEN.sample(range(1, STEPS - 4), 3))
    stops = []
    for step, sent in zip(steps, (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1), strict=True):
        after = max([step, *(stop + 1 for stop in stops)])  # the stop before may have come late
        said = stopped(path, 1, after, sent)
        stops.append(int(said.split("stopped at step ")[1].split()[0]))
        assert after <= stops[-1] < STEPS
    Run(path, 1).end()
    same(tmp_path / "out", uninterrupted[ALONE])
    history = json.loads((tmp_path / "out" / "trainer_state.json").read_text("utf-8"))["log_history"]
    scored = [entry for entry in history if "eval_unreadable" in entry]
    assert scored and {"eval_ner_f1", "eval_dc_f1", "eval_re_f1", "eval_nli_accuracy"} <= scored[-1].keys()


def test_a_kill_while_a_checkpoint_is_written_costs_only_the_steps_since_the_last(
    data: Path, uninterrupted: dict[tuple[str, ...], Path], tmp_path: Path
) -> None:
    path = recipe(tmp_path, data, "save_strategy: steps", "save_steps: 5", "save_total_limit: 1")
    run = Run(path, 1, signalled=True)
    run.until(5)
    half = tmp_path / "out" / "checkpoint-10"
    while not half.is_dir():
        assert run.process.poll() is None
        time.sleep(0.0005)
    run.ranks()[0].kill()
    run.failed(1)
    assert not (half / SHEET).exists()
    assert (tmp_path / "out" / "checkpoint-5" / SHEET).is_file()
    said = Run(path, 1).end()
    assert f"Skipping {half}, which is incomplete: it has no {SHEET}" in said
    assert f"Resuming from {tmp_path / 'out' / 'checkpoint-5'}" in said
    same(tmp_path / "out", uninterrupted[ALONE])
    assert [one.name for one in (tmp_path / "out").glob("checkpoint-*")] == [f"checkpoint-{STEPS}"]
    unfinished(tmp_path / "out")
    Run(path, 1).end()
    same(tmp_path / "out", uninterrupted[ALONE])


def test_one_of_two_processes_under_zero_3_is_asked_to_stop(
    data: Path, uninterrupted: dict[tuple[str, ...], Path], tmp_path: Path
) -> None:
    path = recipe(tmp_path, data, *ZERO3)
    stopped(path, 2, CHOSEN.randrange(1, 8), to="rank")
    Run(path, 2).end()
    same(tmp_path / "out", uninterrupted[ZERO3])


def test_a_training_that_breaks_ends_in_all_processes_and_leaves_no_model(data: Path, tmp_path: Path) -> None:
    path = recipe(tmp_path, data, *ZERO3, "learning_rate: 1.0e+30", "save_strategy: steps", "save_steps: 1")
    said = Run(path, 2).failed(1)
    assert said.count("error:") == 1 and "The loss is NaN or infinite, at step" in said
    assert "Traceback" not in said
    assert not (tmp_path / "out" / SHEET).exists() and not (tmp_path / "out" / "model.safetensors").exists()
    assert len((tmp_path / "out" / "suspects.txt").read_text("utf-8").splitlines()) == 8


@pytest.mark.slow
@pytest.mark.parametrize("spread", [ALONE, ZERO3], ids=["one process", "zero3"])
def test_kills_at_random_moments_change_nothing(
    data: Path, uninterrupted: dict[tuple[str, ...], Path], tmp_path: Path, spread: tuple[str, ...]
) -> None:
    path = recipe(tmp_path, data, *spread, "save_strategy: steps", "save_steps: 1", "save_total_limit: 2")
    for step in (5, 10, 15):
        run = Run(path, PROCESSES[spread], signalled=True)
        run.until(step)
        time.sleep(CHOSEN.random() / 5)
        CHOSEN.choice(run.ranks()).kill()
        run.failed(1)
    Run(path, PROCESSES[spread]).end()
    same(tmp_path / "out", uninterrupted[spread])
    unfinished(tmp_path / "out")
    Run(path, PROCESSES[spread]).end()
    same(tmp_path / "out", uninterrupted[spread])


@pytest.mark.slow
def test_three_stops_under_zero_3(data: Path, uninterrupted: dict[tuple[str, ...], Path], tmp_path: Path) -> None:
    path = recipe(tmp_path, data, *ZERO3, "eval_strategy: steps", "eval_steps: 4")
    for step, to in ((2, "launcher"), (8, "rank"), (14, "launcher")):
        run = Run(path, 2, signalled=True)
        run.until(step)
        (run.ranks()[0] if to == "rank" else run.process).send_signal(signal.SIGTERM)
        run.end()
    Run(path, 2).end()
    same(tmp_path / "out", uninterrupted[ZERO3])


def test_a_complete_training_stays_as_it_is(data: Path, uninterrupted: dict[tuple[str, ...], Path]) -> None:
    out = uninterrupted[ALONE]
    assert list(out.glob("runs/*/events.out.tfevents.*"))  # TensorBoard's
    before = {one: one.stat().st_mtime_ns for one in out.rglob("*")}
    assert f"after all {STEPS} steps already: nothing to do" in Run(out.parent / "recipe.yaml", 1).end()
    assert {one: one.stat().st_mtime_ns for one in out.rglob("*")} == before


def test_another_training_in_the_same_folder_is_refused(
    data: Path, uninterrupted: dict[tuple[str, ...], Path], tmp_path: Path
) -> None:
    out = uninterrupted[ALONE]
    path = recipe(tmp_path, data, "learning_rate: 1.0e-3", f"output_dir: {out}")
    said = Run(path, 1).failed(1)
    assert "is of another training: trainer.learning_rate was 0.005, is 0.001" in said
    assert "another output_dir" in said
