"""Pointer sequences: mentions of a sentence ↔ numbers of an output alphabet (Yan et al., 2021).

The alphabet: 0 begins a sequence, 1 ends it, then come the types, then the pieces of the encoder's input, first `<s>`.
A mention is its pointers and then its type. In mode `word` there is a pointer at the first piece of each of its words;
in mode `span`, two for each run of words: the first piece of the first word, the last piece of the last one.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Literal, NamedTuple

from msgspec import Struct

from mnlu_instruct.errors import UserError

Mode = Literal["word", "span"]
BEGIN, END, TYPES = 0, 1, 2
"""The beginning and the end of a sequence, and the first type, in the output alphabet."""


class Found(NamedTuple):
    """A mention: the numbers of its words, rising, and of its type."""

    words: tuple[int, ...]
    type: int


class Malformed(NamedTuple):
    """A group of symbols that is no mention, and whether the released code drops it before it counts.

    It drops groups whose pointers don't rise, or are odd in number in mode `span`, and those without pointers or type.
    Groups whose pointers rise, but at pieces where no mention's may be, it counts as wrong.
    """

    symbols: tuple[int, ...]
    dropped: bool


class Read(Struct, frozen=True):
    """What a sequence states: its mentions in their order, repeats included, and its malformed groups."""

    mentions: tuple[Found, ...] = ()
    malformed: tuple[Malformed, ...] = ()


class Alphabet(Struct, frozen=True, dict=True):
    """The output alphabet of one sentence.

    Args:
        mode: where pointers point.
        types: how many types there are.
        pieces: how many pieces each word has, all at least one.
    """

    mode: Mode
    types: int
    pieces: tuple[int, ...]

    @property
    def pointers(self) -> int:
        """The symbol of piece 0."""
        return TYPES + self.types

    @cached_property
    def first(self) -> dict[int, int]:
        """The word that begins with a piece, by the piece's symbol."""
        return {
            symbol - count + 1: word for word, (symbol, count) in enumerate(zip(self.last, self.pieces, strict=True))
        }

    @cached_property
    def last(self) -> dict[int, int]:
        """The word that ends with a piece, by the piece's symbol."""
        found, symbol = {}, self.pointers
        for word, count in enumerate(self.pieces):
            symbol += count
            found[symbol] = word
        return found

    @cached_property
    def bounds(self) -> tuple[tuple[int, int], ...]:
        """The symbols of each word's first and last piece."""
        return tuple(zip(self.first, self.last, strict=True))


def write(mentions: Iterable[Found], alphabet: Alphabet) -> list[int]:
    """The sequence of a sentence's mentions, each once, sorted by first word, then by last.

    Raises:
        UserError: a mention has no words, words that don't rise, or that the sentence doesn't have.
    """
    symbols = [BEGIN]
    for mention in sorted(set(mentions), key=lambda one: (one.words[:1], one.words[-1:], one)):
        symbols += [*_pointers(mention, alphabet), TYPES + mention.type]
    return [*symbols, END]


def _pointers(mention: Found, alphabet: Alphabet) -> Iterator[int]:
    words, bounds = mention.words, alphabet.bounds
    rising = all(one < other for one, other in pairwise(words))
    if not words or not rising or not 0 <= words[0] <= words[-1] < len(bounds):
        raise UserError(
            f"A mention has the words {list(words)}, in a sentence of {len(bounds)}.",
            "its words must be some of the sentence's, in its order.",
        )
    for place, word in enumerate(words):
        if alphabet.mode == "word":
            yield bounds[word][0]
            continue
        if place == 0 or words[place - 1] + 1 < word:
            yield bounds[word][0]
        if place == len(words) - 1 or word + 1 < words[place + 1]:
            yield bounds[word][1]


def read(symbols: Sequence[int], alphabet: Alphabet) -> Read:
    """What a sequence states; what follows its end isn't read, and an end that is missing is none of its faults."""
    mentions, malformed, group = list[Found](), list[Malformed](), list[int]()
    for symbol in symbols:
        if symbol == END:
            break
        if symbol == BEGIN:
            continue
        if symbol >= alphabet.pointers:
            group.append(symbol)
            continue
        words = _words(group, alphabet)
        if words:
            mentions.append(Found(words, symbol - TYPES))
        else:
            malformed.append(Malformed((*group, symbol), _dropped(group, alphabet.mode)))
        group = []
    if group:
        malformed.append(Malformed(tuple(group), dropped=True))
    return Read(tuple(mentions), tuple(malformed))


def _words(group: Sequence[int], alphabet: Alphabet) -> tuple[int, ...]:
    """The words that a group's pointers mean; none if it is malformed."""
    if alphabet.mode == "word":
        words = [alphabet.first.get(symbol, -1) for symbol in group]
        return tuple(words) if -1 not in words and all(one < other for one, other in pairwise(words)) else ()
    found: list[int] = []
    if len(group) % 2:
        return ()
    for start, end in zip(group[::2], group[1::2], strict=True):
        first, last = alphabet.first.get(start, -1), alphabet.last.get(end, -1)
        if not (found[-1] if found else -1) < first <= last:
            return ()
        found += range(first, last + 1)
    return tuple(found)


def _dropped(group: Sequence[int], mode: Mode) -> bool:
    """Whether the released code drops a malformed group with a type."""
    if mode == "span":
        return not group or len(group) % 2 == 1 or any(one > other for one, other in pairwise(group))
    return not group or any(one >= other for one, other in pairwise(group))


def follows(symbols: Sequence[int], alphabet: Alphabet) -> tuple[bool, bool, int, bool]:
    """What may follow an unfinished sequence of well-formed groups.

    Returns whether the end may; whether a type may; the smallest word at which a pointer may point; and whether it
    points at last pieces, as the second of a pair does in mode `span`.
    """
    group: list[int] = []
    for symbol in reversed(symbols):
        if symbol < alphabet.pointers:
            break
        group.append(symbol)
    if not group:
        return True, False, 0, False
    if alphabet.mode == "word":
        return False, True, alphabet.first[group[0]] + 1, False
    if len(group) % 2:
        return False, False, alphabet.first[group[0]], True
    return False, True, alphabet.last[group[0]] + 1, False
