"""Natural language inference: premise, hypothesis, one option."""

from mnlu_instruct.tasks import nli
from mnlu_instruct.types import Choice, Instance, Label, Pair, Parsed
from tests.tasks.helpers import ask, corpus, document

CORPUS = corpus(options={"entailment": "entails", "neutral": "neutral"})


def test_a_labelled_pair_is_a_question() -> None:
    asked, dropped = ask(nli, Pair("c/test/9", 'She "ran".', "Läuft", "c/9", "f:1", label="neutral"), CORPUS)
    assert asked == [
        Instance(
            id="c/test/9#nli",
            task="nli",
            group="c/9",
            text='["She \\"ran\\".","Läuft"]',
            asked={"premise": 'She "ran".', "hypothesis": "Läuft"},
            labels=(Label("entailment", "entails"), Label("neutral", "neutral")),
            gold=Choice("neutral"),
        )
    ]
    assert not dropped
    assert nli.write("entailment", asked[0]) == "(A) entails"
    assert [nli.read(text, asked[0]) for text in ("(A) entails", "entails", "entailment")] == [
        Parsed("entailment"),
        Parsed("entailment"),
        Parsed(None),
    ]


def test_a_pair_without_label_is_not_asked_about() -> None:
    assert ask(nli, Pair("1", "a", "b", "g", "o", score=1.0), CORPUS) == ([], {})
    assert ask(nli, document("a"), CORPUS) == ([], {})
