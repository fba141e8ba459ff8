"""The JSON lines of the Drug Combination Extraction data set."""

from typing import Any

import pytest
from hypothesis import given
from msgspec import json

from mnlu_instruct.errors import UserError
from mnlu_instruct.readers.drug_combinations import drug_combinations
from mnlu_instruct.types import Document, Mention, Relation, surface
from tests.readers.helpers import assert_reads_or_refuses, damaged, file, read, read_documents

READER = drug_combinations()
SENTENCE = "Tolenol , benzaral and calorin ."


def span(number: int, words: str) -> dict[str, Any]:
    start = SENTENCE.index(words)
    return {"span_id": number, "text": words, "start": start, "end": start + len(words)}


LINE = {
    "doc_id": "a1",
    "sentence": SENTENCE,
    "spans": [span(0, "Tolenol"), span(1, "benzaral"), span(2, "calorin")],
    "rels": [{"class": "POS", "spans": [2, 0, 1], "is_context_needed": True}],
    "paragraph": "",
    "source": "https://pubmed.ncbi.nlm.nih.gov/30000001/",
}


def text(**changed: Any) -> str:
    return json.encode({**LINE, **changed}).decode() + "\n"


def test_a_line_is_a_sentence_with_drugs_and_relations_of_two_or_more() -> None:
    mentions = (
        Mention("T0", "drug", ((0, 7),)),
        Mention("T1", "drug", ((10, 18),)),
        Mention("T2", "drug", ((23, 30),)),
    )
    relation = Relation("POS", "T2", "T0", ("T1",))
    assert read(READER, file(text())) == [
        Document("a1", SENTENCE, "30000001", "corpus.txt:1", (), mentions, (relation,))
    ]
    assert relation.ends == ("T2", "T0", "T1")


def test_a_sentence_without_source_is_its_own_group() -> None:
    (one,) = read(READER, file(text(source=None)))
    assert isinstance(one, Document)
    assert one.group == "a1"


def test_classes_can_count_as_others_or_be_left_out() -> None:
    stated = [{"class": kind, "spans": [0, 1]} for kind in ("POS", "NEG", "COMB")]
    (one,) = read_documents(drug_combinations({"NEG": "COMB", "POS": None}), file(text(rels=stated)))
    assert [relation.type for relation in one.relations] == ["COMB", "COMB"]


def test_the_paragraph_can_be_the_text_and_drugs_are_those_of_the_sentence() -> None:
    before = "Tolenol was old. "
    (one,) = read_documents(
        drug_combinations(text="paragraph"), file(text(paragraph=f"{before}{SENTENCE} It was benzaral."))
    )
    assert one.text == f"{before}{SENTENCE} It was benzaral."
    places = [mention.spans for mention in one.mentions]
    assert places == [((start + len(before), end + len(before)),) for start, end in ((0, 7), (10, 18), (23, 30))]
    assert [surface(one.text, spans) for spans in places] == ["Tolenol", "benzaral", "calorin"]


def test_a_paragraph_without_its_sentence_is_named() -> None:
    with pytest.raises(UserError, match="the paragraph lacks the sentence"):
        read(drug_combinations(text="paragraph"), file(text()))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"rels": [{"class": "POS", "spans": [0, 7]}]}, "span 7 of a relation is none of this sentence"),
        ({"rels": [{"class": "POS", "spans": [0]}]}, "a relation of 1 spans, expected two or more"),
        ({"spans": [{"span_id": 0, "text": "odd", "start": 0, "end": 3}], "rels": []}, "slice to 'Tol'"),
        ({"doc_id": 3}, "doesn't fit the format"),
    ],
)
def test_a_fault_is_named_with_file_and_line(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=r"^corpus\.txt, line 2: ") as error:
        read(READER, file(text() + text(**{"doc_id": "a2", **changed})))
    assert message in error.value.message


@given(damaged(text()))
def test_a_damaged_file_is_read_or_refused(content: bytes) -> None:
    assert_reads_or_refuses(READER, file(content))
