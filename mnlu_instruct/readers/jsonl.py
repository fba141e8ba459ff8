"""JSON: one record per line, or one object that maps ids to records; a function of the corpus makes the records."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.readers.rows import Make, Row, records
from mnlu_instruct.types import Record


def json_lines(make: Make, dropped_as: str = "") -> Reader:
    """A reader of one JSON object per line; if `make` returns None, the row is dropped under the rule `dropped_as`."""

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Record]:
        for file in files:
            yield from records(lines(file), make, dropped_as, file, repairs)

    return read


def json_object(make: Make, others: bool = False) -> Reader:
    """A reader of one JSON object that maps ids to rows; `make` finds the id under the key "" of its row.

    If a split has a second file, the keys of its object select the rows of the first that belong to the split; with
    `others`, those that don't.
    """

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Record]:
        file, *selection = files
        rows = decode(file, dict[str, Row])
        wanted = decode(selection[0]) if selection else rows
        if strangers := wanted.keys() - rows.keys():
            raise selection[0].error(None, f"'{min(strangers)}' is not in {file.name}.")
        numbered = enumerate((key for key in rows if (key in wanted) != others), 1)
        yield from records(((number, {**rows[key], "": key}) for number, key in numbered), make, "", file, repairs)

    return read


def decode(file: File, kind: Any = dict[str, Any]) -> dict[str, Any]:
    """The JSON object in a file, decoded as `kind`.

    Raises:
        UserError: the file holds something else.
    """
    try:
        found: dict[str, Any] = msgspec.json.decode(file.text(), type=kind)
    except msgspec.DecodeError as error:
        raise not_json(error, file) from error
    return found


def not_json(error: msgspec.DecodeError, file: File) -> UserError:
    """The error for a file that isn't JSON, or JSON of another shape than expected."""
    hint = "the file ends too early: is it whole?" if "truncated" in str(error) else "correct it there."
    return file.error(None, f"not a JSON object ({error}).", hint)


def lines(file: File) -> Iterator[tuple[int, Row]]:
    """Line number and JSON object of each line that isn't blank.

    Raises:
        UserError: a line is not a JSON object.
    """
    decoder = msgspec.json.Decoder(dict)
    for number, line in file.lines():
        if not line.strip():
            continue
        try:
            yield number, decoder.decode(line)
        except msgspec.DecodeError as error:
            raise file.error(number, f"not a JSON object ({error}).") from error
