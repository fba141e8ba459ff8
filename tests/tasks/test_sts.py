"""Semantic text similarity: the option of a score rounded half up, the score kept."""

import pytest

from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.tasks import TASKS, instances, sts
from mnlu_instruct.types import Grade, Instance, Label, Pair, Parsed
from tests.tasks.helpers import ask, corpus, document

CORPUS = corpus(tasks=("sts",), scale={score: f"similarity {score}" for score in range(6)})


def scored(score: float | None) -> Pair:
    return Pair("c/test/9", "a", "b", "c/9", "f:1", score=score)


def test_a_scored_pair_is_a_question() -> None:
    asked, dropped = ask(sts, scored(4.2), corpus(scale={0: "Different", 4: "Alike"}))
    assert asked == [
        Instance(
            id="c/test/9#sts",
            task="sts",
            group="c/9",
            text='["a","b"]',
            asked={"sentence_1": "a", "sentence_2": "b"},
            labels=(Label("0", "Different (score 0)."), Label("4", "Alike (score 4).")),
            gold=Grade(4, 4.2),
        )
    ]
    assert not dropped


@pytest.mark.parametrize(
    ("score", "option"),
    [(0, 0), (0.49, 0), (0.5, 1), (1.5, 2), (2.4999, 2), (2.5, 3), (3.5, 4), (4.5, 5), (4.75, 5), (5.0, 5)],
)
def test_a_half_is_rounded_up_and_the_score_is_kept(score: float, option: int) -> None:
    [asked], _ = ask(sts, scored(score), CORPUS)
    assert asked.gold == Grade(option, score)


def test_the_option_names_its_score() -> None:
    [asked], _ = ask(sts, scored(2.5), CORPUS)
    assert sts.write(3, asked) == "(D) similarity 3 (score 3)."
    assert sts.read("(D) similarity 3 (score 3).", asked) == sts.read("(D)", asked) == Parsed(3)


@pytest.mark.parametrize("text", ["", "3", "None", "(C) similarity 3 (score 3).", "similarity 3"])
def test_anything_else_is_unreadable(text: str) -> None:
    [asked], _ = ask(sts, scored(2.5), CORPUS)
    assert sts.read(text, asked) == Parsed(None)


def test_a_score_off_the_scale_is_dropped_and_counted() -> None:
    ledger = Ledger()
    assert list(instances(scored(5.5), CORPUS, TASKS, ledger)) == []
    assert ledger.examples == {Entry("write", "dropped", "answer can't be read back"): ["c/test/9#sts"]}


def test_a_pair_without_score_is_not_asked_about() -> None:
    assert ask(sts, scored(None), CORPUS) == ask(sts, document("a"), CORPUS) == ([], {})
