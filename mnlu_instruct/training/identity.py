"""The identity of a training: everything that changes its weights, by name, to tell whether two are the same."""

from pathlib import Path
from typing import Any

from msgspec import DecodeError, json

from mnlu_instruct.dataset import manifest
from mnlu_instruct.training.recipe import TrainRecipe

Identity = dict[str, Any]

FREE = (
    "output_dir", "logging_", "log_", "save_", "eval_", "report_to", "run_name", "project", "trackio_", "disable_tqdm",
    "dataloader_", "ddp_timeout", "per_device_eval_", "metric_for_", "hub_", "push_to_", "include_",
)  # fmt: skip
"""Prefixes of trainer arguments that don't change weights."""


def identity(recipe: TrainRecipe, processes: int) -> Identity:
    """The identity of a training: hash of the data, recipe, trainer arguments, and the number of processes.

    The number of processes decides which rows a step trains, and under ZeRO how the optimizer's state is sharded.

    Raises:
        UserError: a data set that the recipe names doesn't exist.
    """
    return {"processes": processes, "data": manifest.read(recipe.data)["content_hash"], **settled(recipe)}


def settled(recipe: TrainRecipe) -> Identity:
    """The recipe's part of the identity: keys and trainer arguments that change weights; raises as `identity`."""
    model = recipe.model.model_dump(mode="json", exclude_none=True)
    if recipe.model.texts:
        model["texts"] = manifest.read(recipe.model.texts)["content_hash"]
    trainer = {name: _content(value) for name, value in recipe.trainer.items() if not name.startswith(FREE)}
    stated = {
        "held_out": recipe.held_out,
        "loss": recipe.loss,
        "packing": recipe.packing,
        **{f"model.{name}": value for name, value in model.items()},
        **{f"trainer.{name}": value for name, value in trainer.items()},
    }
    made: Identity = json.decode(json.encode(stated))
    return made


def differences(before: Identity, now: Identity) -> list[str]:
    """The differences of two identities, in words: "trainer.learning_rate was 0.0001, is 0.0002"."""
    return [
        f"{name} was {before.get(name, 'not given')}, is {now.get(name, 'not given')}"
        for name in sorted(before.keys() | now.keys())
        if before.get(name) != now.get(name)
    ]


def _content(value: Any) -> Any:
    """A value; if it names a JSON file, the content of that file."""
    if not isinstance(value, str) or not value.endswith(".json"):
        return value
    try:
        return json.decode(Path(value).read_bytes())
    except (OSError, DecodeError):
        return value
