"""CoNLL columns with chunk tags: one token per line, its tag in the last column, a blank line after each sentence.

Each sentence is a document: its text is the tokens joined by spaces, its id its number in the file, after the file's
name where a split has several. A line `-DOCSTART-` begins a new source document, which its sentences share as their
group. Nested mentions are given in layers, each in a column, or a file, of its own.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import PurePosixPath

from msgspec.structs import replace

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.readers.tag_schemes import Scheme, chunks
from mnlu_instruct.types import Document, Mention, Span

Row = tuple[int, str, list[str]]
"""A line's number, token and tags."""
DOCSTART = "-DOCSTART-"


def conll(separator: str | None = "\t", layered: bool = False, tags: Scheme = "iob2") -> Reader:
    """A reader of tagged tokens.

    Args:
        separator: what separates columns; None stands for blanks and tabs.
        layered: every column after the token has tags, and the files of a split are layers of the same sentences.
        tags: the scheme of the tags (`tag_schemes`).
    """

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        groups = [files] if layered else [[file] for file in files]
        prefixes = _prefixes([group[0].name for group in groups])
        for group, prefix in zip(groups, prefixes, strict=True):
            layers = zip_longest(*(_sentences(file, separator, layered) for file in group), fillvalue=(0, []))
            for index, sentences in enumerate(layers, 1):
                (source, _), *_ = sentences
                one = document(f"{prefix}{index}", [rows for _, rows in sentences], group, tags)
                yield replace(one, group=f"{prefix}document {source}") if source else one

    return read


def _prefixes(names: Sequence[str]) -> list[str]:
    """What the ids of each file's sentences begin with: nothing, the file's name, or its path if names recur."""
    if len(names) == 1:
        return [""]
    stems = [PurePosixPath(name).stem for name in names]
    return [f"{stem if stems.count(stem) == 1 else name}/" for stem, name in zip(stems, names, strict=True)]


def _sentences(file: File, separator: str | None, layered: bool) -> Iterator[tuple[int, list[Row]]]:
    """The sentences, each with the number of its source document; 0 where the file doesn't part them.

    Raises:
        UserError: a line has no token or tag, or not as many columns as the sentence's first line.
    """
    source = width = 0
    rows: list[Row] = []
    for number, line in file.lines():
        columns = _columns(line, separator)
        started = bool(columns) and columns[0].startswith(DOCSTART)
        if rows and (started or not columns):
            yield source, rows
            rows = []
        if started:
            source += 1
        elif columns:
            if len(columns) < 2 or not columns[0].strip():
                raise file.error(number, f"expected a token and a tag, found {line[:60]!r}.")
            width = width if rows else len(columns)
            if len(columns) != width:
                message = f"{len(columns)} columns, expected {width}, as on the sentence's first line."
                raise file.error(number, message)
            rows.append((number, columns[0], columns[1:] if layered else columns[-1:]))
    if rows:
        yield source, rows


def _columns(line: str, separator: str | None) -> list[str]:
    """The columns of a line, none of a blank one; other white space, such as a no-break space, is part of a token."""
    if not line.strip():
        return []
    return line.split(separator) if separator else re.split("[ \t]+", line.strip(" \t"))


def document(name: str, layers: Sequence[Sequence[Row]], files: Sequence[File], tags: Scheme = "iob2") -> Document:
    """One sentence as a document; the files are annotation layers over the same tokens."""
    rows, *others = layers
    tokens = [token for _, token, _ in rows]
    for file, other in zip(files[1:], others, strict=True):
        if [token for _, token, _ in other] != tokens:
            place = other[0][0] if other else None
            raise file.error(place, f"sentence {name} has different tokens from {files[0].name}.")
    spans: list[Span] = []
    position = 0
    for token in tokens:
        spans.append((position, position + len(token)))
        position += len(token) + 1
    found = [chunk for file, layer in zip(files, layers, strict=True) for chunk in _layers(layer, tags, file)]
    mentions = tuple(
        Mention(f"T{index}", label, ((spans[first][0], spans[last][1]),))
        for index, (label, first, last) in enumerate(found, 1)
    )
    return Document(name, " ".join(tokens), name, f"{files[0].name}:{rows[0][0]}", mentions=mentions)


def _layers(rows: Sequence[Row], tags: Scheme, file: File) -> Iterator[tuple[str, int, int]]:
    """Label, first and last token of each mention, column by column."""
    for column in range(len(rows[0][2])):
        yield from chunks([(number, columns[column]) for number, _, columns in rows], tags, file)
