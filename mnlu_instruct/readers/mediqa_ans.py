"""MEDIQA-AnS: a JSON object of questions, each with its answers, and people's summaries of each answer and of all."""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Summary


class Answer(msgspec.Struct):
    """An answer: the web page, the passage of it that was found, and the abstractive summary."""

    answer_abs_summ: str
    section: str
    article: str


class Question(msgspec.Struct):
    """A question, and its answers by id."""

    question: str
    answers: dict[str, Answer]


def mediqa_ans(source: Literal["article", "section"]) -> Reader:
    """A reader of such files: a text is a question and one answer to it, of the whole page or of its passage."""

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Summary]:
        for file in files:
            try:
                found = msgspec.json.decode(file.read(), type=dict[str, Question])
            except msgspec.DecodeError as error:
                raise file.error(None, f"this isn't the JSON of MEDIQA-AnS ({error}).") from error
            for key, asked in found.items():
                for name, answer in asked.answers.items():
                    text = f"{asked.question.strip()}\n{getattr(answer, source).strip()}"
                    yield Summary(f"{key}_{name}", text, answer.answer_abs_summ, key, f"{file.name}:{key}/{name}")

    return read
