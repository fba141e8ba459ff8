"""CoNLL columns with IOB2 tags: one token per line, its tag in the last column, a blank line after each sentence.

Each sentence is a document: its text is the tokens joined by spaces, its id its number in the file. Nested mentions are
given in layers, each in a column, or a file, of its own.
"""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Document, Mention, Span

Row = tuple[int, str, list[str]]
"""A line's number, token and tags."""


def conll(separator: str | None = "\t", layered: bool = False) -> Reader:
    """A reader of IOB2 files without document boundaries.

    Args:
        separator: what separates columns; None stands for any white space.
        layered: every column after the token has tags, and the files of a split are layers of the same sentences.
    """

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        for group in [files] if layered else [[file] for file in files]:
            layers = zip_longest(*(_sentences(file, separator, layered) for file in group), fillvalue=())
            for index, sentences in enumerate(layers, 1):
                yield document(str(index), sentences, group)

    return read


def _sentences(file: File, separator: str | None, layered: bool) -> Iterator[list[Row]]:
    rows: list[Row] = []
    for number, line in file.lines():
        if line.strip():
            columns = line.split(separator)
            if len(columns) < 2 or not columns[0].strip():
                raise file.error(number, f"expected a token and a tag, found {line[:60]!r}.")
            rows.append((number, columns[0], columns[1:] if layered else columns[-1:]))
        elif rows:
            yield rows
            rows = []
    if rows:
        yield rows


def document(name: str, layers: Sequence[Sequence[Row]], files: Sequence[File]) -> Document:
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
    chunks = [chunk for file, layer in zip(files, layers, strict=True) for chunk in _layers(layer, file)]
    mentions = tuple(
        Mention(f"T{index}", label, ((spans[first][0], spans[last][1]),))
        for index, (label, first, last) in enumerate(chunks, 1)
    )
    return Document(name, " ".join(tokens), name, f"{files[0].name}:{rows[0][0]}", mentions=mentions)


def _layers(rows: Sequence[Row], file: File) -> Iterator[tuple[str, int, int]]:
    """Label, first and last token of each mention, column by column."""
    width = len(rows[0][2])
    for number, _, tags in rows:
        if len(tags) != width:
            raise file.error(number, f"{len(tags)} tags, expected {width}, as on the sentence's first line.")
    for column in range(width):
        yield from _chunks([(number, tags[column]) for number, _, tags in rows], file)


def _chunks(rows: Sequence[tuple[int, str]], file: File) -> Iterator[tuple[str, int, int]]:
    """Label, first and last token of each mention."""
    label, first = "", 0
    for index, (number, tag) in enumerate(rows):
        mark, _, name = tag.partition("-")
        if mark == "I" and name == label != "":
            continue
        if label:
            yield label, first, index - 1
        label, first = name, index
        if tag != "O" and (mark != "B" or not name):
            raise file.error(number, f"tag {tag!r}, expected O, B-<type>, or I-<type> that continues a mention.")
    if label:
        yield label, first, len(rows) - 1
