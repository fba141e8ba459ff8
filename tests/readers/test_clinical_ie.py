"""ClinicalIE's snippets: attributes at offsets, names without offsets, what is refused, damage."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.readers.clinical_ie import attribute_spans, named_spans
from mnlu_instruct.types import Document, Mention, Span
from tests.readers.helpers import PRINTABLE, assert_reads_or_refuses, damaged, file, read, read_documents, spans_of

names = named_spans(("active", "stopped"))
ATTRIBUTES = (
    "snippet,annotations\n"
    "\"Aspirin\n81 mg\",\"[[0, 7, 'Medication1', 'Aspirin'], [8, 13, 'Dosage12', '81 mg']]\"\n"
    "None.,[]\n"
)
NAMES = 'snippet,active,stopped\n"aspirin, no aspirins, aspirin",[aspirin],"[aspirin, , no]"\n'


def test_attributes_lose_the_number_of_their_group() -> None:
    assert read(attribute_spans(), file(ATTRIBUTES)) == [
        Document(
            id="2",
            text="Aspirin\n81 mg",
            group="2",
            origin="corpus.txt:2",
            mentions=(Mention("T1", "Medication", ((0, 7),)), Mention("T2", "Dosage", ((8, 13),))),
        ),
        Document("4", "None.", "4", "corpus.txt:4"),
    ]


def test_a_name_takes_the_first_free_place_where_it_is_a_word() -> None:
    [document] = read_documents(names, file(NAMES))
    assert [(mention.type, mention.spans) for mention in document.mentions] == [
        ("active", ((0, 7),)),
        ("stopped", ((22, 29),)),
        ("stopped", ((9, 11),)),
    ]


def test_names_in_other_case_are_mended_and_those_that_stand_nowhere_dropped_by_declared_rules() -> None:
    ledger = Ledger()
    content = file("snippet,active,stopped\nAspirin.,[aspirin],[heparin]\n")
    [document] = read(names, content, rules=["case-fold", "unlocated"], ledger=ledger)
    assert isinstance(document, Document)
    assert document.mentions == (Mention("T1", "active", ((0, 7),)),)
    assert ledger.examples == {
        Entry("read", "mended", "case-fold"): ["corpus.txt:2"],
        Entry("read", "dropped", "unlocated"): ["corpus.txt:2"],
    }


@pytest.mark.parametrize("content", [ATTRIBUTES, NAMES])
def test_windows_line_ends_between_rows_and_a_byte_order_mark_change_nothing(content: str) -> None:
    reader = attribute_spans() if content == ATTRIBUTES else names
    assert read(reader, file("\ufeff" + content.replace("\n", "\r\n"))) == read(reader, file(content))


@pytest.mark.parametrize(
    ("annotations", "message"),
    [
        ("[[0, 7, 'Medication1', 'Asparin']]", "slice to 'Aspirin', expected 'Asparin'"),
        ("[[0, 99, 'Medication1', 'Aspirin']]", "offsets 0–99"),
        ("[[0, 'x', 'Medication1', 'Aspirin']]", "offsets are not integers"),
        ("[[0, 7, 'Medication1']]", "doesn't fit the format"),
        ("[[0, 7, 1, 'Aspirin']]", "doesn't fit the format"),
        ("[[0, 7, 'Medication1', 7]]", "doesn't fit the format"),
        ("[0]", "doesn't fit the format"),
        ("5", "doesn't fit the format"),
        ("[", "'annotations' is not a Python list"),
        ("", "'annotations' is not a Python list"),
        ("print('no')", "doesn't fit the format"),
        ("[" * 500, "'annotations' is not a Python list"),
    ],
)
def test_faulty_annotations_are_named_with_file_and_line(annotations: str, message: str) -> None:
    with pytest.raises(UserError, match=r"^corpus\.txt, line 2: ") as error:
        read(attribute_spans(), file(f'snippet,annotations\nAspirin,"{annotations}"\n'))
    assert message in error.value.message


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("Aspirin,[heparin],[]", "'heparin' of active is not in the snippet"),
        ("Aspirin,[aspirin],[]", "'aspirin' of active is not in the snippet"),
        ("Aspirins,[Aspirin],[]", "'Aspirin' of active is not in the snippet"),
        ("Aspirin,Aspirin,[]", "'Aspirin', expected '[name, name]'"),
        ("Aspirin,[],", "'', expected '[name, name]'"),
    ],
)
def test_faulty_names_are_named_with_file_and_line(row: str, message: str) -> None:
    with pytest.raises(UserError, match=r"^corpus\.txt, line 2: ") as error:
        read(names, file(f"snippet,active,stopped\n{row}\n"))
    assert message in error.value.message


@st.composite
def snippets(draw: st.DrawFn) -> tuple[str, list[Span]]:
    text = draw(st.text(PRINTABLE | st.sampled_from("\n\t,'\""), min_size=1))
    return text, draw(spans_of(text))


@given(st.lists(snippets(), max_size=3))
def test_any_snippets_are_read_as_they_were_written(written: list[tuple[str, list[Span]]]) -> None:
    content = io.StringIO(newline="")
    rows = [
        (text, repr([[start, end, f"Route{start}", text[start:end]] for start, end in spans]))
        for text, spans in written
    ]
    csv.writer(content, lineterminator="\n").writerows([("snippet", "annotations"), *rows])
    found = read_documents(attribute_spans(), file(content.getvalue()))
    assert [(document.text, [mention.spans[0] for mention in document.mentions]) for document in found] == written


@given(damaged(ATTRIBUTES, delimiter=",").map(file), damaged(NAMES, delimiter=",").map(file))
def test_damaged_tables_are_read_or_refused(attributes: File, named: File) -> None:
    assert_reads_or_refuses(attribute_spans(), attributes)
    assert_reads_or_refuses(names, named)
