"""Spans as JSON lines beside texts: annotators, blank spans, what is refused, damage."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.readers.span_jsonl import span_jsonl
from mnlu_instruct.types import Document, Mention, Span
from tests.readers.helpers import PRINTABLE, assert_reads_or_refuses, damaged, file, read, read_documents, spans_of

TEXTS = [file("Fever in\n adults.", "docs/1.txt"), file("\u2028 None", "docs/2.txt")]
LINES = (
    '{"P": {"Crowd": [[0, 5], [9, 16]], "Vote": [[0, 1]]}, "I": {"Vote": []}, "docid": "1"}\n\n'
    '{"P": {}, "I": {}, "docid": "2"}\n'
)
reader = span_jsonl(types=("P", "I"), annotators=("Crowd", "Vote"))


def test_the_spans_of_the_first_annotator_that_is_there() -> None:
    assert read(reader, *TEXTS, file(LINES, "spans.json")) == [
        Document(
            id="1",
            text="Fever in\n adults.",
            group="1",
            origin="spans.json:1",
            mentions=(Mention("T1", "P", ((0, 5),)), Mention("T2", "P", ((9, 16),))),
        ),
        Document("2", "\u2028 None", "2", "spans.json:3"),
    ]


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    windows = file("\ufeff" + LINES.replace("\n", "\r\n"), "spans.json")
    assert read(reader, *TEXTS, windows) == read(reader, *TEXTS, file(LINES, "spans.json"))


def test_a_span_of_white_space_is_dropped_by_the_declared_rule_and_counted() -> None:
    ledger = Ledger()
    content = file('{"P": {"Vote": [[8, 10], [0, 5]]}, "I": {}, "docid": "1"}', "spans.json")
    [document] = read(reader, *TEXTS, content, rules=["blank-mention"], ledger=ledger)
    assert isinstance(document, Document)
    assert document.mentions == (Mention("T1", "P", ((0, 5),)),)
    assert ledger.examples == {Entry("read", "dropped", "blank-mention"): ["spans.json:1"]}


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ('{"P": {}, "I": {}, "docid": "3"}', 1, "document '3' has no text"),
        ('\n{"P": {"Vote": [[0, 18]]}, "I": {}, "docid": "1"}', 2, "span 0–18 in a text of 17 characters"),
        ('{"P": {"Vote": [[-1, 3]]}, "I": {}, "docid": "1"}', 1, "span -1–3"),
        ('{"P": {"Vote": [[3, 3]]}, "I": {}, "docid": "1"}', 1, "span 3–3"),
        ('{"P": {"Vote": [[8, 10]]}, "I": {}, "docid": "1"}', 1, "span 8–10 is blank"),
        ('{"P": {"Vote": [[0]]}, "I": {}, "docid": "1"}', 1, "doesn't fit the format"),
        ('{"P": {"Vote": [["0", "5"]]}, "I": {}, "docid": "1"}', 1, "doesn't fit the format"),
        ('{"P": {"Vote": [[0.5, 5]]}, "I": {}, "docid": "1"}', 1, "doesn't fit the format"),
        ('{"P": {"Vote": [[true, 5]]}, "I": {}, "docid": "1"}', 1, "doesn't fit the format"),
        ('{"P": {"Worker": [[0, 5]]}, "I": {}, "docid": "1"}', 1, "spans of Worker, expected those of Crowd or Vote"),
        ('{"P": {}, "docid": "1"}', 1, "'I' is missing"),
        ('{"P": {}, "I": {}}', 1, "'docid' is missing"),
        ('{"P": [], "I": {}, "docid": ["1"]}', 1, "doesn't fit the format"),
        ('{"P": ', 1, "not a JSON object"),
    ],
)
def test_a_fault_is_named_with_file_and_line(content: str, line: int, message: str) -> None:
    with pytest.raises(UserError, match=rf"^spans\.json, line {line}: ") as error:
        read(reader, *TEXTS, file(content, "spans.json"))
    assert message in error.value.message


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, list[Span]]:
    text = "x" + draw(st.text(PRINTABLE | st.just("\n")))
    return text, [(start, end) for start, end in draw(spans_of(text)) if text[start:end].strip()]


@given(texts())
def test_any_spans_are_read_as_they_were_written(written: tuple[str, list[Span]]) -> None:
    text, spans = written
    line = json.dumps({"docid": "7", "P": {"Crowd": spans}, "I": {}})
    [document] = read_documents(reader, file(text, "docs/7.txt"), file(line, "spans.json"))
    assert document.text == text
    assert [mention.spans for mention in document.mentions] == [(span,) for span in spans]


@given(damaged(LINES, delimiter=",").map(lambda content: file(content, "spans.json")))
def test_a_damaged_file_is_read_or_refused(content: File) -> None:
    assert_reads_or_refuses(reader, *TEXTS, content)


def test_every_truncation_is_read_or_refused() -> None:
    content = LINES.encode()
    for length in range(len(content)):
        assert_reads_or_refuses(reader, *TEXTS, file(content[:length], "spans.json"))
