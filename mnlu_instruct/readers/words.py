"""The words of a text, by rules that corpora of nested and discontinuous mentions were published with.

- `blanks`: what white space separates, as in texts of tokens joined by blanks.
- `letters`: letters, or digits, or any other single character (CADEC; Dai et al., 2020).
- `clinical`: what white space separates, with some marks by themselves, then outer punctuation and English contractions
  (ShARe; Dai et al., 2020).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from mnlu_instruct.types import Span

Rule = Literal["blanks", "letters", "clinical"]

BLANKS = re.compile(r"\S+")
LETTERS = re.compile(r"[^\W\d_]+|\d+|\S")
MARKS = re.escape(r"-/,)&(?.\;:+>%")
"""Marks that are words by themselves in clinical texts, wherever they stand."""
CLINICAL = re.compile(rf"[{MARKS}]|[^\s{MARKS}]+")
CONTRACTION = re.compile(r"(?i).+?(?=n't$|'(?:s|m|d|re|ve|ll)$)")


def words(text: str, rule: Rule) -> list[Span]:
    """The words of a text, from left to right; all but white space is in one of them."""
    return list(RULES[rule](text))


def joined(numbers: Sequence[int], places: Sequence[Span]) -> tuple[Span, ...]:
    """The pieces that words make, given by their numbers in the order stated; words in a row are one piece."""
    pieces: list[Span] = []
    for position, word in enumerate(numbers):
        start, end = places[word]
        if position and word == numbers[position - 1] + 1:
            pieces[-1] = pieces[-1][0], end
        else:
            pieces.append((start, end))
    return tuple(pieces)


def _blanks(text: str) -> Iterator[Span]:
    return (found.span() for found in BLANKS.finditer(text))


def _letters(text: str) -> Iterator[Span]:
    return (found.span() for found in LETTERS.finditer(text))


def _clinical(text: str) -> Iterator[Span]:
    for found in CLINICAL.finditer(text):
        start, end = found.span()
        first = next((place for place in range(start, end) if text[place].isalnum()), end)
        last = next((place for place in range(end, first, -1) if text[place - 1].isalnum()), first)
        yield from ((place, place + 1) for place in range(start, first))
        if first < last:
            split = CONTRACTION.match(text, first, last)
            yield from ((first, split.end()), (split.end(), last)) if split else ((first, last),)
        yield from ((place, place + 1) for place in range(last, end))


RULES: Mapping[Rule, Callable[[str], Iterator[Span]]] = {
    "blanks": _blanks,
    "letters": _letters,
    "clinical": _clinical,
}
