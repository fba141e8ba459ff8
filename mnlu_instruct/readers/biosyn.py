"""BioSyn's form of corpora for entity linking: one file of mentions a document, without its text.

A line is `pmid||start|end||class||mention||id`. A composite mention may be split, `breast cancer|ovarian cancer`; its
ids are separated by `|`, or by `+` where no words go with them. The words are normalised: lower case, no punctuation,
abbreviations expanded (Sung et al., 2020). As the files have no text, a document's text is its mentions, one a line.
"""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Document, Mention, normalise

COLUMNS = 5
BETWEEN = " | "
"""What parts the words of a composite mention in a document's text."""


def biosyn() -> Reader:
    """A reader of `.concept` files."""

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        for file in files:
            yield _document(file)

    return read


def _document(file: File) -> Document:
    name = PurePosixPath(file.name).stem
    mentions: list[Mention] = []
    lines: list[str] = []
    place = 0
    for number, line in file.lines():
        if not line.strip():
            continue
        kind, words, ids = _cells(line, name, number, file)
        shown = BETWEEN.join(words)
        parts = tuple(zip(ids, words, strict=True)) if len(words) == len(ids) > 1 else ()
        mentions.append(Mention(f"T{len(mentions) + 1}", kind, ((place, place + len(shown)),), ids, parts))
        lines.append(shown)
        place += len(shown) + 1
    return Document(name, "\n".join(lines), name, f"{file.name}:1", mentions=tuple(mentions))


def _cells(line: str, name: str, number: int, file: File) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The class, the words of each part, and the ids of a line."""
    cells = line.split("||")
    if len(cells) != COLUMNS or cells[0] != name:
        raise file.error(number, f"expected '{name}||start|end||class||mention||id', found {line[:60]!r}.")
    words, ids = (tuple(filter(None, map(normalise, cell.split("|")))) for cell in cells[3:])
    if not (words and ids):
        raise file.error(number, f"a mention without {'an id' if words else 'words'}: {line[:60]!r}.")
    return cells[2], words, ids
