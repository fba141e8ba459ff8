"""What is broken stops a training, by name of the rows, before anything of it is saved."""

from pathlib import Path

import pytest
import torch
from datasets import Dataset
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.training.monitor.watchdog import LOGS, MARGIN, STEPS, Divergence, Watchdog, traced
from mnlu_instruct.training.row_order import Order
from mnlu_instruct.training.trainer import Trainer
from tests.training.inside import trainer

EVERY = st.sampled_from([1, 3, 10, 40])


def alarms(losses: list[float], every: int) -> list[int]:
    divergence = Divergence()
    return [place for place, loss in enumerate(losses) if divergence.add((place + 1) * every, loss)]


@given(st.lists(st.floats(0, 12), max_size=200), EVERY)
def test_a_loss_that_ever_comes_back_raises_no_alarm(losses: list[float], every: int) -> None:
    """Whatever it does between, if each fifth loss is as low as any."""
    low = min(losses, default=0.0)
    losses = [low if place % LOGS == 0 else loss for place, loss in enumerate(losses)]
    assert not alarms(losses, every)


@given(st.lists(st.floats(0.1, 0.1 + MARGIN), min_size=60, max_size=90), st.floats(0.01, 9), EVERY)
def test_a_loss_that_stays_high_is_found_in_time(losses: list[float], leap: float, every: int) -> None:
    high = max(losses) + leap + MARGIN
    found = alarms(losses + [high] * 100, every)
    needed = max(LOGS, -(-STEPS // every))
    assert found and len(losses) + needed - 1 <= found[0] <= len(losses) + needed + 1


def test_a_training_that_never_learns_and_leaps_at_once_is_found() -> None:
    assert alarms([3.0, 8.0, *[9.0] * 60], 1)
    assert not alarms([3.0, *[3.9] * 100], 1)


def poisoned(made: Trainer, token: int) -> None:
    with torch.no_grad():
        made.model.get_input_embeddings().weight[token] = torch.nan


def rare(made: Trainer, tokens: list[list[int]], steps: int) -> tuple[int, int, list[int]]:
    """A token that one row of the first steps has, the step that meets it first, and the rows of its batch."""
    order = Order(made.get_train_dataloader(), 1, made.args.gradient_accumulation_steps)
    seen = [order.rows(step)[0] for step in range(1, steps + 1)]
    early = {token for rows in seen[:3] for row in rows for token in tokens[row]}
    for step in range(4, steps + 1):
        for row in seen[step - 1]:
            if new := set(tokens[row]) - early:
                return min(new), step, seen[step - 1]
    raise AssertionError("no such token")


@pytest.mark.parametrize("packing", ["none", "stream"])
def test_a_loss_that_is_no_number_names_the_rows_of_its_step(data: Path, tmp_path: Path, packing: str) -> None:
    over = {"max_length": 300} if packing == "stream" else {}
    made, rows, *_ = trainer(
        data, tmp_path, packing, max_steps=12, logging_steps=12, per_device_train_batch_size=2, **over
    )
    prepared = [list(ids) for ids in made.train_dataset["input_ids"]]
    token, step, places = rare(made, prepared, 12)
    poisoned(made, token)
    with pytest.raises(UserError, match=f"The loss is NaN or infinite, at step {step}\\.") as caught:
        made.train()
    suspects = (tmp_path / "suspects.txt").read_text("utf-8").split("\n")[:-1]
    named = {row["id"]: list(row["input_ids"]) for row in rows}
    if packing == "none":
        assert suspects == [rows[place]["id"] for place in places]
    assert any(token in named[name] for name in suspects)
    assert suspects[0] in caught.value.message and "Last complete checkpoint: none" in caught.value.message


def test_nothing_broken_is_saved(data: Path, tmp_path: Path) -> None:
    made, *_ = trainer(data, tmp_path, learning_rate=1e39, logging_steps=50, save_strategy="steps", save_steps=1)
    with pytest.raises(UserError, match="A weight is NaN or infinite, at step 1"):
        made.train()
    assert not list(tmp_path.glob("**/*.safetensors"))


@pytest.mark.parametrize("first", [[1], [1, 4], []], ids=["a beginning", "a turn's beginning", "none"])
def test_documents_are_traced_in_packed_sequences_whole_or_cut(first: list[int]) -> None:
    a, b, c = ([*first, *rest, 2] for rest in ([5, 6], [7, 8, 9], [5, 9, 9]))
    rows = Dataset.from_dict({"id": ["a", "b", "c"], "input_ids": [a, b, c]})
    assert traced([[*a, *b[:-2]]], rows) == ["a", "b"]
    assert traced([[*c[-3:], *b]], rows) == ["c", "b"]
    assert traced([c], rows) == ["c"]


def test_a_norm_that_is_no_number_and_a_loss_that_diverges_name_all_rows_since_the_last_log(
    data: Path, tmp_path: Path
) -> None:
    made, rows, *_ = trainer(data, tmp_path, max_steps=4, per_device_train_batch_size=2)
    made.train()
    (watchdog,) = (one for one in made.callback_handler.callbacks if isinstance(one, Watchdog))
    watchdog.last = 1
    order = Order(made.get_train_dataloader(), 1, 1)
    expected = [rows[row]["id"] for step in (2, 3, 4) for row in order.rows(step)[0]]

    def stopped(logs: dict[str, float], words: str) -> None:
        with pytest.raises(UserError, match=f"{words}.*, at steps 2 to 4"):
            watchdog.on_log(made.args, made.state, made.control, logs)
        assert (tmp_path / "suspects.txt").read_text("utf-8").split() == expected

    stopped({"loss": 1.0, "grad_norm": float("inf")}, "The gradient norm is inf")
    watchdog.divergence = Divergence()
    for before in range(STEPS + 1, 0, -1):
        assert not watchdog.divergence.add(4 - before, 1.0 if before > STEPS else 3.0)
    stopped({"loss": 3.0, "grad_norm": 1.0}, "The loss diverges: 3.00")
    made.args.fp16 = True  # whose scaler passes over steps that overflow
    watchdog.divergence = Divergence()
    watchdog.on_log(made.args, made.state, made.control, {"loss": 1.0, "grad_norm": float("inf")})
