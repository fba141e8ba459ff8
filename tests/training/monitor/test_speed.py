"""Tokens are counted as the trainer counts them, step by step."""

from pathlib import Path

import pytest
import torch

from mnlu_instruct.training.monitor.speed import Speed, counts
from mnlu_instruct.training.trainer import Trainer
from tests.training.inside import trainer


@pytest.mark.parametrize("packing", ["none", "stream"])
def test_every_step_has_the_tokens_that_the_trainer_saw(data: Path, tmp_path: Path, packing: str) -> None:
    made, *_ = trainer(data, tmp_path, packing, max_steps=8, gradient_accumulation_steps=2, max_length=512)
    seen: list[int] = []
    step = Trainer.training_step

    def counted(self: Trainer, model: object, inputs: dict[str, torch.Tensor], items: torch.Tensor) -> torch.Tensor:
        seen.append(int(items))
        return step(self, model, inputs, items)

    made.training_step = counted.__get__(made)
    made.train()
    history = [entry for entry in made.state.log_history if "loss" in entry]
    total = [0, *(int(entry["num_tokens"]) for entry in history)]
    (speed,) = (one for one in made.callback_handler.callbacks if isinstance(one, Speed))
    assert speed.order is not None and speed.counts is not None
    for place, entry in enumerate(history):
        tokens, trained, _ = speed.counts[:, speed.order.rows(place + 1)[0]].sum(1).tolist()
        assert tokens == total[place + 1] - total[place]
        assert trained == seen[2 * place]
        assert entry["tokens_per_second"] / entry["trained_tokens_per_second"] == pytest.approx(tokens / trained)
        assert entry["eta_seconds"] >= 0 and "mfu" not in entry
    assert history[-1]["eta_seconds"] == 0


def test_pairs_of_tokens_are_those_of_a_document(data: Path, tmp_path: Path) -> None:
    made, rows, *_ = trainer(data, tmp_path, "documents", max_length=1024)
    alone = sum(len(ids) ** 2 for ids in rows["input_ids"])
    assert counts(made.train_dataset).sum(1).tolist()[2] == alone
    assert counts(made.train_dataset).sum(1).tolist()[0] == sum(map(len, rows["input_ids"]))
