"""Files joined line by line into one table: pairs of texts in one file, their scores in another."""

from collections.abc import Iterator, Sequence

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.readers.rows import Make, Row, records
from mnlu_instruct.types import Record


def side_by_side(make: Make, columns: Sequence[str]) -> Reader:
    """A reader of a split's files as one table: row n is the tab-separated cells of line n of all files, in order."""

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Record]:
        yield from records(_rows(files), make, "", files[0], repairs)

    def _rows(files: Sequence[File]) -> Iterator[tuple[int, Row]]:
        first, *others = [list(file.lines()) for file in files]
        for file, lines in zip(files[1:], others, strict=True):
            if len(lines) != len(first):
                raise file.error(len(lines), f"{len(lines)} lines, but {files[0].name} has {len(first)}.")
        for (number, line), *beside in zip(first, *others, strict=True):
            cells = [cell for part in (line, *(line for _, line in beside)) for cell in part.split("\t")]
            if len(cells) != len(columns):
                hint = f"columns: {', '.join(columns)}."
                raise files[0].error(number, f"{len(cells)} columns, expected {len(columns)}.", hint)
            yield number, dict(zip(columns, cells, strict=True))

    return read
