"""Summarization: any text but white space is a summary."""

import pytest

from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.tasks import TASKS, instances, summ
from mnlu_instruct.types import Instance, Parsed, Summary, Text
from tests.tasks.helpers import ask, corpus, document

CORPUS = corpus(tasks=("summ",), summary="the visit note")


def test_a_record_is_a_question() -> None:
    asked, dropped = ask(summ, Summary("c/test/9", " long\n", "\nshort\n\nnote ", "c/9", "f:1"), CORPUS)
    assert asked == [
        Instance(
            id="c/test/9#summ",
            task="summ",
            group="c/9",
            text=" long\n",
            asked={"summary": "the visit note"},
            labels=(),
            gold=Text("short\n\nnote"),
        )
    ]
    assert not dropped
    assert summ.write("short\n\nnote", asked[0]) == "short\n\nnote"


@pytest.mark.parametrize(("text", "answer"), [(" None ", "None"), ("a\n b\n", "a\n b"), ("", None), (" \n", None)])
def test_any_text_is_a_summary_and_white_space_is_none(text: str, answer: str | None) -> None:
    [asked], _ = ask(summ, Summary("c/test/9", "long", "short", "c/9", "f:1"), CORPUS)
    assert summ.read(text, asked) == Parsed(answer)


def test_an_empty_summary_is_dropped_and_counted() -> None:
    ledger = Ledger()
    assert list(instances(Summary("c/test/9", "long", " \n", "c/9", "f:1"), CORPUS, TASKS, ledger)) == []
    assert ledger.examples == {Entry("write", "dropped", "answer can't be read back"): ["c/test/9#summ"]}


def test_a_record_that_is_no_summary_is_not_asked_about() -> None:
    assert ask(summ, document("a"), CORPUS) == ([], {})
