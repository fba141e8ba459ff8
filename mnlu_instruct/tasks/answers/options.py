"""Option lines: `(B) entails`. Gold holds label keys; letters exist only here."""

from collections.abc import Collection, Sequence
from functools import cache

from mnlu_instruct.types import Answer, Instance, Label, Parsed, normalise

NONE = "None"


@cache
def letter(index: int) -> str:
    """A, B … Z, AA, AB … for 0, 1 … 25, 26, 27 …"""
    higher, rest = divmod(index, 26)
    return (letter(higher - 1) if higher else "") + chr(ord("A") + rest)


def lines(labels: Sequence[Label]) -> list[str]:
    """The options as they are shown, in order."""
    return [line(index, label) for index, label in enumerate(labels)]


def line(index: int, label: Label) -> str:
    """An option as it is shown."""
    return f"({letter(index)}) {label.name}"


def write(keys: Collection[str], labels: Sequence[Label]) -> str:
    """The options that hold, one a line in the order shown; `None` if none does."""
    return "\n".join(line(index, label) for index, label in enumerate(labels) if label.key in keys) or NONE


def read_one(text: str, labels: Sequence[Label]) -> str | None:
    """The key of the one option that a text states, or None where it can't be read.

    A text states an option as `(B) words`, as `(B)`, or as the words alone where they are one option's only.
    """
    stated = normalise(text)
    for index, label in enumerate(labels):
        if stated in (normalise(line(index, label)), f"({letter(index)})"):
            return label.key
    named = [label.key for label in labels if normalise(label.name) == stated]
    return named[0] if len(named) == 1 else None


def read_many(text: str, labels: Sequence[Label]) -> frozenset[str] | None:
    """The keys of the options that a text states, one a line, or None where a line can't be read."""
    keys = [read_one(line, labels) for line in text.splitlines() if line.strip()]
    return frozenset(key for key in keys if key is not None) if keys and None not in keys else None


def write_choice(answer: Answer, instance: Instance) -> str:
    """Both directions of the tasks whose answer is one key: writing …"""
    assert isinstance(answer, str)
    return write((answer,), instance.labels)


def read_choice(text: str, instance: Instance) -> Parsed:
    """… and reading."""
    return Parsed(read_one(text, instance.labels))
