"""Excel workbooks: a table on one sheet, whose first row names the columns.

Read by calamine, which also knows "Strict Open XML": openpyxl finds no sheet in such workbooks, and raises nothing.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO

from python_calamine import CalamineError, CalamineWorkbook

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.readers.rows import Make, Row, records
from mnlu_instruct.types import Record


def workbook(make: Make, dropped_as: str = "") -> Reader:
    """A reader of workbooks with one sheet; arguments as for `tables.table`."""

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Record]:
        for file in files:
            yield from records(rows(file), make, dropped_as, file, repairs)

    return read


def rows(file: File) -> Iterator[tuple[int, Row]]:
    """The rows of a workbook's only sheet, keyed by column, with their numbers as Excel shows them; cells are strings.

    Numbers that are whole come without the ".0" that they are stored with. Empty rows and columns without a name are
    passed over.

    Raises:
        UserError: the file is no workbook, or has no sheet, or several.
    """
    try:
        book = CalamineWorkbook.from_object(BytesIO(file.read()))
        sheets = [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names]
    except (CalamineError, OSError) as error:
        raise file.error(None, f"this is no Excel workbook ({error}).") from error
    if len(sheets) != 1:
        raise file.error(None, f"{len(sheets)} sheets, expected 1.")
    names, *table = [[_cell(value) for value in row] for row in sheets[0]] or [[]]
    for number, row in enumerate(table, 2):
        if any(row):
            yield number, {name: cell for name, cell in zip(names, row, strict=False) if name}


def _cell(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
