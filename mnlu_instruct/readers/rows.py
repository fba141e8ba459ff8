"""Make records from keyed rows (of a table or JSON); errors name the file and line."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from mnlu_instruct.files import File
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Record

Row = Mapping[str, Any]
Make = Callable[[Row, str], Record | None]
"""A corpus' function (row, origin) → record, or None for a row to drop under a repair that the corpus declares."""


def records(
    rows: Iterable[tuple[int, Row]], make: Make, dropped_as: str, file: File, repairs: Repairs
) -> Iterator[Record]:
    """The records of one file's rows.

    Raises:
        UserError: a row lacks a key, has a wrong value, or gives no record although `dropped_as` isn't declared.
    """
    for number, row in rows:
        origin = f"{file.name}:{number}"
        try:
            made = make(row, origin)
            record = made and msgspec.convert(msgspec.to_builtins(made), type(made))
        except KeyError as error:
            raise file.error(number, f"{error} is missing.") from error
        except (TypeError, ValueError, AttributeError, IndexError, msgspec.ValidationError) as error:
            raise file.error(number, f"a value that doesn't fit the format ({error}).") from error
        if record is not None:
            yield record
        elif not repairs.drops(dropped_as, origin):
            raise file.error(
                number, "a row that gives no record.", f"declare the repair '{dropped_as}' to drop such rows."
            )
