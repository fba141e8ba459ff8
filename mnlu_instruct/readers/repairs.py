"""Known defects of corpus files: mended or dropped by rules with names, each counted; an unknown defect is an error.

A corpus declares the rules that apply to it. For a mention whose offsets don't slice to its words, those of `LOCATE`
are tried in the order written here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Claim:
    """A mention as a file states it: offsets and words that should agree."""

    line: int
    id: str
    type: str
    start: int
    end: int
    words: str
    concepts: tuple[str, ...] = ()


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
    return tuple(_mention(claim, span) for claim, span in settled if span is not None)


def check_fragments(text: str, claim: Claim, spans: Sequence[Span], file: File) -> None:
    """Check that the fragments of one mention lie in the text and give its words, but for white space.

    Raises:
        UserError: they don't; no rule mends fragments.
    """
    found = surface(text, tuple(spans))
    if not found or found != normalise(claim.words) or not all(start < end <= len(text) for start, end in spans):
        places = ", ".join(f"{start}–{end}" for start, end in spans)
        raise file.error(
            claim.line, f"fragments {places} of {len(text)} characters give {found!r}, expected {claim.words!r}."
        )


def _slices(text: str, claim: Claim) -> bool:
    return _at(text, claim, claim.start) == (claim.start, claim.end)


def _mention(claim: Claim, span: Span) -> Mention:
    return Mention(claim.id, claim.type, (span,), claim.concepts)


def _settle(text: str, claim: Claim, shift: int | None, file: File, repairs: Repairs) -> Span | None:
    if _slices(text, claim):
        return claim.start, claim.end
    place = f"{file.name}:{claim.line}"
    for rule, find in LOCATE.items():
        span = find(text, claim, shift) if rule in repairs.rules else None
        if span and repairs.mends(rule, place):
            return span
    if repairs.drops("unlocated", place):
        return None
    raise file.error(
        claim.line,
        f"offsets {claim.start}–{claim.end} slice to {text[claim.start : claim.end]!r}, expected {claim.words!r}.",
        "correct the offsets, or declare the repair that applies to this corpus.",
    )


def _white_space(text: str, claim: Claim, _shift: int | None) -> Span | None:
    return _in_place(text, claim, normalise)


def _case_fold(text: str, claim: Claim, _shift: int | None) -> Span | None:
    return _in_place(text, claim, str.casefold)


def _punctuation(text: str, claim: Claim, _shift: int | None) -> Span | None:
    return _in_place(text, claim, lambda words: "".join(filter(str.isalnum, words)))


def _wrong_end(text: str, claim: Claim, _shift: int | None) -> Span | None:
    return _at(text, claim, claim.start)


def _near_shift(text: str, claim: Claim, _shift: int | None) -> Span | None:
    for distance in (1, 2, 3):
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
    "white-space": _white_space,
    "case-fold": _case_fold,
    "punctuation": _punctuation,
}
"""Rules that find the right offsets, strictest first: the start is right and the end is not; the words stand up to
three characters away; a whole document is shifted; the slice differs in white space; in case; in punctuation."""

RULES = frozenset(LOCATE) | {"unlocated", "duplicate-document", "no-gold-label"}
"""Every rule that a corpus can declare: those above; a mention whose words stand nowhere near is dropped; a document
that is there twice, word for word, is read once; a pair without a gold label is dropped."""
