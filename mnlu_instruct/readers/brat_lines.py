"""The lines of brat's standoff files, by their kind."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File

KINDS = "TREAMN*#"


class Line(NamedTuple):
    """A line of annotations, and where it is."""

    file: File
    number: int
    text: str

    @property
    def place(self) -> str:
        """Its place, for the ledger."""
        return f"{self.file.name}:{self.number}"

    def error(self, message: str) -> UserError:
        """An error at this line."""
        return self.file.error(self.number, message)

    def cells(self, count: int) -> list[str]:
        """Its first tab-separated parts."""
        cells = self.text.split("\t", count - 1)
        if len(cells) != count:
            raise self.error(f"{len(cells)} tab-separated parts, expected {count}: {self.text[:60]!r}.")
        return cells


Lines = Mapping[str, list[Line]]
"""By the first letter of their ids."""


def by_kind(notes: Sequence[File]) -> Lines:
    """The lines of all files by their first letter, without empty ones and notes."""
    found: dict[str, list[Line]] = defaultdict(list)
    for file in notes:
        for number, text in file.lines():
            if text and text[0] not in KINDS:
                raise file.error(number, f"expected a T, R, E, A, M, N, * or # line, found {text[:60]!r}.")
            if text and text[0] != "#":
                found[text[0]].append(Line(file, number, text))
    return found
