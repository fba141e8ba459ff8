"""Engines: token ids of prompts in, greedy completions out. One engine serves all data sets of a run."""

from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct

from mnlu_instruct import chat
from mnlu_instruct.errors import UserError, unknown

NAMES = ("vllm", "transformers")


class Completion(Struct, frozen=True):
    """What a model wrote; `finish_reason` is "stop" at its end-of-text, "length" where it was stopped."""

    text: str
    finish_reason: str
    tokens: int


class Engine(Protocol):
    """A loaded model.

    Attributes:
        name: the engine and its version.
        context: how many tokens a prompt and its completion can have together.
        tokenizer: the model's own.
    """

    name: str
    context: int
    tokenizer: chat.Tokenizer

    def generate(
        self, prompts: Sequence[list[int]], limits: Sequence[int], done: Callable[[int], None]
    ) -> list[Completion]:
        """The greedy completion of each prompt, of at most so many tokens; `done(count)` is told of progress."""


def load(name: str, model: str) -> Engine:
    """An engine by name, with a model loaded.

    Raises:
        UserError: the engine is unknown or not installed; the model's folder lacks weights, tokenizer or chat template.
    """
    if name not in NAMES:
        raise unknown("engine", name, NAMES)
    try:
        if name == "vllm":
            from mnlu_instruct.engines.vllm_offline import Vllm as Chosen  # noqa: PLC0415 (loads vllm)
        else:
            from mnlu_instruct.engines.transformers_local import Local as Chosen  # type: ignore[assignment]  # noqa: PLC0415
    except ImportError as error:
        raise UserError(
            f"The engine '{name}' isn't installed ({error}).", "pip install 'mnlu-instruct[eval]'."
        ) from error
    return Chosen(model)
