"""The interface of engines: token ids of prompts in, greedy completions out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, runtime_checkable

from msgspec import Struct
from pydantic import ValidationError

from mnlu_instruct.catalogue.suites import Search
from mnlu_instruct.prompting import chat
from mnlu_instruct.prompting.packs import Message

Grammars = Sequence[str | None] | None
"""The grammar of each prompt's completion (`constraints.grammar`); None where generation is free."""


class Completion(Struct, frozen=True):
    """A model's answer; `finish_reason` is "stop" after an end-of-text, "length" at the token limit.

    `prompt_tokens` are those that a service counted, of prompts that weren't sent as tokens.
    """

    text: str
    finish_reason: str
    tokens: int
    prompt_tokens: int | None = None


class Engine(Protocol):
    """A loaded model.

    Attributes:
        name: the engine and its version.
        context: the most tokens that a prompt and its completion can have together, or each, if they are `apart`.
        apart: whether prompt and completion have a context each, as of an encoder–decoder.
        tokenizer: the model's own; None of a service that gets messages.
    """

    name: str
    context: int
    apart: bool
    tokenizer: chat.Tokenizer | None

    @property
    def runs_on(self) -> str:
        """Its numbers and device in words: "bfloat16 on NVIDIA H200"."""

    def prompt_ids(self, prompts: Sequence[list[Message]]) -> list[list[int]]:
        """The token ids of prompts, the same as in training."""

    def generate(
        self,
        prompts: Sequence[list[int]],
        limits: Sequence[int],
        done: Callable[[Mapping[int, Completion]], None],
        grammars: Grammars = None,
    ) -> list[Completion]:
        """The greedy completion of each prompt, within its token limit, and its grammar if it has one.

        `done` is called with completions as they arrive, by the index of their prompts; with none, as a sign of life.
        """

    def next_tokens(
        self,
        prompts: Sequence[list[int]],
        tokens: Sequence[list[int]],
        done: Callable[[Mapping[int, Sequence[float]]], None],
    ) -> None:
        """The log-probabilities (natural logarithm) of the given next tokens after each prompt; `done` gets them.

        They are of the model's own distribution over all tokens, before penalties or sampling change it.
        """


@runtime_checkable
class Searching(Protocol):
    """A loaded model that can search for answers, too."""

    def search(
        self,
        prompts: Sequence[list[int]],
        limits: Sequence[int],
        how: Search,
        done: Callable[[Mapping[int, Completion]], None],
    ) -> None:
        """The best completion of each prompt that a beam search finds within its token limit; `done` as above."""


def answer_room(engine: Engine, prompt: int) -> int:
    """The most tokens that a completion can have after a prompt of so many; less than 0 if that is too long itself."""
    left = engine.context - prompt
    return engine.context if engine.apart and left >= 0 else left


def runs_on(dtype: object, gpu: str | None) -> str:
    """A type of numbers and a device, in words."""
    return f"{str(dtype).removeprefix('torch.')} on {gpu or 'the CPU'}"


def reason(error: Exception) -> str:
    """The first line of a library's error; its class where it has no message."""
    said = error.errors()[0]["msg"].removeprefix("Value error, ") if isinstance(error, ValidationError) else str(error)
    lines = said.strip().splitlines()
    return lines[0].strip().rstrip(".") if lines else type(error).__name__
