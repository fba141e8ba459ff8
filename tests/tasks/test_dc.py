"""Document classification: none, one or several options of one question or more."""

import pytest

from mnlu_instruct.sources.declaration import Classes
from mnlu_instruct.tasks import dc
from mnlu_instruct.types import Choices, Instance, Judgement, Label, Pair, Parsed
from tests.tasks.helpers import ask, corpus, document

TOPIC = Classes("the topic of the note", {"h": "heart", "l": "lung", "s": "skin"})
ONE = corpus(questions={"topic": TOPIC})


def test_a_judgement_is_a_question() -> None:
    asked, dropped = ask(dc, document("note", judgements=(Judgement("topic", ("l",)),)), ONE)
    assert asked == [
        Instance(
            id="c/train/1#dc",
            task="dc",
            group="c/1",
            text="note",
            asked={"what": "the topic of the note"},
            labels=(Label("h", "heart"), Label("l", "lung"), Label("s", "skin")),
            gold=Choices(("l",)),
        )
    ]
    assert not dropped


@pytest.mark.parametrize(
    ("keys", "gold", "completion"),
    [
        ((), (), "None"),
        (("s",), ("s",), "(C) skin"),
        (("s", "h"), ("h", "s"), "(A) heart\n(C) skin"),
        (("s", "s"), ("s",), "(C) skin"),
    ],
)
def test_none_one_or_several_options_hold(keys: tuple[str, ...], gold: tuple[str, ...], completion: str) -> None:
    [asked], _ = ask(dc, document("note", judgements=(Judgement("topic", keys),)), ONE)
    assert asked.gold == Choices(gold)
    assert dc.write(asked.gold.answer, asked) == completion
    assert dc.read(completion, asked) == Parsed(frozenset(gold))


def test_ids_name_the_question_where_the_corpus_has_several() -> None:
    two = corpus(questions={"topic": TOPIC, "age": Classes("the age group", {"c": "child", "a": "adult"})})
    judgements = (Judgement("age", ("a",)), Judgement("topic", ()))
    asked, _ = ask(dc, document("note", judgements=judgements), two)
    assert [(one.id, one.asked["what"]) for one in asked] == [
        ("c/train/1#dc/age", "the age group"),
        ("c/train/1#dc/topic", "the topic of the note"),
    ]


def test_a_record_without_judgement_is_not_asked_about() -> None:
    assert ask(dc, document("note"), ONE) == ask(dc, Pair("1", "a", "b", "g", "o"), ONE) == ([], {})


def test_white_space_around_none_does_not_count() -> None:
    [asked], _ = ask(dc, document("note", judgements=(Judgement("topic", ()),)), ONE)
    assert dc.read(" None\n", asked) == Parsed(frozenset())


@pytest.mark.parametrize("text", ["", "none", "None\n(A) heart", "(A) lung", "(A) heart, (B) lung", "kidney"])
def test_what_states_no_options_is_unreadable(text: str) -> None:
    [asked], _ = ask(dc, document("note", judgements=(Judgement("topic", ()),)), ONE)
    assert dc.read(text, asked) == Parsed(None)
