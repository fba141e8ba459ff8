"""Asked to stop: at the end of a step, with a checkpoint."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from transformers import TrainerCallback

from mnlu_instruct.training.launch.signal_forwarding import ASKING
from mnlu_instruct.training.monitor.checkpoints import Sheet, sheet
from mnlu_instruct.training.monitor.preemption import LAUNCHED, Request
from tests.training.inside import Made, trainer


class At(TrainerCallback):
    """Asks for a stop at the beginning of a step."""

    def __init__(self, request: Request, step: int) -> None:
        self.request, self.step = request, step

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.request.heard |= state.global_step + 1 == self.step


@pytest.mark.parametrize("strategy", ["no", "steps", "epoch"])
def test_a_stop_saves_once_and_evaluates_nothing(data: Path, tmp_path: Path, strategy: str) -> None:
    over = {"save_strategy": strategy, "eval_strategy": strategy, "save_steps": 3, "eval_steps": 3}
    made = trainer(data, tmp_path, held_out=1, **over, logging_steps=50)
    made.trainer.add_callback(At(made.request, 3))
    made.trainer.train()
    assert made.preemption.stopped and made.trainer.state.global_step == 3
    assert [path.name for path in tmp_path.glob("checkpoint-*")] == ["checkpoint-3"]
    found = sheet(tmp_path / "checkpoint-3")
    assert isinstance(found, Sheet) and found.training == {"of": "a test"}
    logged = made.trainer.state.log_history
    assert [entry["step"] for entry in logged if "loss" in entry] == [3]
    assert not any("eval_loss" in entry for entry in logged)


def test_a_stop_can_be_gone_on_from_where_checkpoints_hold_the_model_alone(data: Path, tmp_path: Path) -> None:
    made = trainer(data, tmp_path, save_strategy="steps", save_steps=1, save_only_model=True, save_total_limit=2)
    made.trainer.add_callback(At(made.request, 4))
    made.trainer.train()
    assert sorted(path.name for path in tmp_path.glob("checkpoint-*")) == ["checkpoint-3", "checkpoint-4"]
    assert not isinstance(sheet(tmp_path / "checkpoint-3"), Sheet)
    assert isinstance(found := sheet(tmp_path / "checkpoint-4"), Sheet) and "optimizer.pt" in found.files


def test_a_stop_at_the_last_step_is_none(data: Path, tmp_path: Path) -> None:
    made = trainer(data, tmp_path)
    made.trainer.add_callback(At(made.request, 6))
    made.trainer.train()
    assert not made.preemption.stopped and not list(tmp_path.glob("checkpoint-*"))


def interrupted(made: Made) -> None:
    """The stop is asked for while the model answers."""

    class Later(TrainerCallback):
        def on_prediction_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            made.request.heard = True

    made.trainer.add_callback(Later())


def test_a_stop_during_an_evaluation_cuts_the_answers_short(data: Path, tmp_path: Path) -> None:
    made = trainer(data, tmp_path, held_out=1, eval_strategy="steps", eval_steps=2)
    interrupted(made)
    made.trainer.train()
    assert made.trainer.state.global_step == 3 and made.preemption.stopped
    assert isinstance(sheet(tmp_path / "checkpoint-3"), Sheet)
    assert not any("eval_unreadable" in entry for entry in made.trainer.state.log_history)
    assert not (tmp_path / "answers").exists()


@pytest.fixture
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in ASKING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", ASKING)
def test_a_signal_is_heard_even_if_it_came_before(handlers: None, number: signal.Signals) -> None:
    request = Request()
    signal.pthread_sigmask(signal.SIG_BLOCK, ASKING)
    signal.pthread_kill(threading.get_ident(), number)  # pytest has other threads, which don't block it
    assert not request.made
    request.listen()
    assert request.made


def test_a_second_interrupt_ends_at_once(handlers: None) -> None:
    request = Request()
    request.listen()
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_a_training_whose_launcher_is_gone_is_asked_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Request().launcher is None
    monkeypatch.setenv(LAUNCHED, "no")
    request = Request()
    assert not request.made
    request.launcher = -1
    assert request.made
