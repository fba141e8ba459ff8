"""Abstracts whose sentences are labelled (Jin and Szolovits, 2018): `###PMID`, `HEADING|LABEL|sentence` lines.

The text is the sentences joined by spaces, without headings, which would reveal the labels; each sentence is a mention
whose type is its label.
"""

from collections.abc import Iterator, Sequence

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Document, Mention


def labelled_sentences() -> Reader:
    """A reader of files of labelled sentences; only the first two `|` of a line are separators."""

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        for file in files:
            for number, name, sentences in _abstracts(file):
                yield _document(name, sentences, f"{file.name}:{number}")

    return read


def _document(name: str, sentences: list[tuple[str, str]], origin: str) -> Document:
    mentions = []
    start = 0
    for index, (label, words) in enumerate(sentences, 1):
        mentions.append(Mention(f"S{index}", label, ((start, start + len(words)),)))
        start += len(words) + 1
    return Document(name, " ".join(words for _, words in sentences), name, origin, mentions=tuple(mentions))


def _abstracts(file: File) -> Iterator[tuple[int, str, list[tuple[str, str]]]]:
    """The line, id and labelled sentences of each abstract."""
    place, name, sentences = 0, "", list[tuple[str, str]]()
    for number, line in file.lines():
        if line.startswith("###") and line[3:].strip():
            if name:
                yield place, name, sentences
            place, name, sentences = number, line[3:].strip(), []
        elif line.strip():
            _, label, words = [*line.split("|", 2), "", ""][:3]
            if not name or not label.strip() or not words.strip():
                raise file.error(number, f"expected '###id', then 'heading|label|sentence', found {line[:60]!r}.")
            sentences.append((label.strip(), words.strip()))
    if name:
        yield place, name, sentences
