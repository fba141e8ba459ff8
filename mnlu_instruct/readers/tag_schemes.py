"""Chunk tags of tokens: from IOB2, IOB1, and BIOES or BILOU, to mentions (Ramshaw and Marcus, 1995; Ratinov and Roth,
2009)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from mnlu_instruct.files import File

Scheme = Literal["iob2", "iob1", "bioes"]
Tagged = tuple[int, str]
"""A line's number and tag."""
Chunk = tuple[str, int, int]
"""A mention's label, first and last token."""

SINGLE, LAST = "SU", "EL"
"""The marks of a mention of one token, and of the last token of a longer one, in BIOES and BILOU."""


def chunks(rows: Sequence[Tagged], scheme: Scheme, file: File) -> Iterator[Chunk]:
    """The mentions of a sentence.

    Args:
        rows: its tags, with line numbers.
        scheme: `iob2` (each mention begins with B), `iob1` (B only after a mention of the same type), or `bioes`, of
            which `bilou` is a spelling (E or L on the last token, S or U on the only one).
        file: the file, for messages.

    Raises:
        UserError: a tag isn't of the scheme, or doesn't fit its place.
    """
    return SCHEMES[scheme](rows, file)


def _iob2(rows: Sequence[Tagged], file: File) -> Iterator[Chunk]:
    return _begun(rows, file, "B", "O, B-<type>, or I-<type> that continues a mention")


def _iob1(rows: Sequence[Tagged], file: File) -> Iterator[Chunk]:
    return _begun(rows, file, "BI", "O, B-<type> or I-<type>")


def _begun(rows: Sequence[Tagged], file: File, beginning: str, expected: str) -> Iterator[Chunk]:
    """Mentions that go on while I follows; each begins with one of the marks in `beginning`."""
    label, first = "", 0
    for index, (number, tag) in enumerate(rows):
        mark, _, name = tag.partition("-")
        if mark == "I" and name == label != "":
            continue
        if label:
            yield label, first, index - 1
        label, first = name, index
        if tag != "O" and (not name or mark not in [*beginning]):
            hint = _other_scheme(mark, beginning) if name else ""
            raise file.error(number, f"tag {tag!r}, expected {expected}.", hint)
    if label:
        yield label, first, len(rows) - 1


def _bioes(rows: Sequence[Tagged], file: File) -> Iterator[Chunk]:
    """Mentions whose first and last tokens are marked."""
    label, first = "", 0
    for index, (number, tag) in enumerate(rows):
        mark, _, name = tag.partition("-")
        if label:
            if mark not in ["I", *LAST] or name != label:
                raise file.error(number, f"tag {tag!r}, expected I-{label}, or E-{label} (BILOU: L-{label}).")
            if mark in LAST:
                yield label, first, index
                label = ""
        elif tag != "O":
            if mark not in ["B", *SINGLE] or not name:
                raise file.error(number, f"tag {tag!r}, expected O, B-<type>, or S-<type> (BILOU: U-<type>).")
            if mark in SINGLE:
                yield name, index, index
            else:
                label, first = name, index
    if label:
        raise file.error(rows[-1][0], f"the sentence ends within a mention of {label}, which needs a tag E or L.")


def _other_scheme(mark: str, beginning: str) -> str:
    """A hint at the scheme that has this mark where IOB2 or IOB1 has it not; empty if there is none."""
    if mark in [*SINGLE, *LAST]:
        return "E and S, or L and U, are tags of BIOES or BILOU: declare the reader with tags='bioes'."
    if mark == "I" and "I" not in beginning:
        return "if mentions may begin with I in these files, they are IOB1: declare the reader with tags='iob1'."
    return ""


SCHEMES: Mapping[Scheme, Callable[[Sequence[Tagged], File], Iterator[Chunk]]] = {
    "iob2": _iob2,
    "iob1": _iob1,
    "bioes": _bioes,
}
