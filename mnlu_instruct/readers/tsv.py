"""Shared by the readers of formats that have documents, mentions and relations in one TSV file each."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import LACKING, File

Cells = tuple[int, list[str]]
"""The number of a line, and its cells."""


def ending(files: Sequence[File], end: str) -> File:
    """The first file whose name ends in `end`.

    Raises:
        UserError: there is none.
    """
    for file in files:
        if file.name.endswith(end):
            return file
    raise UserError(
        f"No file …{end} beside {files[0].name if files else 'the others'}.",
        LACKING,
    )


def numbered_cells(file: File, count: int) -> Iterator[Cells]:
    """The cells of each line that isn't empty.

    Raises:
        UserError: a line has more or fewer cells.
    """
    for number, line in file.lines():
        if not line:
            continue
        cells = line.split("\t")
        if len(cells) != count:
            raise file.error(number, f"{len(cells)} columns, expected {count}.")
        yield number, cells


def by_document(file: File, count: int) -> dict[str, list[Cells]]:
    """The lines of a file, grouped by their first cell, a document's id."""
    rows = defaultdict(list)
    for number, cells in numbered_cells(file, count):
        rows[cells[0]].append((number, cells))
    return dict(rows)


def refuse_strangers(file: File, rows: dict[str, list[Cells]], known: set[str], documents: File) -> None:
    """Check that a file has lines of known documents only.

    Raises:
        UserError: a line is about another document.
    """
    if strangers := rows.keys() - known:
        number, _ = rows[min(strangers)][0]
        raise file.error(number, f"document {min(strangers)} is not in {documents.name}.")
