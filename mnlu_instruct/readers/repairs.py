"""Repairs: named rules that correct or drop known defects of corpus files, and count them; other defects are errors.

A corpus declares the rules that apply to it. For a mention whose offsets don't slice to its words, the rules of
`LOCATE` are tried in the order below.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from msgspec import Struct

from mnlu_instruct.files import File
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.types import Mention, Span, normalise, surface

DISTANCES = (-1, 1, -2, 2, -3, 3)
"""By how many characters fragments are moved."""
FAR = 100
"""The largest shift of a whole document that is tried, in characters; none of the files seen needs more."""


@dataclass(frozen=True)
class Repairs:
    """The rules that a corpus allows, and the ledger that counts their use; what else of it a reader must know.

    `ignored` are the labels that the corpus leaves out, `relations` says whether it asks about relations.
    """

    rules: frozenset[str]
    ledger: Ledger
    ignored: frozenset[str] = frozenset()
    relations: bool = True

    def mends(self, rule: str, example: str) -> bool:
        """Whether the rule is allowed; if so, count one repair."""
        if rule in self.rules:
            self.ledger.mend(rule, example)
        return rule in self.rules

    def drops(self, rule: str, example: str) -> bool:
        """Whether the rule is allowed; if so, count one drop."""
        if rule in self.rules:
            self.ledger.drop("read", rule, example)
        return rule in self.rules


class Claim(Struct, frozen=True):
    """A mention as a file states it: offsets and words that should agree."""

    line: int
    id: str
    type: str
    start: int
    end: int
    words: str
    concepts: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()


def flat(text: str) -> str:
    """The text with each white space character as a space, as annotation tools write mentions; offsets don't move."""
    return re.sub(r"\s", " ", text)


def locate(text: str, claims: Sequence[Claim], file: File, repairs: Repairs) -> tuple[Mention, ...]:
    """The mentions of one document; if offsets don't slice to the words, they are repaired or the mention is dropped.

    Raises:
        UserError: offsets don't slice to the words, and no allowed rule applies.
    """
    claims = [claim for claim in claims if not _blank(claim, file, repairs)]
    wrong = [claim for claim in claims if not _slices(text, claim)]
    if not wrong:
        return tuple(_mention(claim, (claim.start, claim.end)) for claim in claims)
    shift = _document_shift(text, wrong) if "document-shift" in repairs.rules else None
    settled = ((claim, _settle(text, claim, shift, file, repairs)) for claim in claims)
    return tuple(_mention(claim, *spans) for claim, spans in settled if spans)


def _blank(claim: Claim, file: File, repairs: Repairs) -> bool:
    """Whether a mention is dropped because its words are white space alone.

    Raises:
        UserError: they are, and no rule allows that.
    """
    if claim.words.strip() or repairs.drops("blank-mention", f"{file.name}:{claim.line}"):
        return not claim.words.strip()
    raise file.error(
        claim.line,
        f"the mention at {claim.start}–{claim.end} has no words, or white space alone.",
        "delete it, or declare the repair 'blank-mention'.",
    )


def order_fragments(text: str, claim: Claim, stated: Sequence[Span]) -> tuple[Span, ...]:
    """The fragments of one mention in text order, or as stated, if only then do they spell its words."""
    ordered = tuple(sorted(stated))
    if not _gives(text, claim, ordered) and _gives(text, claim, stated):
        return tuple(stated)
    return ordered


def check_fragments(text: str, claim: Claim, spans: Sequence[Span], file: File) -> None:
    """Check that the fragments of one mention lie in the text and spell its words, ignoring white space.

    Raises:
        UserError: they don't.
    """
    if not _gives(text, claim, spans):
        places = ", ".join(f"{start}–{end}" for start, end in spans)
        if any(not 0 <= start < end <= len(text) for start, end in spans):
            raise file.error(
                claim.line, f"fragments {places}: one is empty or outside the text's {len(text)} characters."
            )
        found = surface(text, tuple(spans))
        raise file.error(claim.line, f"fragments {places} give {found!r}, expected {claim.words!r}.")


