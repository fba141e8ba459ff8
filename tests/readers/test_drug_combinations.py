"""The JSON lines of the Drug Combination Extraction data set."""

from typing import Any

import pytest
from hypothesis import given
from msgspec import json

from mnlu_instruct.errors import UserError
from mnlu_instruct.readers.drug_combinations import drug_combinations
from mnlu_instruct.types import Document, Mention, Relation
from tests.readers.helpers import assert_reads_or_refuses, damaged, file, read

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
