"""Counts over rows: answers by label, empty answers, lengths in characters."""

from collections import Counter
from collections.abc import Mapping
from typing import TypeVar

from msgspec import Struct, field

from mnlu_instruct.types import NO_RELATION, Choice, Choices, Gold, Grade, Instance, Linked, Relations, Spans, Text

Key = TypeVar("Key", str, int)


class Tally(Struct):
    """Counts over rows of one kind of question.

    `nothing` counts answers that find nothing (`states_nothing`); `labels` how often gold answers contain each label
    that was offered (spans of a type, rows in which an option holds; 0 if never); `characters` the rows by the number
    of binary digits of their length, over all messages of a row.
    """

    rows: int = 0
    nothing: int = 0
    labels: dict[str, int] = field(default_factory=dict)
    characters: dict[int, int] = field(default_factory=dict)

    def add(self, instance: Instance, characters: int, negative: str | None) -> None:
        """Count a row; `negative` is its corpus' label of pairs without a relation."""
        self.rows += 1
        for label in instance.labels:
            if label.key not in self.labels:
                self.labels[label.key] = 0
        _count(self.labels, stated(instance.gold))
        self.nothing += states_nothing(instance, negative)
        digits = characters.bit_length()
        self.characters[digits] = self.characters.get(digits, 0) + 1

    def merge(self, other: "Tally") -> None:
        """Add the counts of other rows."""
        self.rows += other.rows
        self.nothing += other.nothing
        _count(self.labels, other.labels)
        _count(self.characters, other.characters)


def states_nothing(instance: Instance, negative: str | None) -> bool:
    """Whether an answer finds nothing in its text: no span of any type, no option, or only that there's no relation."""
    none = {"re": negative, "ere": NO_RELATION}.get(instance.task)
    found = (count for key, count in stated(instance.gold).items() if key != none)
    return not isinstance(instance.gold, Text | Linked) and not any(found)


def stated(gold: Gold) -> dict[str, int]:
    """How often a gold answer contains each label: spans or relations of a type, the options that hold."""
    match gold:
        case Spans():
            return {key: len(spans) for key, spans in gold.spans.items()}
        case Choice():
            return {gold.key: 1}
        case Choices():
            return dict.fromkeys(gold.keys, 1)
        case Relations():
            return dict(Counter(one.type for one in gold.relations)) or {NO_RELATION: 1}
        case Grade():
            return {str(gold.option): 1}
        case Text() | Linked():
            return {}


def _count(counts: dict[Key, int], more: Mapping[Key, int]) -> None:
    for key, count in more.items():
        counts[key] = counts.get(key, 0) + count
