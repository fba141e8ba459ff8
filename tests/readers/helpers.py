"""Shared by the tests of readers: files in memory, random text, damaged files."""

import re
from collections.abc import Sequence
from pathlib import Path

from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.readers import Reader, Repairs
from mnlu_instruct.types import Document, Record, Span

BYTE_ORDER_MARK = "\ufeff"

PRINTABLE = st.characters(exclude_categories=("Cc", "Cs", "Cn"), exclude_characters=BYTE_ORDER_MARK)
"""Every assigned character but controls: no tab and no line end of a file, yet U+2028, U+00A0 and letters beyond the
basic plane. A byte-order mark is no character where a file begins."""

NAMES = st.text("ABCdef012:_", min_size=1, max_size=8)
"""Types and concept ids."""


def file(content: str | bytes, name: str = "corpus.txt") -> File:
    return File(name, Path(name), content.encode() if isinstance(content, str) else content)


def read(reader: Reader, *files: File, rules: Sequence[str] = (), ledger: Ledger | None = None) -> list[Record]:
    return list(reader(files, Repairs(frozenset(rules), ledger or Ledger())))


def read_documents(reader: Reader, *files: File, rules: Sequence[str] = ()) -> list[Document]:
    records = read(reader, *files, rules=rules)
    assert all(isinstance(record, Document) for record in records)
    return records  # type: ignore[return-value]


def spans_of(text: str, least: int = 1) -> st.SearchStrategy[list[Span]]:
    """Stretches of a text with more than white space in order of their starts; they may nest and overlap."""
    bounds = st.integers(0, len(text))
    stretch = st.tuples(bounds, bounds).map(sorted)
    stretch = stretch.filter(lambda pair: pair[1] - pair[0] >= least and bool(text[slice(*pair)].strip()))
    return st.lists(stretch.map(lambda pair: (pair[0], pair[1])), max_size=4).map(sorted)


def assert_reads_or_refuses(reader: Reader, *files: File) -> None:
    """Check that a damaged file gives records whose mentions slice, or a UserError, and nothing else."""
    try:
        records = read(reader, *files)
    except UserError:
        return
    for document in (record for record in records if isinstance(record, Document)):
        for mention in document.mentions:
            assert all(0 <= start < end <= len(document.text) for start, end in mention.spans)


@st.composite
def damaged(draw: st.DrawFn, text: str, delimiter: str = "\t") -> bytes:
    """A valid file with one kind of damage."""
    lines = text.splitlines(keepends=True)
    line = draw(st.integers(0, len(lines) - 1))
    match draw(
        st.sampled_from(["cut", "twice", "lost", "shuffled", "column", "character", "digits", "crlf", "encoding"])
    ):
        case "cut":
            return text.encode()[: draw(st.integers(0, len(text)))]
        case "twice":
            lines.insert(line, lines[line])
        case "lost":
            del lines[line]
        case "shuffled":
            lines = draw(st.permutations(lines))
        case "column":
            cells = lines[line].rstrip("\n").split(delimiter)
            del cells[draw(st.integers(0, len(cells) - 1))]
            lines[line] = delimiter.join(cells) + "\n"
        case "character":
            place = draw(st.integers(0, len(text) - 1))
            lines = [text[:place], draw(st.sampled_from('x9-²\t\n|:" \u2028\xa0')), text[place + 1 :]]
        case "digits":
            lines = [re.sub(r"\d+", "9" * 5_000, text, count=draw(st.integers(1, 9)))]
        case "crlf":
            lines = [line.replace("\n", "\r\n") for line in lines]
        case "encoding":
            return text.encode(draw(st.sampled_from(["latin-1", "utf-16", "utf-16-le", "utf-32"])), "replace")
    return "".join(lines).encode()
