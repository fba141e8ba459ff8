"""The trainer's arguments from a recipe and the command line; unknown names are refused before anything loads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

from msgspec import DecodeError, json
from pydantic import TypeAdapter, ValidationError
from transformers import TrainingArguments
from trl import SFTConfig

from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.training.monitor import trackers
from mnlu_instruct.training.recipe import TrainRecipe
from mnlu_instruct.yaml_files import invalid

Config = TypeVar("Config", bound=TrainingArguments)

SET = "--set"
LOSS = "set `loss` in the recipe: completion or all."
PACKING = "set `packing` in the recipe: none, documents or stream."
NEVER = "leave it out of the recipe."
OURS = {
    "completion_only_loss": LOSS,
    "assistant_only_loss": LOSS,
    "packing": PACKING,
    "packing_strategy": PACKING,
    "padding_free": PACKING,
    "eval_packing": "leave it out of the recipe: held-out rows are never packed.",
    "shuffle_dataset": "leave it out of the recipe: rows are shuffled before they are packed.",
    "truncation_mode": "leave it out of the recipe: a row longer than `max_length` stops the training.",
    "dataset_kwargs": NEVER,
    "chat_template_path": NEVER,
    "eos_token": NEVER,
    "pad_token": NEVER,
}
"""Arguments that mnlu-instruct sets itself, and what to do instead of giving them."""

STRATEGIES: dict[str, dict[str, Any]] = {
    "none": {"packing": False},
    "documents": {"packing": True, "packing_strategy": "bfd"},
    "stream": {"packing": True, "packing_strategy": "wrapped"},
}
"""TRL's arguments for each `packing`: whole documents, best fit decreasing; or one stream, cut at each full length."""


def sources(words: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """The recipes, which come first, and the arguments after them.

    Raises:
        UserError: there is no recipe.
    """
    end = next((place for place, word in enumerate(words) if word.startswith("--")), len(words))
    if not end:
        raise UserError("No recipe is given.", "as in train/sft.py recipes/biomistral.yaml --max_steps 10.")
    return words[:end], words[end:]


def parse(words: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
    """Parse `--key value` pairs: trainer arguments, and the settings `--set key=value` of any key of the recipe.

    Values of arguments are read as JSON if they are (`1e-5`, `true`), else as text (`no`).

    Raises:
        UserError: a key without a value, or a value without a key.
    """
    given = list(words)
    if len(given) % 2 or any(not key.startswith("--") for key in given[::2]):
        raise UserError(
            f"Trainer arguments must be pairs of --key value, found: {' '.join(given)}.", "as in --max_steps 10."
        )
    pairs = list(zip(given[::2], given[1::2], strict=True))
    arguments = {key[2:]: _value(value) for key, value in pairs if key != SET}
    return arguments, [value for key, value in pairs if key == SET]


def config(recipe: TrainRecipe) -> SFTConfig:
    """Make the trainer's configuration from a recipe's trainer arguments, its loss, and its packing.

    If rows are held out, each epoch ends with an evaluation, unless `eval_strategy` says otherwise.

    Raises:
        UserError: an unknown argument (names the nearest); one that mnlu-instruct sets itself; no `max_length`; an
            evaluation without held-out rows; or a value that TRL refuses.
    """
    decided = {"completion_only_loss": recipe.loss == "completion", "eval_packing": False}
    return made(SFTConfig, recipe, STRATEGIES[recipe.packing] | decided)


def made(kind: type[Config], recipe: TrainRecipe, decided: Mapping[str, Any]) -> Config:
    """Make a trainer's configuration of the given class, with the `decided` arguments added; raises as `config`."""
    trainer = {"eval_strategy": "epoch" if recipe.held_out else "no", **recipe.trainer}
    trainer["report_to"] = trackers.chosen(trainer.get("report_to"))
    known = {field.name for field in fields(kind)} - OURS.keys()
    for name in trainer:
        if name in OURS:
            raise UserError(f"mnlu-instruct sets the trainer argument '{name}' itself.", OURS[name])
        if name not in known:
            raise unknown("trainer argument", name, known)
    if trainer["eval_strategy"] in {"steps", "epoch"} and not recipe.held_out:
        raise UserError(
            f"There is nothing to evaluate on (eval_strategy {trainer['eval_strategy']}).",
            "set `held_out` in the recipe: how many rows of each kind of question to hold out.",
        )
    trainer = _as_declared(kind, trainer)
    try:
        config: Config = kind(**trainer, **decided)
    except (ValueError, TypeError) as error:
        raise UserError(f"The trainer refuses its arguments: {error}.", 'in YAML, quote words such as "no".') from error
    if not config.max_length:
        raise UserError("The trainer has no max_length.", "set it to what model and memory allow, such as 2048.")
    return config


def _as_declared(kind: type[Any], trainer: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments with numbers and truth values of the declared types: in YAML, `2e-5` is a string, `2.0e-5` a number.

    Raises:
        UserError: a value isn't such a number; TRL takes anything, and fails when it uses it.
    """
    found = dict(trainer)
    for name, hint in get_type_hints(kind).items():
        if name in found and set(get_args(hint) or [hint]) <= {int, float, bool, NoneType}:
            try:
                found[name] = TypeAdapter(hint).validate_python(found[name])
            except ValidationError as error:
                raise UserError(*invalid(f"trainer.{name}", error.errors()[0])) from error
    return found


def _value(words: str) -> Any:
    try:
        return json.decode(words)
    except DecodeError:
        return words
