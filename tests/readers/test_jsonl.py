"""JSON: one object a line, or one object of rows by id."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.readers.jsonl import decode, json_lines, json_object
from mnlu_instruct.readers.rows import Row
from mnlu_instruct.types import Summary
from tests.readers.helpers import assert_reads_or_refuses, damaged, file, read

LINES = '{"id": "1", "text": "a\\nb", "summary": "c"}\n\n  \n{"id": "2", "text": "\u2028", "summary": ""}'
OBJECT = '{"1": {"text": "a", "summary": "b"},\n "2": {"text": "c", "summary": "d"}}'


def make(row: Row, origin: str) -> Summary:
    name = row[""] if "" in row else row["id"]
    return Summary(name, row["text"], row["summary"], name, origin)


def test_one_record_a_line_and_blank_lines_count() -> None:
    assert read(json_lines(make), file(LINES)) == [
        Summary("1", "a\nb", "c", "1", "corpus.txt:1"),
        Summary("2", "\u2028", "", "2", "corpus.txt:4"),
    ]


def test_one_object_maps_ids_to_rows() -> None:
    assert read(json_object(make), file(OBJECT)) == [
        Summary("1", "a", "b", "1", "corpus.txt:1"),
        Summary("2", "c", "d", "2", "corpus.txt:2"),
    ]


def test_the_keys_of_a_second_file_choose_rows() -> None:
    assert [record.id for record in read(json_object(make), file(OBJECT), file('{"2": "yes"}'))] == ["2"]
    assert [record.id for record in read(json_object(make, others=True), file(OBJECT), file('{"2": "yes"}'))] == ["1"]


def test_a_chosen_row_that_is_not_there_is_named() -> None:
    with pytest.raises(UserError, match=r"^gold\.json: '3' is not in corpus\.txt"):
        read(json_object(make), file(OBJECT), file('{"2": "yes", "3": "no"}', "gold.json"))


@pytest.mark.parametrize("content", [LINES, OBJECT])
def test_windows_line_ends_and_a_byte_order_mark_change_nothing(content: str) -> None:
    reader = json_lines(make) if content == LINES else json_object(make)
    assert read(reader, file("\ufeff" + content.replace("\n", "\r\n"))) == read(reader, file(content))


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ('{"id": "1"', 1, "not a JSON object"),
        ('{"id": "1", "text": "a", "summary": "b"}\n[1]', 2, "not a JSON object"),
        ('{"id": "1", "text": "a"}', 1, "'summary' is missing"),
        ('{"id": "1", "text": null, "summary": ""}', 1, "doesn't fit the format (Expected `str`, got `null`"),
        ('{"id": 1, "text": "a", "summary": ""}', 1, "doesn't fit the format (Expected `str`, got `int`"),
        ('\n{"id": "1", "text": "\\ud800", "summary": ""}', 2, "not a JSON object"),
    ],
)
def test_a_faulty_line_is_named_with_file_and_line(content: str, line: int, message: str) -> None:
    with pytest.raises(UserError, match=rf"^corpus\.txt, line {line}: ") as error:
        read(json_lines(make), file(content))
    assert message in error.value.message


@pytest.mark.parametrize("content", ["", "[]", '{"1": ', '{"1": 5}', '{"1": null}', "{} {}"])
def test_what_is_no_object_of_rows_is_refused(content: str) -> None:
    with pytest.raises(UserError, match=r"^corpus\.txt: not a JSON object"):
        read(json_object(make), file(content))


def test_any_one_object_is_decoded() -> None:
    assert decode(file('{"a": [1, null], "b": 2.5}')) == {"a": [1, None], "b": 2.5}


def test_a_row_without_record_is_dropped_by_the_declared_rule_and_counted() -> None:
    ledger = Ledger()
    reader = json_lines(lambda row, origin: None, dropped_as="no-gold-label")
    assert read(reader, file("\n{}\n"), rules=["no-gold-label"], ledger=ledger) == []
    assert ledger.examples == {Entry("read", "dropped", "no-gold-label"): ["corpus.txt:2"]}


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.fixed_dictionaries({"id": TEXTS, "text": TEXTS, "summary": TEXTS}), max_size=4), st.booleans())
def test_any_lines_are_read_as_they_were_written(written: list[dict[str, str]], ascii_only: bool) -> None:
    content = "".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in written)
    found = read(json_lines(make), file(content))
    assert [{"id": r.id, "text": r.text, "summary": r.summary} for r in found if isinstance(r, Summary)] == written


@given(damaged(LINES, delimiter=",").map(file))
def test_damaged_lines_are_read_or_refused(content: File) -> None:
    assert_reads_or_refuses(json_lines(make), content)


@given(damaged(OBJECT, delimiter=",").map(file))
def test_a_damaged_object_is_read_or_refused(content: File) -> None:
    assert_reads_or_refuses(json_object(make), content)
    assert_reads_or_refuses(json_object(make), file(OBJECT), content)
