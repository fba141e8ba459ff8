"""Delimited tables: quoted and unquoted cells, columns, rows that a corpus drops."""

import csv
import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.readers import tables
from mnlu_instruct.readers.rows import Row
from mnlu_instruct.readers.tables import table
from mnlu_instruct.types import Record, Summary
from tests.readers.helpers import PRINTABLE, assert_reads_or_refuses, damaged, file, read

QUOTED = 'id,text,summary\n1,"two\nlines, ""quoted""",short\n\n2,"",  blanks  \n3,\u2028,"x"\n'


def make(row: Row, origin: str) -> Summary:
    return Summary(row["id"], row["text"], row["summary"], row["id"], origin)


def rows(records: list[Record]) -> list[tuple[str, str, str, str]]:
    return [(r.id, r.text, r.summary, r.origin) for r in records if isinstance(r, Summary)]


def test_quoted_cells_span_lines_and_their_row_begins_where_it_says() -> None:
    assert rows(read(table(make), file(QUOTED))) == [
        ("1", 'two\nlines, "quoted"', "short", "corpus.txt:2"),
        ("2", "", "  blanks  ", "corpus.txt:5"),
        ("3", "\u2028", "x", "corpus.txt:6"),
    ]


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    windows = file("\ufeff" + QUOTED.replace("\n", "\r\n"))
    assert read(table(make), windows) == read(table(make), file(QUOTED))


def test_without_quoting_a_quote_is_a_character() -> None:
    plain = table(make, delimiter="\t", quoted=False)
    assert rows(read(plain, file('id\ttext\tsummary\n1\t"open\t5" long\n\n2\t""\t"\n'))) == [
        ("1", '"open', '5" long', "corpus.txt:2"),
        ("2", '""', '"', "corpus.txt:4"),
    ]


@pytest.mark.parametrize("quoted", [True, False])
def test_a_table_without_header_takes_the_columns_of_its_corpus(quoted: bool) -> None:
    reader = table(make, quoted=quoted, columns=("id", "text", "summary"))
    assert rows(read(reader, file("1,a,b\n2,c,d\n"))) == [
        ("1", "a", "b", "corpus.txt:1"),
        ("2", "c", "d", "corpus.txt:2"),
    ]


def test_unnamed_columns_may_follow_as_far_as_declared() -> None:
    reader = table(make, extra=2)
    assert len(read(reader, file("id,text,summary\n1,a,b\n2,a,b,c\n3,a,b,c,d\n"))) == 3
    with pytest.raises(UserError, match=r"line 2: 6 columns, expected 3"):
        read(reader, file("id,text,summary\n1,a,b,c,d,e\n"))


def test_every_file_has_its_own_header() -> None:
    files = [file("id,text,summary\n1,a,b\n"), file("summary,id,text\nb,2,a\n")]
    assert [(r[0], r[1]) for r in rows(read(table(make), *files))] == [("1", "a"), ("2", "a")]


@pytest.mark.parametrize("content", ["", "id,text,summary\n", "\n\n"])
def test_a_table_without_rows_has_no_records(content: str) -> None:
    assert read(table(make), file(content)) == []


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("id,text,summary\n1,a\n", 2, "2 columns, expected 3"),
        ("id,text,summary\n1,a,b,c\n", 2, "4 columns, expected 3"),
        ('id,text,summary\n1,"a\nb",c\n2,"open\n', 4, "a broken cell"),
        ('id,text,summary\n1,"a"b,c\n', 2, "a broken cell"),
        ("id,text\n1,a\n", 2, "'summary' is missing"),
        (b"id,text,summary\n1,caf\xe9,x\n", 2, "not UTF-8"),
    ],
)
def test_a_fault_is_named_with_file_and_line(content: str | bytes, line: int, message: str) -> None:
    with pytest.raises(UserError, match=rf"^corpus\.txt, line {line}: ") as error:
        read(table(make), file(content))
    assert message in error.value.message


@pytest.mark.parametrize(
    "wrong",
    [
        lambda row, _: Summary(row["id"], None, "", "", ""),  # type: ignore[arg-type]
        lambda row, _: Summary(7, "", "", "", ""),  # type: ignore[arg-type]
        lambda row, _: float(row["text"]),
        lambda row, _: row["text"].lacking,
        lambda row, _: row["text"].split()[5],
        lambda row, _: row["id"] + 1,
    ],
)
def test_a_value_that_fits_no_record_is_named_with_its_place(wrong: Callable[[Row, str], Record]) -> None:
    with pytest.raises(UserError, match=r"^corpus\.txt, line 2: a value that doesn't fit the format"):
        read(table(wrong), file("id,text\n1,a\n"))


def test_a_needed_column_that_is_missing_is_named() -> None:
    with pytest.raises(UserError, match=r"^corpus\.txt, line 1: no column 'vote'"):
        list(tables.rows(file("id,text\n1,a\n"), needed=("id", "vote")))


def test_an_error_of_the_corpus_own_is_passed_on() -> None:
    def refuse(row: Row, origin: str) -> Record:
        raise UserError(f"{origin}: no.")

    with pytest.raises(UserError, match=r"^corpus\.txt:2: no\.$"):
        read(table(refuse), file("id\n1\n"))


def make_filled(row: Row, origin: str) -> Summary | None:
    return make(row, origin) if row["text"] else None


def test_a_row_without_record_is_dropped_by_the_declared_rule_and_counted() -> None:
    ledger = Ledger()
    reader = table(make_filled, dropped_as="no-gold-label")
    found = read(reader, file("id,text,summary\n1,,b\n2,a,b\n"), rules=["no-gold-label"], ledger=ledger)
    assert [record.id for record in found] == ["2"]
    assert ledger.examples == {Entry("read", "dropped", "no-gold-label"): ["corpus.txt:2"]}


def test_a_row_without_record_is_refused_where_no_rule_is_declared() -> None:
    with pytest.raises(UserError, match=r"line 2: a row that gives no record.*\n.*'no-gold-label'"):
        read(table(make_filled, dropped_as="no-gold-label"), file("id,text,summary\n1,,b\n"))


QUOTED_CELLS = st.text(PRINTABLE | st.sampled_from('\n\t",'), max_size=12)
PLAIN_CELLS = st.text(PRINTABLE | st.sampled_from('",'), max_size=12)


@given(st.lists(st.tuples(QUOTED_CELLS, QUOTED_CELLS, QUOTED_CELLS), max_size=4))
def test_any_quoted_cells_are_read_as_they_were_written(written: list[tuple[str, str, str]]) -> None:
    content = io.StringIO(newline="")
    csv.writer(content, lineterminator="\n").writerows([("id", "text", "summary"), *written])
    assert [row[:3] for row in rows(read(table(make), file(content.getvalue())))] == written


@given(st.lists(st.tuples(PLAIN_CELLS, PLAIN_CELLS, PLAIN_CELLS), max_size=4))
def test_any_plain_cells_are_read_as_they_were_written(written: list[tuple[str, str, str]]) -> None:
    content = "".join("\t".join(row) + "\n" for row in [("id", "text", "summary"), *written])
    reader = table(make, delimiter="\t", quoted=False)
    assert [row[:3] for row in rows(read(reader, file(content)))] == written


@given(damaged(QUOTED, delimiter=",").map(file))
def test_a_damaged_table_is_read_or_refused(content: File) -> None:
    assert_reads_or_refuses(table(make), content)
    assert_reads_or_refuses(table(make, quoted=False), content)
