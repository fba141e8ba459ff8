"""Seeded randomness: the splits, their random streams, and drawing a text that was not used before."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Literal, TypeVar

Split = Literal["train", "test"]
SPLITS: tuple[Split, ...] = ("train", "test")
SEED = 20240607

T = TypeVar("T")


def stream(name: str) -> Random:
    """The random stream of this name; the same on every machine and in every process."""
    return Random(f"{SEED}/{name}")


def unseen(make: Callable[[], T], texts: Callable[[T], Sequence[str]], taken: set[str]) -> T:
    """The first thing made none of whose texts is taken; its texts are taken from then on."""
    while True:
        made = make()
        made_texts = texts(made)
        if not any(text in taken for text in made_texts):
            taken.update(made_texts)
            return made
