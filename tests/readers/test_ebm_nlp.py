"""EBM-NLP's release: tokens, labels by kind, of several the last."""

import pytest
from hypothesis import given

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.readers.ebm_nlp import ebm_nlp
from mnlu_instruct.types import Document, Mention
from tests.readers.helpers import assert_reads_or_refuses, damaged, file, read

READER = ebm_nlp({"participants": "P", "interventions": "I"})
TEXT = "Tea for old men .\n"


def files(
    tokens: str | bytes = TEXT, people: str | bytes = "0 0 1 4 1", drinks: str = "1 0 0 0 2", name: str = "1"
) -> list[File]:
    return [
        file(tokens, f"e.tar.gz/documents/{name}.tokens"),
        file(people, f"e.tar.gz/starting_spans/participants/train/{name}.AGGREGATED.ann"),
        file(drinks, f"e.tar.gz/starting_spans/interventions/train/{name}_AGGREGATED.ann"),
    ]


def test_a_token_has_one_type_and_runs_of_one_are_mentions() -> None:
    assert read(READER, *files()) == [
        Document(
            id="1",
            text="Tea for old men .",
            group="1",
            origin="e.tar.gz/documents/1.tokens:1",
            mentions=(Mention("T1", "I", ((0, 3),)), Mention("T2", "P", ((8, 15),)), Mention("T3", "I", ((16, 17),))),
        )
    ]


def test_documents_are_those_of_the_list_or_those_with_labels() -> None:
    both = [*files(name="1"), *files(name="2"), files(name="3")[0]]
    assert [record.id for record in read(READER, *both)] == ["1", "2"]
    assert [record.id for record in read(READER, file("2", "dev_pmid.tsv"), *both)] == ["2"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (files(people="0 0"), "participants/train/1.AGGREGATED.ann: 2 labels, expected 5"),
        (files(tokens=" \n", people="", drinks=""), "1.tokens: a document without tokens"),
        (files()[:2], "1.tokens: there is no label file for I of this document"),
        (files()[1:], "document '1' has no .tokens file"),
        ([file("7", "l.tsv"), *files()], "l.tsv, line 1: document '7' has no .tokens file"),
        (
            [*files(), file("0", "e.tar.gz/starting_spans/other/1.ann")],
            "other/1.ann: expected labels in one of",
        ),
        (files(tokens=b"caf\xe9"), "not UTF-8"),
    ],
)
def test_a_fault_is_named_with_its_file(content: list[File], message: str) -> None:
    with pytest.raises(UserError) as error:
        read(READER, *content)
    assert message in error.value.message


@given(damaged(TEXT, delimiter=" "), damaged("0 0 1 4 1", delimiter=" "))
def test_damaged_files_are_read_or_refused(tokens: bytes, labels: bytes) -> None:
    assert_reads_or_refuses(READER, *files(tokens=tokens))
    assert_reads_or_refuses(READER, *files(people=labels))