def place_fragments(text: str, claim: Claim, spans: Sequence[Span], file: File, repairs: Repairs) -> tuple[Span, ...]:
    """The fragments of one mention; if they don't spell its words, mended, or none.

    `wrong-end` moves the end of one fragment, `shift≤3` all fragments together, by up to three characters; `unlocated`
    drops the mention.

    Raises:
        UserError: they don't spell its words, and no allowed rule applies.
    """
    place = f"{file.name}:{claim.line}"
    if _gives(text, claim, spans):
        return tuple(spans)
    for rule, tried in {"wrong-end": _other_ends(spans), "shift≤3": _shifts(spans)}.items():
        for moved in tried:
            if _gives(text, claim, moved) and _disjoint(moved) and repairs.mends(rule, place):
                return moved
    if _inside(text, spans) and repairs.mends("other-words", place):
        return tuple(sorted(spans))
    if repairs.drops("unlocated", place):
        return ()
    check_fragments(text, claim, spans, file)
    return tuple(spans)


def _other_ends(spans: Sequence[Span]) -> Iterator[tuple[Span, ...]]:
    """The fragments with the end of one of them moved."""
    for distance in DISTANCES:
        for index, (start, end) in enumerate(spans):
            yield (*spans[:index], (start, end + distance), *spans[index + 1 :])


def _shifts(spans: Sequence[Span]) -> Iterator[tuple[Span, ...]]:
    """The fragments, moved together."""
    for distance in DISTANCES:
        yield tuple((start + distance, end + distance) for start, end in spans)


def _disjoint(spans: Sequence[Span]) -> bool:
    ordered = sorted(spans)
    return all(end <= start for (_, end), (start, _) in pairwise(ordered))


def _gives(text: str, claim: Claim, spans: Sequence[Span]) -> bool:
    """Whether fragments lie in the text and spell the claimed words, ignoring white space."""
    found = "".join(surface(text, tuple(spans)).split())
    return _inside(text, spans) and bool(found) and found == "".join(claim.words.split())


def _inside(text: str, spans: Sequence[Span]) -> bool:
    return all(0 <= start < end <= len(text) for start, end in spans)


def _slices(text: str, claim: Claim) -> bool:
    start, end, words = claim.start, claim.end, claim.words
    return 0 <= start < end == start + len(words) and text[start:end] == words


def _mention(claim: Claim, *spans: Span) -> Mention:
    return Mention(claim.id, claim.type, spans, claim.concepts, claim.parts)


def _settle(text: str, claim: Claim, shift: int | None, file: File, repairs: Repairs) -> tuple[Span, ...]:
    """The fragments of a mention, repaired if need be; empty if it is dropped."""
    if _slices(text, claim):
        return ((claim.start, claim.end),)
    place = f"{file.name}:{claim.line}"
    for rule, find in LOCATE.items():
        span = find(text, claim, shift) if rule in repairs.rules else None
        if span and repairs.mends(rule, place):
            return (span,)
    parts = _around_a_gap(text, claim)
    if parts and repairs.mends("gap", place):
        return parts
    if _inside(text, [(claim.start, claim.end)]) and repairs.mends("other-words", place):
        return ((claim.start, claim.end),)
    if repairs.drops("unlocated", place):
        return ()
    there = f"slice to {text[claim.start : claim.end]!r}"
    if claim.end > len(text):
        there = f"end outside the text's {len(text)} characters"
    raise file.error(
        claim.line,
        f"offsets {claim.start}–{claim.end} {there}, expected {claim.words!r}.",
        "correct the offsets, or declare the repair that applies to this corpus.",
    )


def _around_a_gap(text: str, claim: Claim) -> tuple[Span, ...]:
    """Two fragments, if the claimed words are those of the slice without some in the middle."""
    if claim.end > len(text):
        return ()
    found = text[claim.start : claim.end]
    words = claim.words.split(" ")
    for count in range(1, len(words)):
        left, right = " ".join(words[:count]), " ".join(words[count:])
        if found.startswith(f"{left} ") and found.endswith(f" {right}") and len(left) + len(right) < len(found) - 1:
            return (claim.start, claim.start + len(left)), (claim.end - len(right), claim.end)
    return ()


def _white_space(text: str, claim: Claim, _shift: int | None) -> Span | None:
    return _in_place(text, claim, normalise)


def _case_fold(text: str, claim: Claim, _shift: int | None) -> Span | None:
    return _in_place(text, claim, str.casefold)


def _punctuation(text: str, claim: Claim, _shift: int | None) -> Span | None:
    return _in_place(text, claim, lambda words: "".join(filter(str.isalnum, words)))


def _wrong_end(text: str, claim: Claim, _shift: int | None) -> Span | None:
    return _at(text, claim, claim.start)


def _near_shift(text: str, claim: Claim, _shift: int | None) -> Span | None:
    return _nearest(text, claim, 3)


