"""BioASQ's JSON: the yes/no questions, those of a list, faults."""

import json
from typing import Any

import pytest
from hypothesis import given

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.readers.bioasq import bioasq
from mnlu_instruct.types import Question
from tests.readers.helpers import assert_reads_or_refuses, damaged, file, read


def question(**changes: Any) -> dict[str, Any]:
    row = {"id": "5a", "type": "yesno", "body": "Is it so?", "exact_answer": "Yes", "ideal_answer": ["It is."]}
    return {**row, "snippets": [{"text": "It is so.", "document": "x"}, {"text": "Quite."}], **changes}


def golden(*questions: dict[str, Any], name: str = "golden.json") -> File:
    return file(json.dumps({"questions": questions}, indent=1), name)


OTHER = question(id="5b", type="factoid", exact_answer=[["a drug"]])


def test_a_question_is_about_its_snippets_joined_and_never_their_conclusion() -> None:
    assert read(bioasq(), golden(question())) == [
        Question("5a", "Is it so?", "It is so. Quite.", "yes", "5a", "golden.json:1")
    ]


@pytest.mark.parametrize("answer", ["yes", "Yes\n", ["yes"]])
def test_an_answer_may_be_a_list_of_one_and_end_with_a_line_break(answer: Any) -> None:
    [asked] = read(bioasq(), golden(question(exact_answer=answer)))
    assert isinstance(asked, Question)
    assert asked.answer == "yes"


def test_questions_of_other_types_are_dropped_and_counted() -> None:
    ledger = Ledger()
    found = read(bioasq(), golden(OTHER, question()), rules=["other-question"], ledger=ledger)
    assert [record.origin for record in found] == ["golden.json:2"]
    assert ledger.examples == {Entry("read", "dropped", "other-question"): ["golden.json:1"]}
    with pytest.raises(UserError, match=r"^golden\.json, line 1: a row that gives no record"):
        read(bioasq(), golden(OTHER))


def test_a_list_chooses_questions_of_all_files() -> None:
    files = [golden(question(id="1"), OTHER, question(id="2"), name="a.json"), golden(question(id="3"), name="b.json")]
    assert [record.id for record in read(bioasq(), file("3,1", "train_id.tsv"), *files)] == ["1", "3"]
    with pytest.raises(UserError, match=r"^train_id\.tsv, line 1: question '4' is in none of the files"):
        read(bioasq(), file("3,4", "train_id.tsv"), *files)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (file("{", "golden.json"), "not a JSON object"),
        (file("[]", "golden.json"), "not a JSON object"),
        (file("{}", "golden.json"), "expected a list under the key 'questions'"),
        (file('{"questions": [1]}', "golden.json"), "expected a list under the key 'questions'"),
        (golden(question(), {"id": "5b"}), "line 2: 'type' is missing"),
        (golden(question(snippets=None)), "line 1: a value that doesn't fit"),
        (golden(question(snippets=[{}])), "line 1: 'text' is missing"),
        (golden(question(snippets=["x"])), "line 1: a value that doesn't fit"),
        (golden(question(snippets=[{"text": 1}])), "line 1: a value that doesn't fit"),
        (golden(question(exact_answer=["yes", "no"])), "the exact answer is ['yes', 'no'], expected one word"),
        (golden(question(exact_answer=None)), "the exact answer is None, expected one word"),
        (golden(question(body=None)), "line 1: a value that doesn't fit"),
    ],
)
def test_a_fault_is_named_with_file_and_question(content: File, message: str) -> None:
    with pytest.raises(UserError, match=r"^golden\.json") as error:
        read(bioasq(), content)
    assert message in error.value.message


@given(damaged(golden(question(), OTHER).text(), delimiter=","))
def test_a_damaged_file_is_read_or_refused(content: bytes) -> None:
    assert_reads_or_refuses(bioasq(), file(content))
