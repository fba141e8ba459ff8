"""Locate predicted strings in a text, and cut the text into pieces that are highlighted alike."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from mnlu_instruct.types import MarkedSpan, Span, extent


class Stated(Struct, frozen=True):
    """A predicted string and its type."""

    type: str
    text: str


class Laid(Struct, frozen=True):
    """A located string: its type and its fragments in the text."""

    type: str
    spans: tuple[Span, ...]


class Piece(Struct, frozen=True):
    """A piece of the text: the types of the gold and predicted spans that cover it, and of those that end with it."""

    text: str
    gold: tuple[str, ...] = ()
    predicted: tuple[str, ...] = ()
    gold_ends: tuple[str, ...] = ()
    predicted_ends: tuple[str, ...] = ()


def marked(gold: Mapping[str, Sequence[MarkedSpan]]) -> list[Laid]:
    """The gold spans, at their places."""
    return [Laid(key, span.spans) for key, spans in gold.items() for span in spans]


def lay(
    text: str, gold: Mapping[str, Sequence[MarkedSpan]], stated: Sequence[Stated]
) -> tuple[list[Laid], list[Stated]]:
    """The predicted strings that are located in the text, and those that are not.

    Each is located at the first free gold span with its type and words. Then the others: at a gold span of another
    type with the same words, else at an occurrence in the text, preferably one that no string of their type covers,
    then one of whole words, then the leftmost. No place is used twice for one type.
    """
    laid: dict[int, Laid] = {}
    taken: dict[str, _Taken] = {one.type: _Taken(len(text)) for one in stated}
    left = {key: list(spans) for key, spans in gold.items()}
    for index, one in enumerate(stated):
        right = next((span for span in left.get(one.type, ()) if span.text == one.text), None)
        if right is not None:
            left[one.type].remove(right)
            laid[index] = taken[one.type].add(Laid(one.type, right.spans))
    for index, one in enumerate(stated):
        if index not in laid:
            place = _place(text, gold, one, taken[one.type])
            if place is not None:
                laid[index] = taken[one.type].add(Laid(one.type, place))
    return [laid[index] for index in sorted(laid)], [one for index, one in enumerate(stated) if index not in laid]


class _Taken:
    """The places that strings of a type have taken."""

    def __init__(self, length: int) -> None:
        self.places: set[tuple[Span, ...]] = set()
        self.covered = bytearray(length)

    def add(self, laid: Laid) -> Laid:
        self.places.add(laid.spans)
        for start, end in laid.spans:
            self.covered[start:end] = b"\1" * (end - start)
        return laid

    def rank(self, text: str, place: Span) -> tuple[bool, bool, int]:
        """The sort key of places for another string, the best first."""
        return any(self.covered[slice(*place)]), not _whole(text, place), place[0]


def _place(text: str, gold: Mapping[str, Sequence[MarkedSpan]], one: Stated, taken: _Taken) -> tuple[Span, ...] | None:
    """The best free place; None if there is none."""
    for key, spans in gold.items():
        for span in spans:
            if key != one.type and span.text == one.text and span.spans not in taken.places:
                return span.spans
    free = [place for place in _occurrences(text, one.text) if (place,) not in taken.places]
    return (min(free, key=lambda place: taken.rank(text, place)),) if free else None


def _occurrences(text: str, words: str) -> Iterator[Span]:
    """The occurrences of words in a text, with any white space between them."""
    pattern = r"\s+".join(map(re.escape, words.split()))
    if pattern:
        yield from (match.span(1) for match in re.finditer(f"(?=({pattern}))", text))


def _whole(text: str, place: Span) -> bool:
    """Whether a span neither begins nor ends inside a word."""
    start, end = place
    begins = start == 0 or not (text[start - 1].isalnum() and text[start].isalnum())
    ends = end == len(text) or not (text[end - 1].isalnum() and text[end].isalnum())
    return begins and ends


def pieces(text: str, gold: Sequence[Laid], predicted: Sequence[Laid]) -> tuple[Piece, ...]:
    """The text, cut wherever a span begins or ends; the pieces joined are the text."""
    cuts = {0, len(text)} | {place for laid in (*gold, *predicted) for span in laid.spans for place in span}
    places = sorted(place for place in cuts if 0 <= place <= len(text))
    return tuple(
        Piece(
            text[start:end],
            _cover(gold, start, end),
            _cover(predicted, start, end),
            _ends(gold, end),
            _ends(predicted, end),
        )
        for start, end in pairwise(places)
    )


def _cover(laid: Sequence[Laid], start: int, end: int) -> tuple[str, ...]:
    found = (one.type for one in laid if any(begin <= start and end <= stop for begin, stop in one.spans))
    return tuple(dict.fromkeys(found))


def _ends(laid: Sequence[Laid], end: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.type for one in laid if one.spans and extent(one.spans)[1] == end))
