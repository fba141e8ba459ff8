"""Question answering: one option answers."""

from mnlu_instruct.tasks import qa
from mnlu_instruct.types import Choice, Instance, Label, Pair, Parsed, Question
from tests.tasks.helpers import ask, corpus

CORPUS = corpus(options={"yes": "yes", "maybe": "maybe", "no": "no"})


def test_a_record_is_a_question() -> None:
    asked, dropped = ask(qa, Question("c/test/9", "Does it help?", "It does.", "yes", "c/9", "f:1"), CORPUS)
    assert asked == [
        Instance(
            id="c/test/9#qa",
            task="qa",
            group="c/9",
            text="It does.",
            asked={"question": "Does it help?"},
            labels=(Label("yes", "yes"), Label("maybe", "maybe"), Label("no", "no")),
            gold=Choice("yes"),
        )
    ]
    assert not dropped
    assert qa.write("no", asked[0]) == "(C) no"
    assert [qa.read(text, asked[0]) for text in ("(C) no", "(C)", "no", "No")] == [Parsed("no")] * 3 + [Parsed(None)]


def test_a_record_that_is_no_question_is_not_asked_about() -> None:
    assert ask(qa, Pair("1", "a", "b", "g", "o"), CORPUS) == ([], {})
