"""A tiny trainer in this process, with the callbacks of a training."""

from pathlib import Path
from typing import Any, NamedTuple

from datasets import Dataset

from mnlu_instruct.training import architectures, model
from mnlu_instruct.training.data import rows_of
from mnlu_instruct.training.monitor.callbacks import watch
from mnlu_instruct.training.monitor.preemption import Preemption, Request
from mnlu_instruct.training.recipe import ModelRecipe, TrainRecipe
from mnlu_instruct.training.trainer import Trainer

SHAPE = {
    "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
    "num_key_value_heads": 1,
}  # fmt: skip
USUAL = {
    "per_device_train_batch_size": 8, "max_length": 2048, "max_steps": 6, "logging_steps": 1, "save_strategy": "no",
    "gradient_checkpointing": False, "use_cpu": True, "bf16": False, "disable_tqdm": True, "seed": 7,
    "report_to": "none", "learning_rate": 5e-3,
}  # fmt: skip


class Made(NamedTuple):
    """A trainer as `train/sft.py` makes it, its rows as token ids, and what asks it to stop."""

    trainer: Trainer
    rows: Dataset
    request: Request
    preemption: Preemption


def trainer(data: Path, out: Path, packing: str = "none", held_out: int = 0, **over: Any) -> Made:
    """A trainer of a tiny model with random weights, with arguments laid over the usual ones."""
    recipe = TrainRecipe.model_validate(
        {
            "model": ModelRecipe(config=SHAPE, vocabulary=400, dtype="float32"),
            "data": data,
            "packing": packing,
            "held_out": held_out,
            "trainer": {**USUAL, "output_dir": str(out), **over},
        }
    )
    kind = architectures.DECODER
    config = kind.config(recipe)
    rows, held = rows_of(data, held_out, 7)
    tokenizer = model.tokenizer_for(recipe.model, rows, kind.chats)
    network = model.model_for(recipe.model, tokenizer, config, kind.model)
    tokens = kind.tokenised(rows, tokenizer, config.max_length)
    asked = kind.tokenised(held, tokenizer, config.max_length) if held else None
    made = kind.trainer(network, config, train_dataset=tokens, eval_dataset=asked, processing_class=tokenizer)
    request = Request()
    return Made(made, tokens, request, watch(made, tokens, held, request, {"of": "a test"}))
