"""What an engine is: token ids of prompts in, greedy completions out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct
from pydantic import ValidationError

from mnlu_instruct.prompting import chat
from mnlu_instruct.prompting.packs import Message

Grammars = Sequence[str | None] | None
"""Of each prompt the grammar of its completion (`constraints.grammar`); None where it is free."""


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

    def prompt_ids(self, prompts: Sequence[list[Message]]) -> list[list[int]]:
        """The ids of prompts, as models of this kind are trained with."""

    def generate(
        self,
        prompts: Sequence[list[int]],
        limits: Sequence[int],
        done: Callable[[Mapping[int, Completion]], None],
        grammars: Grammars = None,
    ) -> list[Completion]:
        """The greedy completion of each prompt, of at most so many tokens, and inside its grammar where it has one.

        `done` is given each as it comes.
        """

    def next_tokens(
        self,
        prompts: Sequence[list[int]],
        tokens: Sequence[list[int]],
        done: Callable[[Mapping[int, Sequence[float]]], None],
    ) -> None:
        """How likely each of some tokens comes after each prompt: natural logarithms of probabilities, given to `done`.

        Of the model's own distribution over all tokens, before anything that a generation would do to it.
        """


def reason(error: Exception) -> str:
    """What an error of a library says, in one line; its name where it says nothing."""
    said = error.errors()[0]["msg"].removeprefix("Value error, ") if isinstance(error, ValidationError) else str(error)
    lines = said.strip().splitlines()
    return lines[0].strip().rstrip(".") if lines else type(error).__name__
