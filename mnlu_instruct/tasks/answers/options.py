"""Option lines: `(B) entails`. Gold answers hold label keys; only this module knows letters."""

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
    """The options with these keys, one per line in the order shown; `None` if there are none."""
    return "\n".join(line(index, label) for index, label in enumerate(labels) if label.key in keys) or NONE


def read_one(text: str, labels: Sequence[Label]) -> str | None:
    """Parse one option: its key, or None if the text is unreadable.

    Accepted are `(B) words`, `(B)`, and the words alone if only one option has them.
    """
    stated = normalise(text)
    for index, label in enumerate(labels):
        if stated in (normalise(line(index, label)), f"({letter(index)})"):
            return label.key
    named = [label.key for label in labels if normalise(label.name) == stated]
    return named[0] if len(named) == 1 else None


def read_many(text: str, labels: Sequence[Label]) -> frozenset[str] | None:
    """Parse several options, one per line: their keys, or None if a line is unreadable."""
    keys = [read_one(line, labels) for line in text.splitlines() if line.strip()]
    return frozenset(key for key in keys if key is not None) if keys and None not in keys else None


def write_choice(answer: Answer, instance: Instance) -> str:
    """The completion of a task whose answer is one option."""
    assert isinstance(answer, str)
    return write((answer,), instance.labels)


def read_choice(text: str, instance: Instance) -> Parsed:
    """Parse the completion of a task whose answer is one option."""
    return Parsed(read_one(text, instance.labels))
