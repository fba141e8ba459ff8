"""Sentences with their mentions below them: the inline layout of Dai et al. (2020), which BARTNER reads.

A sentence is three lines: its tokens with blanks between them; its mentions, separated by `|`, each a list of token
numbers from 0 and a type (`0,1 ADR|3,3,7,7 ADR`); an empty line. The numbers are the first and last token of each
piece, in pairs. A sentence without mentions has an empty second line.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import PurePosixPath

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.readers.words import joined, words
from mnlu_instruct.types import Document, Mention, Span

MENTION = re.compile(r"(\d{1,6},\d{1,6}(?:,\d{1,6},\d{1,6})*) (\S+)", re.ASCII)


def inline() -> Reader:
    """A reader of such sentences; each is a document, with its number in the file as id."""

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        for file in files:
            prefix = f"{PurePosixPath(file.name).stem}/" if len(files) > 1 else ""
            lines = file.lines()
            for count, (number, text) in enumerate(lines, 1):
                (_, stated), (_, empty) = [*islice(lines, 2), *[(0, "")] * 2][:2]
                if empty.strip() or not text.strip():
                    wrong = "expected a sentence, its mentions, and an empty line."
                    raise file.error(number, wrong, "write an empty line for a sentence without mentions, too.")
                name = f"{prefix}{count}"
                mentions = tuple(_mentions(stated.strip(), words(text, "blanks"), number + 1, file))
                yield Document(name, text, name, f"{file.name}:{number}", mentions=mentions)

    return read


def _mentions(line: str, places: Sequence[Span], number: int, file: File) -> Iterator[Mention]:
    for count, stated in enumerate(line.split("|") if line else (), 1):
        match = MENTION.fullmatch(stated)
        bounds = list(map(int, match[1].split(","))) if match else []
        if not match or bounds != sorted(bounds) or bounds[-1] >= len(places):
            raise file.error(
                number, f"expected 'first,last type' with rising tokens below {len(places)}, found {stated[:60]!r}."
            )
        tokens = [
            token for first, last in zip(bounds[::2], bounds[1::2], strict=True) for token in range(first, last + 1)
        ]
        yield Mention(f"T{count}", match[2], joined(list(dict.fromkeys(tokens)), places))
