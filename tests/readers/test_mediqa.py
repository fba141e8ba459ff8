"""MEDIQA's answers and their summaries."""

import json
from pathlib import Path

import pytest

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.readers.mediqa_ans import mediqa_ans
from mnlu_instruct.readers.mediqa_answers import mediqa_answers
from mnlu_instruct.types import Summary
from tests.readers import workbooks
from tests.readers.helpers import file, read

QUESTIONS = "3||How is a cough || treated?\n4||What is hay fever?\n\n"
SUMMARIES = "3||Honey helps. \n4||An allergy."
ANSWERS = [
    ["QuestionID", "AnswerID", "Answer"],
    [4.0, "4_1", "Pollen."],
    [3.0, "3_1", "Honey."],
    [3.0, "3_2", "Rest. "],
]
READER = mediqa_answers("Questions.txt", "Summaries.txt")


def files(folder: Path, questions: str = QUESTIONS, summaries: str = SUMMARIES, answers: list = ANSWERS) -> list[File]:  # type: ignore[type-arg]
    workbooks.write(folder / "a.xlsx", answers)
    return [
        file(questions, "aQuestions.txt"),
        File("a.xlsx", folder / "a.xlsx"),
        file(summaries, "aSummaries.txt"),
    ]


def test_a_text_is_a_question_and_its_answers(tmp_path: Path) -> None:
    assert read(READER, *files(tmp_path)) == [
        Summary("3", "How is a cough || treated?\nHoney.\nRest.", "Honey helps.", "3", "aSummaries.txt:1"),
        Summary("4", "What is hay fever?\nPollen.", "An allergy.", "4", "aSummaries.txt:2"),
    ]
    other = [["question_id", "answer_id", "Answer"], *ANSWERS[1:]]
    assert read(READER, *files(tmp_path, answers=other)) == read(READER, *files(tmp_path))


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"questions": "3|How?\n"}, r"aQuestions\.txt, line 1: expected 'id\|\|text'\."),
        ({"questions": QUESTIONS + "3||Again?\n"}, r"aQuestions\.txt, line 4: id 3 was already on line 1\."),
        ({"summaries": SUMMARIES + "\n5||What?\n"}, r"aSummaries\.txt, line 3: question 5 is not in aQuestions\.txt\."),
        ({"answers": [*ANSWERS, [9.0, "9_1", "What?"]]}, r"a\.xlsx, line 5: question 9 is not among the questions\."),
        ({"answers": [["Q", "A"], ["3", "Honey."]]}, r"a\.xlsx, line 2: no column 'question_id' or 'Answer'\."),
    ],
)
def test_what_does_not_fit(tmp_path: Path, broken: dict[str, str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        read(READER, *files(tmp_path, **broken))  # type: ignore[arg-type]


def test_answers_of_whole_pages_or_passages() -> None:
    answer = {"answer_abs_summ": "Honey helps.", "section": "Honey.", "article": " Cough. Honey. ", "rating": "2"}
    content = json.dumps({"1": {"question": "What helps? ", "multi_abs_summ": "", "answers": {"1_1": answer}}})
    (page,), (passage,) = (read(mediqa_ans(kind), file(content, "a.json")) for kind in ("article", "section"))
    assert page == Summary("1_1_1", "What helps?\nCough. Honey.", "Honey helps.", "1", "a.json:1/1_1")
    assert passage.text == "What helps?\nHoney."  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "content", ["[]", "{", '{"1": {"question": "a"}}', '{"1": {"question": "a", "answers": {"b": {}}}}']
)
def test_json_that_is_something_else(content: str) -> None:
    with pytest.raises(UserError, match=r"a\.json: this isn't the JSON of MEDIQA-AnS"):
        read(mediqa_ans("article"), file(content, "a.json"))
