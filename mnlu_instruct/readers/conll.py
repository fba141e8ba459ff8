"""CoNLL columns with IOB2 tags: one token a line, its tag in the last column, a blank line after each sentence.

A sentence is a document; its text is the tokens joined by one blank, its id its number in the file.
"""

from collections.abc import Iterator, Sequence

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Document, Mention, Span

Row = tuple[int, str, str]


def conll(separator: str = "\t") -> Reader:
    """A reader of IOB2 files without document marks."""

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        for file in files:
            for index, sentence in enumerate(_sentences(file, separator), 1):
                yield _document(str(index), sentence, file)

    return read


def _sentences(file: File, separator: str) -> Iterator[list[Row]]:
    rows: list[Row] = []
    for number, line in file.lines():
        if line.strip():
            columns = line.split(separator)
            if len(columns) < 2 or not columns[0].strip():
                raise file.error(number, f"expected a token and a tag, found {line[:60]!r}.")
            rows.append((number, columns[0], columns[-1]))
        elif rows:
            yield rows
            rows = []
    if rows:
        yield rows


def _document(name: str, rows: list[Row], file: File) -> Document:
    tokens = [token for _, token, _ in rows]
    spans: list[Span] = []
    position = 0
    for token in tokens:
        spans.append((position, position + len(token)))
        position += len(token) + 1
    mentions = tuple(
        Mention(f"T{index}", label, ((spans[first][0], spans[last][1]),))
        for index, (label, first, last) in enumerate(_chunks(rows, file), 1)
    )
    return Document(name, " ".join(tokens), name, f"{file.name}:{rows[0][0]}", mentions=mentions)


def _chunks(rows: list[Row], file: File) -> Iterator[tuple[str, int, int]]:
    """Label, first and last token of each mention."""
    label, first = "", 0
    for index, (number, _, tag) in enumerate(rows):
        mark, _, name = tag.partition("-")
        if mark == "I" and name == label != "":
            continue
        if label:
            yield label, first, index - 1
        label, first = name, index
        if tag != "O" and (mark != "B" or not name):
            raise file.error(number, f"tag {tag!r}, expected O, B-<type>, or I-<type> that goes on with a mention.")
    if label:
        yield label, first, len(rows) - 1
