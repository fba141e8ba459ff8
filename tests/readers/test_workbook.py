"""Excel workbooks: both dialects, numbers, empty columns and rows, what is none."""

from pathlib import Path

import pytest

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.readers.rows import Row
from mnlu_instruct.readers.workbook import rows, workbook
from mnlu_instruct.types import Summary
from tests.readers import workbooks
from tests.readers.helpers import read

TABLE = [["id", None, "text", "short"], [3.0, None, " a\nb ", "a"], [], [4.5, "stray", "<c> & d", None]]


def summary(row: Row, origin: str) -> Summary:
    return Summary(row["id"], row["text"], row["short"], row["id"], origin)


@pytest.fixture
def book(tmp_path: Path) -> File:
    workbooks.write(tmp_path / "book.xlsx", TABLE)
    return File("book.xlsx", tmp_path / "book.xlsx")


def test_rows_are_keyed_by_the_first(book: File) -> None:
    assert list(rows(book)) == [
        (2, {"id": "3", "text": " a\nb ", "short": "a"}),
        (4, {"id": "4.5", "text": "<c> & d", "short": ""}),
    ]
    assert read(workbook(summary), book)[0] == Summary("3", " a\nb ", "a", "3", "book.xlsx:2")


def test_strict_open_xml_is_read_like_the_other(tmp_path: Path, book: File) -> None:
    workbooks.write(tmp_path / "strict.xlsx", TABLE, strict=True)
    assert list(rows(File("strict.xlsx", tmp_path / "strict.xlsx"))) == list(rows(book))


def test_a_column_that_is_missing(tmp_path: Path) -> None:
    workbooks.write(tmp_path / "book.xlsx", [["id", "text"], ["1", "a"]])
    with pytest.raises(UserError, match=r"book\.xlsx, line 2: 'short' is missing\."):
        read(workbook(summary), File("book.xlsx", tmp_path / "book.xlsx"))


def test_several_sheets_are_refused(tmp_path: Path) -> None:
    workbooks.write(tmp_path / "book.xlsx", TABLE, sheets=2)
    with pytest.raises(UserError, match=r"book\.xlsx: 2 sheets, expected 1\."):
        list(rows(File("book.xlsx", tmp_path / "book.xlsx")))


@pytest.mark.parametrize("content", [b"", b"id,text\n", b"PK\x03\x04 broken"])
def test_what_is_no_workbook(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "book.xlsx").write_bytes(content)
    with pytest.raises(UserError, match=r"book\.xlsx: this is no Excel workbook"):
        list(rows(File("book.xlsx", tmp_path / "book.xlsx")))


def test_a_truncated_workbook(book: File) -> None:
    book.path.write_bytes(book.path.read_bytes()[:-200])
    with pytest.raises(UserError, match=r"book\.xlsx: this is no Excel workbook"):
        list(rows(book))
