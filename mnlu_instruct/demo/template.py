"""Sentence templates: ``(a|b)`` is a choice between wordings, ``{slot}`` a place for a name."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

CHOICE = re.compile(r"\(([^()]*)\)")
SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Span:
    """Where a slot was filled: the half-open character range of the name put there."""

    slot: str
    start: int
    end: int


def choose(template: str, rng: Random) -> str:
    """The template with one wording drawn for each choice, innermost choices first."""
    while match := CHOICE.search(template):
        wording = rng.choice(match[1].split("|"))
        template = template[: match.start()] + wording + template[match.end() :]
    return template


def slots(template: str) -> list[str]:
    """The names of the template's slots, in order."""
    return SLOT.findall(template)


def fill(template: str, name_for: Callable[[str], str]) -> tuple[str, list[Span]]:
    """The template with a name in each slot and its first letter in upper case, and where the names are."""
    text = ""
    spans = []
    done = 0
    for match in SLOT.finditer(template):
        text += template[done : match.start()]
        name = name_for(match[1])
        spans.append(Span(match[1], len(text), len(text) + len(name)))
        text += name
        done = match.end()
    return capitalised(text + template[done:]), spans


def write(template: str, rng: Random, names: Mapping[str, str] | None = None) -> str:
    """A finished sentence: wordings drawn, slots filled, first letter in upper case."""
    return fill(choose(template, rng), (names or {}).__getitem__)[0]


def capitalised(text: str) -> str:
    """The text with its first letter in upper case and the others as they are."""
    return text[:1].upper() + text[1:]
