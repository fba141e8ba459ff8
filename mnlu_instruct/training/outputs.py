"""Write a training's output folder: model or adapter, tokenizer, configs, and how it was made."""

import platform
import shutil
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
import yaml
from msgspec import json

from mnlu_instruct.dataset import manifest
from mnlu_instruct.evaluation import terms, trained_on
from mnlu_instruct.prompting import chat, chat_format
from mnlu_instruct.training import card
from mnlu_instruct.training.recipe import TrainRecipe

RECIPE, VERSIONS, TRAINING = "recipe.yaml", "versions.json", "training.json"
PACKAGES = ("mnlu-instruct", "torch", "transformers", "tokenizers", "trl", "peft", "accelerate", "deepspeed")
HIDDEN = ".part"
WEIGHTS = ("*.safetensors", "*.safetensors.index.json")


def write(trainer: Any, recipe: TrainRecipe) -> None:
    """Write all outputs, called by every process: into a hidden folder first, then in place of what is there.

    `training.json` is the machine-readable form of the card: the training data, settings, and logged losses and scores.
    """
    save(trainer, partial(_describe, trainer, recipe))


def save(trainer: Any, describe: Callable[[Path], None]) -> None:
    """Write model, tokenizer and configs, and what the first process adds to the folder, as `write`."""
    output = Path(trainer.args.output_dir)
    hidden = output / HIDDEN
    if trainer.is_world_process_zero():
        shutil.rmtree(hidden, ignore_errors=True)
    trainer.accelerator.wait_for_everyone()
    trainer.save_model(str(hidden))
    trainer.save_state()
    if trainer.is_world_process_zero():
        trainer.model.generation_config.save_pretrained(hidden)  # saving an adapter leaves it out
        describe(hidden)
        _publish(hidden, output)


def facts(trainer: Any, recipe: TrainRecipe) -> dict[str, Any]:
    """The content of `training.json`: the data and its hash, the settings, and what the trainer has logged."""
    stated = manifest.read(recipe.data)
    state, args = trainer.state, trainer.args
    return {
        "name": Path(args.output_dir).resolve().name,
        "base": recipe.model.base,
        "encoder_decoder": bool(trainer.model.config.is_encoder_decoder),
        "end": _end(trainer.processing_class),
        "adapter": recipe.model.lora is not None,
        "data": {
            "folder": str(recipe.data),
            "name": recipe.data.resolve().name,
            "content_hash": stated["content_hash"],
            "rows": stated["rows"],
        },
        "steps": state.global_step,
        "epochs": state.epoch,
        "processes": args.world_size,
        "rows_a_step": args.train_batch_size * args.gradient_accumulation_steps * args.world_size,
        "learning_rate": args.learning_rate,
        "schedule": str(args.lr_scheduler_type.value),
        "max_length": args.max_length,
        "log": state.log_history,
    }


def _end(tokenizer: chat.Tokenizer) -> str:
    """The token that ends an answer."""
    if not tokenizer.chat_template:
        return str(tokenizer.eos_token)
    return str(tokenizer.convert_ids_to_tokens(chat_format.format_of(tokenizer).end))


def versions() -> dict[str, str]:
    """The versions of Python, of the packages that decide what a training does, and of CUDA; and the GPU's name."""
    found = {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
    if torch.cuda.is_available():
        found |= {"cuda": str(torch.version.cuda), "gpu": torch.cuda.get_device_name()}
    return found


def _describe(trainer: Any, recipe: TrainRecipe, folder: Path) -> None:
    told, made_with = facts(trainer, recipe), versions()
    written = yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False)
    (folder / RECIPE).write_text(written, "utf-8")
    (folder / VERSIONS).write_bytes(json.format(json.encode(made_with), indent=2) + b"\n")
    (folder / TRAINING).write_bytes(json.format(json.encode(told), indent=2) + b"\n")
    trained_on.write(recipe.data, recipe.model.base, folder)
    learnt = terms.write(recipe.data, recipe.model.base, folder)
    text = card.render(recipe, told, manifest.read(recipe.data), learnt, made_with)
    (folder / card.NAME).write_text(text, "utf-8")


def _publish(hidden: Path, output: Path) -> None:
    """Move the files of a hidden folder to another, replacing what is there; older weights are removed."""
    for pattern in WEIGHTS:
        for old in output.glob(pattern):
            old.unlink()
    for path in sorted(hidden.iterdir()):
        path.replace(output / path.name)
    hidden.rmdir()
