"""MEDIQA 2021, task 2: questions, the answers to each in a workbook, and summaries of all answers to a question.

Questions and summaries are text files, `id||text` a line. The columns of the workbooks have other names in each split.
"""

from collections.abc import Collection, Iterator, Sequence

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.readers.tsv import ending
from mnlu_instruct.readers.workbook import rows
from mnlu_instruct.types import Summary

BETWEEN = "||"
QUESTION, ANSWER = ("question_id", "QuestionID"), "Answer"


def mediqa_answers(questions: str, summaries: str, answers: str = ".xlsx") -> Reader:
    """A reader of three files whose names end so: a text is a question and its answers, each on a line of its own."""

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Summary]:
        asked, written = (_texts(ending(files, end)) for end in (questions, summaries))
        given = _answers(ending(files, answers), asked.keys())
        file = ending(files, summaries)
        for key, (number, summary) in written.items():
            if key not in asked:
                raise file.error(number, f"question {key} is not in {ending(files, questions).name}.")
            text = "\n".join([asked[key][1], *given.get(key, ())])
            yield Summary(key, text, summary, key, f"{file.name}:{number}")

    return read


def _texts(file: File) -> dict[str, tuple[int, str]]:
    """The text of each id, and the number of its line."""
    found: dict[str, tuple[int, str]] = {}
    for number, line in file.lines():
        if not line.strip():
            continue
        key, between, text = line.partition(BETWEEN)
        if not between or not key.strip():
            raise file.error(number, f"expected 'id{BETWEEN}text'.")
        if key.strip() in found:
            raise file.error(number, f"id {key.strip()} was already on line {found[key.strip()][0]}.")
        found[key.strip()] = number, text.strip()
    return found


def _answers(file: File, known: Collection[str]) -> dict[str, list[str]]:
    """The answers to each question, in the order of the workbook."""
    found: dict[str, list[str]] = {}
    for number, row in rows(file):
        key = next((row[name] for name in QUESTION if name in row), None)
        if key is None or ANSWER not in row:
            raise file.error(number, f"no column '{QUESTION[0]}' or '{ANSWER}'.", f"columns: {', '.join(row)}.")
        if key not in known:
            raise file.error(number, f"question {key} is not among the questions.")
        found.setdefault(key, []).append(row[ANSWER].strip())
    return found
