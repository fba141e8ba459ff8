"""Known defects of corpus files: mended or dropped by rules with names, each counted; an unknown defect is an error.

A corpus declares the rules that apply to it. For a mention whose offsets don't slice to its words, those of `LOCATE`
are tried in the order written here.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from msgspec import Struct

from mnlu_instruct.files import File
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.types import Mention, Span, normalise, surface

FAR = 100
"""No file seen shifts a whole document by more characters than this."""


@dataclass(frozen=True)
class Repairs:
    """The rules that a corpus allows, and the ledger that counts their use."""

    rules: frozenset[str]
    ledger: Ledger

    def mends(self, rule: str, example: str) -> bool:
        """Whether the rule is allowed; if so, one mended thing is counted."""
        if rule in self.rules:
            self.ledger.mend(rule, example)
        return rule in self.rules

    def drops(self, rule: str, example: str) -> bool:
        """Whether the rule is allowed; if so, one dropped thing is counted."""
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


def flat(text: str) -> str:
    """A blank for every white space character, as annotation tools write the words of a mention; offsets stay."""
    return re.sub(r"\s", " ", text)


def locate(text: str, claims: Sequence[Claim], file: File, repairs: Repairs) -> tuple[Mention, ...]:
    """The mentions of one document, each checked to slice to its words, or mended, or dropped.

    Raises:
        UserError: offsets that don't slice, where no allowed rule helps.
    """
    wrong = [claim for claim in claims if not _slices(text, claim)]
    if not wrong:
        return tuple(_mention(claim, (claim.start, claim.end)) for claim in claims)
    shift = _document_shift(text, wrong)
    settled = ((claim, _settle(text, claim, shift, file, repairs)) for claim in claims)
    return tuple(_mention(claim, *spans) for claim, spans in settled if spans)


def check_fragments(text: str, claim: Claim, spans: Sequence[Span], file: File) -> None:
    """Check that the fragments of one mention lie in the text and give its words, but for white space.

    Raises:
        UserError: they don't.
    """
    if not _gives(text, claim, spans):
        places = ", ".join(f"{start}–{end}" for start, end in spans)
        found = surface(text, tuple(spans))
        raise file.error(
            claim.line, f"fragments {places} of {len(text)} characters give {found!r}, expected {claim.words!r}."
        )


def place_fragments(text: str, claim: Claim, spans: Sequence[Span], file: File, repairs: Repairs) -> tuple[Span, ...]:
    """The fragments of one mention; where they don't give its words, all of them up to three characters away.

    Raises:
        UserError: they don't, and the rule "shift≤3" isn't allowed, or doesn't help.
    """
    for distance in (0, -1, 1, -2, 2, -3, 3):
        moved = tuple((start + distance, end + distance) for start, end in spans)
        if _gives(text, claim, moved) and (not distance or repairs.mends("shift≤3", f"{file.name}:{claim.line}")):
            return moved
    check_fragments(text, claim, spans, file)
    return tuple(spans)


def _gives(text: str, claim: Claim, spans: Sequence[Span]) -> bool:
    """Whether fragments lie in the text and give the words claimed, but for white space."""
    found = "".join(surface(text, tuple(spans)).split())
    inside = all(0 <= start < end <= len(text) for start, end in spans)
    return inside and bool(found) and found == "".join(claim.words.split())


def _slices(text: str, claim: Claim) -> bool:
    start, end, words = claim.start, claim.end, claim.words
    return 0 <= start < end == start + len(words) and text[start:end] == words


def _mention(claim: Claim, *spans: Span) -> Mention:
    return Mention(claim.id, claim.type, spans, claim.concepts)


def _settle(text: str, claim: Claim, shift: int | None, file: File, repairs: Repairs) -> tuple[Span, ...]:
    """Where a mention stands; nowhere, if it is dropped."""
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
    if repairs.drops("unlocated", place):
        return ()
    raise file.error(
        claim.line,
        f"offsets {claim.start}–{claim.end} slice to {text[claim.start : claim.end]!r}, expected {claim.words!r}.",
        "correct the offsets, or declare the repair that applies to this corpus.",
    )


def _around_a_gap(text: str, claim: Claim) -> tuple[Span, ...]:
    """Two fragments, where the words claimed are those of the slice but for some in the middle."""
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
    """The span claimed, where it lies in the text and its words are those stated in essence."""
    found, words = essence(text[claim.start : claim.end]), essence(claim.words)
    return (claim.start, claim.end) if found and found == words and claim.end <= len(text) else None


def _at(text: str, claim: Claim, start: int) -> Span | None:
    end = start + len(claim.words)
    return (start, end) if claim.words and start >= 0 and text[start:end] == claim.words else None


def _document_shift(text: str, wrong: Sequence[Claim]) -> int | None:
    """The smallest shift that puts two or more wrong claims right."""
    _, *shifts = sorted(range(-FAR, FAR + 1), key=abs)
    for shift in shifts:
        if sum(_at(text, claim, claim.start + shift) is not None for claim in wrong) > 1:
            return shift
    return None


LOCATE: dict[str, Callable[[str, Claim, int | None], Span | None]] = {
    "wrong-end": _wrong_end,
    "shift≤3": _near_shift,
    "document-shift": _shifted,
    "shift≤10": _wider_shift,
    "white-space": _white_space,
    "case-fold": _case_fold,
    "punctuation": _punctuation,
}
"""Rules that find the right offsets, strictest first: the start is right and the end is not; the words stand up to
three characters away; a whole document is shifted; the words stand up to ten characters away; the slice differs in
white space; in case; in punctuation."""

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
}
"""Every rule that a corpus can declare: those above; a mention whose words leave out some in the middle is split
there; a relation that lacks its type gets the corpus' least specific one; a question of another kind than the corpus
asks is dropped; a mention whose words stand nowhere near is dropped; a document that is there twice, word for word,
is read once; a pair without a gold label is dropped; a row without text is dropped; rows of one text become one
document; a mention whose type is missing gets the type of its concept; a line in the format of no other is dropped; a
mention of white space alone is dropped; `&` in XML is read as `&amp;`; the start of an element that stands where its
end belongs is its end; a relation without type, one with an end that names no mention, and a mention stated twice are
dropped; a text that nobody annotated is dropped; `|||` is `||`; blanks stand where commas belong; tabs where blanks
belong, or none."""
