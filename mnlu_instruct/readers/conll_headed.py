"""CoNLL columns under headers that name the source document of the sentences below (JNLPBA, EBM PICO)."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from msgspec.structs import replace

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.conll import Row, document
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Document

Line = tuple[int, str]
OUTSIDE: Row = (0, "", ["O"])


def conll_sentences(header: str) -> Reader:
    """A reader of IOB2 files, one token and tag per line; a sentence is a document, its group the name in the header.

    Args:
        header: regular expression of a header line; its first group is the name of the source document.
    """

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        for file in files:
            found = ((name, rows) for name, sentences in _documents(file, header) for rows in sentences)
            for index, (name, rows) in enumerate(found, 1):
                yield replace(document(str(index), [rows], [file]), group=name)

    return read


def conll_documents(header: str) -> Reader:
    """A reader of IO-tagged files: all sentences under a header are one document; mentions may cross sentence ends."""

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        for file in files:
            for name, sentences in _documents(file, header):
                yield document(name, [_as_iob2([row for rows in sentences for row in rows])], [file])

    return read


def _documents(file: File, header: str) -> Iterator[tuple[str, list[list[Row]]]]:
    """The name in each header, and the sentences below it."""
    name, place = "", 0
    lines: list[Line] = []
    for number, line in file.lines():
        if named := re.fullmatch(header, line):
            if name:
                yield name, _sentences(lines, place, file)
            name, place, lines = named[1], number, []
        elif name or not line.strip():
            lines.append((number, line))
        else:
            raise file.error(number, f"expected a header like {header!r}, found {line[:60]!r}.")
    if name:
        yield name, _sentences(lines, place, file)


def _sentences(lines: list[Line], header: int, file: File) -> list[list[Row]]:
    """The sentences, which blank lines separate."""
    runs = groupby(lines, key=lambda line: bool(line[1].strip()))
    found = [[_row(number, line, file) for number, line in run] for filled, run in runs if filled]
    if not found:
        raise file.error(header, "there are no tokens under this header.")
    return found


def _row(number: int, line: str, file: File) -> Row:
    token, _, tag = line.partition("\t")
    if not token.strip() or not tag:
        raise file.error(number, f"expected a token, a tab, and a tag, found {line[:60]!r}.")
    return number, token, [tag]


def _as_iob2(rows: list[Row]) -> list[Row]:
    """The rows with `B-` where a mention begins: in IO files, wherever the tag differs from the one before."""
    return [
        (number, token, [f"B-{tag.removeprefix('I-')}" if tag not in {"O", before} and tag[:2] == "I-" else tag])
        for (_, _, [before]), (number, token, [tag]) in pairwise([OUTSIDE, *rows])
    ]
