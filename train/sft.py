"""Supervised fine-tuning: accelerate launch train/sft.py recipes/biomistral.yaml [--key value ...]

The recipe says model, data and the arguments of TRL's trainer; `--key value` lays one of the latter over it. The same
command goes on from the last checkpoint of its output folder.
"""

import sys
from pathlib import Path

import yaml
from transformers.trainer_utils import get_last_checkpoint

from mnlu_instruct.errors import UserError
from mnlu_instruct.training import arguments, data, model, preflight
from mnlu_instruct.training.leaving import leave
from mnlu_instruct.training.recipe import train_recipe
from mnlu_instruct.training.trainer import Trainer


def main(source: str, *over: str) -> None:
    """Train what a recipe says, with trainer arguments laid over it."""
    recipe = train_recipe(source, arguments.parse(over))

    # The processes find each other before the model is made: under ZeRO-3 each makes its part of the weights.
    config = arguments.config(recipe.trainer)
    preflight.check_processes(config)

    # Rows come to TRL as token ids, so that it renders nothing itself.
    rows = data.load(recipe.data)
    tokenizer = model.tokenizer_for(recipe.model, rows)
    network = model.model_for(recipe.model, tokenizer, config)
    tokens = data.tokenised(rows, tokenizer, config.max_length)

    trainer = Trainer(network, config, train_dataset=tokens, processing_class=tokenizer)
    preflight.check_rows(trainer.train_dataset, len(tokens), tokenizer)

    output = Path(config.output_dir)
    trainer.train(resume_from_checkpoint=get_last_checkpoint(output) if output.is_dir() else None)

    # The model with its tokenizer and chat template, and beside it what made it.
    trainer.save_model()
    trainer.save_state()
    if trainer.is_world_process_zero():
        (output / "recipe.yaml").write_text(yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False), "utf-8")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
        leave()
    except UserError as error:
        sys.exit(f"error: {error.message}\nhint: {error.hint}")