def _wider_shift(text: str, claim: Claim, _shift: int | None) -> Span | None:
    return _nearest(text, claim, 10)


def _nearest(text: str, claim: Claim, limit: int) -> Span | None:
    for distance in range(1, limit + 1):
        for start in (claim.start - distance, claim.start + distance):
            if span := _at(text, claim, start):
                return span
    return None


def _shifted(text: str, claim: Claim, shift: int | None) -> Span | None:
    return None if shift is None else _at(text, claim, claim.start + shift)


def _in_place(text: str, claim: Claim, essence: Callable[[str], str]) -> Span | None:
    """The claimed span, if its words equal those claimed after `essence` (such as lower-casing) is applied to both."""
    found, words = essence(text[claim.start : claim.end]), essence(claim.words)
    return (claim.start, claim.end) if found and found == words and claim.end <= len(text) else None


def _at(text: str, claim: Claim, start: int) -> Span | None:
    end = start + len(claim.words)
    return (start, end) if claim.words and start >= 0 and text[start:end] == claim.words else None


def _document_shift(text: str, wrong: Sequence[Claim]) -> int | None:
    """The shift that corrects most wrong claims, the smallest of several; None if none corrects two."""
    _, *shifts = sorted(range(-FAR, FAR + 1), key=abs)
    mended = {shift: sum(_at(text, claim, claim.start + shift) is not None for claim in wrong) for shift in shifts}
    best = max(shifts, key=mended.__getitem__)
    return best if mended[best] > 1 else None


LOCATE: dict[str, Callable[[str, Claim, int | None], Span | None]] = {
    "wrong-end": _wrong_end,
    "case-fold": _case_fold,
    "shift≤3": _near_shift,
    "document-shift": _shifted,
    "shift≤10": _wider_shift,
    "white-space": _white_space,
    "punctuation": _punctuation,
}
"""Rules that find the right offsets, strictest first.

- `wrong-end`: the start is right, the end is not.
- `case-fold`: the slice differs from the words in case alone.
- `shift≤3`: the words are up to three characters away.
- `document-shift`: the offsets of the whole document are shifted.
- `shift≤10`: the words are up to ten characters away.
- `white-space`, `punctuation`: the slice differs from the words in white space, in punctuation.
"""

RULES = frozenset(LOCATE) | {
    "gap",
    "unlocated",
    "untyped-relation",
    "other-question",
    "duplicate-document",
    "no-gold-label",
    "no-text",
    "same-text",
    "lost-type",
    "stray-line",
    "blank-mention",
    "bare-ampersand",
    "unclosed-tag",
    "no-relation-type",
    "dangling-end",
    "duplicate-mention",
    "unannotated",
    "triple-bar",
    "blank-for-comma",
    "odd-tabs",
    "speaker-twice",
    "repeated-id",
    "other-words",
    "crosses-sentence",
}
"""Every rule that a corpus can declare: those of `LOCATE`, and

- `gap`: a mention whose words leave out some in the middle is split there.
- `unlocated`: a mention whose words are nowhere near its offsets is dropped.
- `untyped-relation`: a relation without a type gets the corpus' least specific one.
- `other-question`: a question of a kind that the corpus doesn't ask is dropped.
- `duplicate-document`: a document that occurs twice, word for word, is read once.
- `no-gold-label`: a pair without a gold label is dropped.
- `no-text`: a row without text is dropped.
- `same-text`: rows with the same text become one document.
- `lost-type`: a mention without a type gets the type of its concept.
- `stray-line`: a line in none of the expected formats is dropped.
- `blank-mention`: a mention of white space alone is dropped.
- `bare-ampersand`: `&` in XML is read as `&amp;`.
- `unclosed-tag`: a start tag where the element's end tag belongs is read as the end tag.
- `no-relation-type`: a relation without a type is dropped.
- `dangling-end`: a relation with an end that names no mention is dropped.
- `duplicate-mention`: a mention stated twice is read once.
- `unannotated`: a text without annotations is dropped.
- `triple-bar`: `|||` is read as `||`.
- `blank-for-comma`: spaces between addresses are read as commas.
- `odd-tabs`: tabs where spaces belong, and other white space where tabs belong, are accepted.
- `repeated-id`: where two dialogues have the same id, the line of the second is added to its id.
- `speaker-twice`: a dialogue in which a speaker has two turns in a row is dropped.
- `other-words`: a mention whose words are others than those at its offsets has the latter.
- `crosses-sentence`: a mention over the border of a sentence is dropped, where documents are read as sentences.
"""
