"""The corpora of dialogues and summaries on their real files: the counts of BioBART's Table 1 and of the releases."""

import pytest

from mnlu_instruct import corpora
from mnlu_instruct.files import File
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.readers.workbook import rows
from tests.support import REAL, instances, needs_real_corpora

pytestmark = needs_real_corpora


@pytest.mark.parametrize(
    ("name", "split", "questions", "groups"),
    [
        ("covid-dialog", "train", 490, 482),
        ("covid-dialog", "dev", 63, 60),
        ("covid-dialog", "test", 61, 61),
        ("covid-dialog-released", "test", 61, 61),
        ("meqsum", "train", 500, 500),
        ("meqsum", "test", 500, 500),
        ("mediqa-qs", "dev", 50, 50),
        ("mediqa-qs", "test", 100, 100),
        ("mediqa-mas", "dev", 50, 50),
        ("mediqa-mas", "test", 80, 80),
    ],
)
def test_counts(name: str, split: str, questions: int, groups: int) -> None:
    found = list(instances(corpora.get(name), split, REAL, Ledger()))
    assert len(found) == questions
    assert len({one.group for one in found}) == groups
    assert all(one.text.strip() for one in found)


@pytest.mark.parametrize(("split", "answers"), [("Validation", 192), ("Test", 303)])
def test_answers_of_mediqa(split: str, answers: int) -> None:
    (path,) = (REAL / "mediqa2021" / "Task2" / split).glob("*.xlsx")
    assert len(list(rows(File(path.name, path)))) == answers


def test_texts_of_mediqa_hold_all_answers() -> None:
    found = [one.text.count("\n") for one in instances(corpora.get("mediqa-mas"), "test", REAL, Ledger())]
    assert sum(found) >= 303


def test_the_dialogue_with_an_address_that_released_code_takes_for_a_beginning_is_whole() -> None:
    corpus = corpora.get("covid-dialog")
    texts = [one for split in corpus.splits for one in instances(corpus, split, REAL, Ledger())]
    assert any("article?id=10.1371" in f"{one.text} {one.gold.answer}" for one in texts)


def test_no_question_of_mediqa_is_in_meqsum() -> None:
    known = {one.text for split in ("train", "test") for one in instances(corpora.get("meqsum"), split, REAL, Ledger())}
    asked = {
        one.text for split in ("dev", "test") for one in instances(corpora.get("mediqa-qs"), split, REAL, Ledger())
    }
    assert not known & asked
