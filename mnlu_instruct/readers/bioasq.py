"""BioASQ's task B (Tsatsaronis et al., 2015): a JSON object of questions with answers and snippets of abstracts."""

from collections.abc import Iterator, Sequence
from typing import Any

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.jsonl import decode
from mnlu_instruct.readers.lists import listed
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.readers.rows import Row, records
from mnlu_instruct.types import Question, Record


def bioasq() -> Reader:
    """A reader of the yes/no questions; a question's text is its snippets, joined by a space.

    If there is a list (`.tsv`) of question ids among the files, only these belong to the split. Questions of other
    types are dropped as `other-question`. Messages give a question's number in the file as its line.
    """

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Record]:
        lists = [file for file in files if file.name.endswith(".tsv")]
        wanted = listed(lists)
        found: set[str] = set()
        for file in files:
            if file in lists:
                continue
            rows = list(_rows(file))
            found.update(str(row.get("id")) for _, row in rows)
            chosen = [(number, row) for number, row in rows if not lists or row.get("id") in wanted]
            yield from records(chosen, _question, "other-question", file, repairs)
        for name, (file, number) in wanted.items():
            if name not in found:
                raise file.error(number, f"question '{name}' is in none of the files.")

    return read


def _rows(file: File) -> Iterator[tuple[int, Row]]:
    questions = decode(file).get("questions")
    if not isinstance(questions, list) or not all(isinstance(question, dict) for question in questions):
        raise file.error(None, "expected a list under the key 'questions'.")
    return enumerate(questions, 1)


def _question(row: Row, origin: str) -> Question | None:
    if row["type"] != "yesno":
        return None
    text = " ".join(_snippet(snippet) for snippet in row["snippets"])
    return Question(row["id"], row["body"], text, _answer(row["exact_answer"]), row["id"], origin)


def _answer(stated: Any) -> str:
    """Yes or no; some years' files have it as a list of one."""
    found = stated[0] if isinstance(stated, list) and len(stated) == 1 else stated
    if not isinstance(found, str):
        raise ValueError(f"the exact answer is {stated!r}, expected one word")
    return found.strip().lower()


def _snippet(snippet: Any) -> str:
    text: str = snippet["text"]
    return text
