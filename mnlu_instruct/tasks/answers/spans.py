"""Span lines: `Disease: fever ... headache`, one per type in the order asked; `Disease: None` if there is no span."""

import re
from collections.abc import Mapping, Sequence

from mnlu_instruct.types import Label, MarkedSpan, Mention, Parsed, Span, Spans, extent, normalise, surface

NONE = "None"
BETWEEN = " ... "
SPLIT = re.compile(r"\s*\.\.\.\s*")


def gold(text: str, mentions: Mapping[str, Sequence[Mention]]) -> Spans:
    """The gold answer: type key → mentions in text order (by start, longer first), each place once."""
    spans = {}
    for key, found in mentions.items():
        places = sorted({mention.spans for mention in found}, key=_place)
        spans[key] = tuple(MarkedSpan(surface(text, place), place) for place in places)
    return Spans(spans)


def _place(spans: tuple[Span, ...]) -> tuple[int, int, tuple[Span, ...]]:
    start, end = extent(spans)
    return start, -end, spans


def write(spans: Mapping[str, Sequence[str]], labels: Sequence[Label]) -> str:
    """One line per type, in the order asked."""
    return "\n".join(f"{label.name}: {BETWEEN.join(spans[label.key]) or NONE}" for label in labels)


def read(text: str, labels: Sequence[Label]) -> Parsed:
    """Parse span lines into spans by type.

    A bare `None` means no span of any type; a missing type counts as having none; spans of a type that was not asked
    are kept in `unasked`; a text without any line `type: …` is unreadable.
    """
    if text.strip() == NONE:
        return Parsed({label.key: () for label in labels})
    keys = {label.name: label.key for label in labels}
    stated: dict[str, list[str]] = {}
    unasked: list[tuple[str, str]] = []
    readable = False
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if not colon:
            continue
        readable = True
        key = keys.get(normalise(name))
        if key is None:
            unasked += [(normalise(name), span) for span in _split(value)]
        else:
            stated.setdefault(key, []).extend(_split(value))
    if not readable:
        return Parsed(None)
    answer = {label.key: tuple(stated.get(label.key, ())) for label in labels}
    return Parsed(answer, missing=len(labels) - len(stated), unasked=tuple(unasked))


def _split(value: str) -> list[str]:
    if value.strip() == NONE:
        return []
    return [normalise(span) for span in SPLIT.split(value) if span.strip()]
