"""The trainer's arguments: from a recipe and the command line, with unknown names caught before anything loads."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from msgspec import DecodeError, json
from trl import SFTConfig

from mnlu_instruct.errors import UserError, unknown

OURS = {"completion_only_loss", "packing", "dataset_kwargs", "chat_template_path", "eos_token", "pad_token"}
"""Arguments that the pipeline decides."""


def parse(words: Iterable[str]) -> dict[str, Any]:
    """`--key value` pairs; a value that is JSON is read so (`1e-5`, `true`), any other is text (`no`).

    Raises:
        UserError: a key without a value, or a value without a key.
    """
    given = list(words)
    if len(given) % 2 or any(not key.startswith("--") for key in given[::2]):
        raise UserError(f"Arguments must be pairs of --key value, found: {' '.join(given)}.", "as in --max_steps 10.")
    return {key[2:]: _value(value) for key, value in zip(given[::2], given[1::2], strict=True)}


def config(trainer: dict[str, Any]) -> SFTConfig:
    """The trainer's configuration: a recipe's arguments, with the loss on completions alone.

    Raises:
        UserError: an unknown argument, with the nearest names, one that the pipeline decides, or a value that TRL
            refuses.
    """
    known = {field.name for field in fields(SFTConfig)} - OURS
    for name in trainer:
        if name in OURS:
            raise UserError(f"Trainer argument '{name}' is decided by mnlu-instruct.", "leave it out of the recipe.")
        if name not in known:
            raise unknown("trainer argument", name, known)
    try:
        return SFTConfig(**trainer, completion_only_loss=True)
    except (ValueError, TypeError) as error:
        raise UserError(f"The trainer refuses its arguments: {error}.", 'in YAML, quote words such as "no".') from error


def _value(words: str) -> Any:
    try:
        return json.decode(words)
    except DecodeError:
        return words
