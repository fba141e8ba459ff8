"""Options: `(B) entails`, or `entails=B`. Gold answers hold label keys; only this module knows letters.

Where the letter stands is the pack's choice (`Instance.letters`). Before the words, an answer repeats the whole line.
After them, it is the letter alone, which follows its words directly: a small model needs no second look to find it
(nanochat's multiple-choice tasks, 2025).
"""

from collections.abc import Collection
from functools import cache

from mnlu_instruct.types import Answer, Instance, Label, Letters, Parsed, normalise

NONE = "None"


@cache
def letter(index: int) -> str:
    """A, B … Z, AA, AB … for 0, 1 … 25, 26, 27 …"""
    higher, rest = divmod(index, 26)
    return (letter(higher - 1) if higher else "") + chr(ord("A") + rest)


def mark(index: int, letters: Letters) -> str:
    """An option's letter as an answer states it: `(B)`, or `B`."""
    return f"({letter(index)})" if letters == "before" else letter(index)


def lines(instance: Instance) -> list[str]:
    """The options as they are shown, in order."""
    return [line(index, label, instance.letters) for index, label in enumerate(instance.labels)]


def line(index: int, label: Label, letters: Letters) -> str:
    """An option as it is shown."""
    named = mark(index, letters)
    return f"{named} {label.name}" if letters == "before" else f"{label.name}={named}"


def write(keys: Collection[str], instance: Instance) -> str:
    """The options with these keys, one per line in the order shown; `None` if there are none."""
    state = line if instance.letters == "before" else _letter
    chosen = ((index, label) for index, label in enumerate(instance.labels) if label.key in keys)
    return "\n".join(state(index, label, instance.letters) for index, label in chosen) or NONE


def _letter(index: int, _: Label, letters: Letters) -> str:
    return mark(index, letters)


def read_one(text: str, instance: Instance) -> str | None:
    """Parse one option: its key, or None if the text is unreadable.

    Accepted are the option's line, its letter as answers state it (`(B)`, or `B`), and the words alone if only one
    option has them.
    """
    stated = normalise(text)
    for index, label in enumerate(instance.labels):
        if stated in (normalise(line(index, label, instance.letters)), mark(index, instance.letters)):
            return label.key
    named = [label.key for label in instance.labels if normalise(label.name) == stated]
    return named[0] if len(named) == 1 else None


def read_many(text: str, instance: Instance) -> frozenset[str] | None:
    """Parse several options, one per line: their keys, or None if a line is unreadable."""
    keys = [read_one(line, instance) for line in text.splitlines() if line.strip()]
    return frozenset(key for key in keys if key is not None) if keys and None not in keys else None


def write_choice(answer: Answer, instance: Instance) -> str:
    """The completion of a task whose answer is one option."""
    assert isinstance(answer, str)
    return write((answer,), instance)


def read_choice(text: str, instance: Instance) -> Parsed:
    """Parse the completion of a task whose answer is one option."""
    return Parsed(read_one(text, instance))
