"""Delimited tables: CSV with quoted cells over several lines, and TSV without any quoting."""

import csv
from collections.abc import Iterator, Sequence

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.readers.rows import Make, Row, records
from mnlu_instruct.types import Record

CELL_LIMIT = 1 << 24
"""The most characters in one cell; more means a quote that was never closed."""


def table(
    make: Make,
    delimiter: str = ",",
    quoted: bool = True,
    columns: Sequence[str] = (),
    extra: int = 0,
    dropped_as: str = "",
) -> Reader:
    """A reader of delimited tables.

    Args:
        make: (row, origin) → record.
        delimiter: what separates cells.
        quoted: whether `"` quotes a cell (RFC 4180); if not, it is an ordinary character.
        columns: the names of the columns of a table without header.
        extra: how many unnamed columns may follow.
        dropped_as: the rule under which a row is dropped if `make` returns None for it.
    """

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Record]:
        for file in files:
            yield from records(rows(file, delimiter, quoted, columns, extra), make, dropped_as, file, repairs)

    return read


def rows(
    file: File,
    delimiter: str = ",",
    quoted: bool = True,
    columns: Sequence[str] = (),
    extra: int = 0,
    needed: Sequence[str] = (),
) -> Iterator[tuple[int, Row]]:
    """The rows of one table, keyed by column, with the line on which each begins; see `table`.

    Raises:
        UserError: a cell is broken, a row has more or fewer columns than the header, or the header lacks a needed one.
    """
    cells = _quoted_cells(file, delimiter) if quoted else _plain_cells(file, delimiter)
    names = columns
    for number, row in cells:
        if not names:
            names = row
            if missing := [name for name in needed if name not in names]:
                raise file.error(number, f"no column '{missing[0]}'.", f"columns: {', '.join(names)}.")
            continue
        if not len(names) <= len(row) <= len(names) + extra:
            hint = f"columns: {', '.join(names)}."
            raise file.error(number, f"{len(row)} columns, expected {len(names)}.", hint)
        yield number, dict(zip(names, row, strict=False))


def _plain_cells(file: File, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in file.lines():
        if line:
            yield number, line.split(delimiter)


def _quoted_cells(file: File, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(CELL_LIMIT)
    lines = (f"{line}\n" for _, line in file.lines())
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 1
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise file.error(number, f"a broken cell ({error}).", "is a quote left open?") from error
        if row:
            yield number, row
        number = rows.line_num + 1
