"""The grammars of answers: every gold answer is in them, and nothing that the strict reader can't read."""

import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
import xgrammar
from numpy.typing import NDArray

from mnlu_instruct import corpora, tasks
from mnlu_instruct.evaluation.engines import constraints
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.tasks import label_shuffle
from mnlu_instruct.types import Choice, Choices, Instance, Label, Spans
from tests.support import FIXTURES, instances, some, splits

END = "<end>"
WORDS = [
    *(chr(code) for code in range(32, 127)), *"\n\r\t\v\f\x1c\x1d\x1e\x85\u2028\u2029\xa0é\u3000𝛼",
    " ... ", "...", "None", "\n\n", "\r\n", ": ", "(A)", "(B)", ") ", " None\n", END,
]  # fmt: skip
"""A vocabulary with all that could lead a reader astray."""
TOKENS = xgrammar.TokenizerInfo(WORDS, vocab_type=xgrammar.VocabType.RAW, stop_token_ids=[WORDS.index(END)])
COMPILER = xgrammar.GrammarCompiler(TOKENS)


def matcher(grammar: str) -> xgrammar.GrammarMatcher:
    return xgrammar.GrammarMatcher(COMPILER.compile_grammar(grammar))


def allowed(grammar: str, text: str) -> bool:
    one = matcher(grammar)
    return bool(one.accept_string(text)) and bool(one.accept_token(WORDS.index(END)))


def demo() -> Iterator[Instance]:
    for corpus in corpora.bundled().values():
        for instance in list(instances(corpus, "test", Path(), Ledger()))[:6]:
            yield label_shuffle.shuffled(instance, 1)


def said(grammar: str, dice: random.Random, longest: int = 400) -> str | None:
    """What a model says that has learned nothing; None if it doesn't come to an end."""
    one, text = matcher(grammar), ""
    mask = xgrammar.allocate_token_bitmask(1, len(WORDS))
    for _ in range(longest):
        one.fill_next_token_bitmask(mask)
        bits: NDArray[np.uint8] = np.unpackbits(mask.numpy().view(np.uint8), bitorder="little")
        choices = [word for word, bit in zip(WORDS, bits, strict=False) if bit]
        word = END if END in choices and dice.random() < 0.2 else dice.choice(choices)
        assert one.accept_token(WORDS.index(word))
        if word == END:
            return text
        text += word
    return None


@pytest.mark.parametrize("lead", [" ", "\n", "\n\n"])
def test_a_lead_may_come_first_once(lead: str) -> None:
    for instance in demo():
        target = tasks.TASKS[instance.task].write(instance.gold.answer, instance)
        if grammar := constraints.grammar(instance, lead):
            assert allowed(grammar, target)
            assert allowed(grammar, lead + target)
            assert not allowed(grammar, lead + lead + target)


@pytest.mark.parametrize(("corpus", "split"), splits(FIXTURES))
def test_every_gold_answer_is_inside(corpus: str, split: str) -> None:
    """But relations, whose names may not be parts of the text: `test_clause_grammar.py`."""
    for instance in some(one for one in instances(corpora.get(corpus), split, FIXTURES, Ledger()) if one.task != "ere"):
        for seed in range(2):
            shuffled = label_shuffle.shuffled(instance, seed)
            grammar = constraints.grammar(shuffled)
            target = tasks.TASKS[instance.task].write(instance.gold.answer, shuffled)
            assert grammar is None or allowed(grammar, target), (instance.id, target)


def test_whatever_is_said_inside_can_be_read() -> None:
    dice = random.Random(7)
    readable = 0
    for instance in demo():
        grammar = constraints.grammar(instance)
        for _ in range(12 if grammar else 0):
            assert grammar
            text = said(grammar, dice)
            if text is not None:
                readable += 1
                parsed = tasks.TASKS[instance.task].read(text, instance)
                assert parsed.answer is not None, (instance.id, text)
                assert not parsed.missing and not parsed.unasked, (instance.id, text)
    assert readable > 400


OPTIONS = tuple(
    Label(key, name) for key, name in [("a", 'says "yes"'), ("b", "a\\b: [x]"), ("c", "β-blocker (score 3).")]
)


def question(task: str, several: bool) -> Instance:
    gold = Choices(("a",)) if several else Choice("a")
    asked = {"trigger": "Drug use", "attribute": "Status"}
    return msgspec.convert(
        {"id": "x", "task": task, "group": "g", "text": "t", "asked": asked, "labels": OPTIONS, "gold": gold},
        Instance,
        from_attributes=True,
    )


ONE, TWO, THREE = '(A) says "yes"', "(B) a\\b: [x]", "(C) β-blocker (score 3)."


@pytest.mark.parametrize(
    ("task", "text", "inside"),
    [
        ("qa", ONE, True),
        ("qa", TWO, True),
        ("nli", THREE, True),
        ("qa", f"{ONE}\n{TWO}", False),
        ("qa", "(A)", False),
        ("qa", f"{ONE} ", False),
        ("eac", f"Drug use - Status: {TWO}", True),
        ("eac", TWO, False),
        ("re", ONE, True),
        ("re", f"{ONE}\n{THREE}", True),
        ("re", f"{ONE}\n{TWO}\n{THREE}", True),
        ("re", f"{THREE}\n{ONE}", False),
        ("re", f"{ONE}\n{ONE}", False),
        ("re", f"{ONE}\n", False),
        ("re", "None", False),
        ("dc", "None", True),
        ("dc", f"{TWO}\n{THREE}", True),
        ("dc", f"{TWO}\nNone", False),
    ],
)
def test_options(task: str, text: str, inside: bool) -> None:
    grammar = constraints.grammar(question(task, task in constraints.SEVERAL))
    assert grammar
    assert allowed(grammar, text) == inside


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("Gene: a ... b\nDrug: None", True),
        ("Gene: None\nDrug: β: (x) ... y", True),
        ("Drug: None\nGene: None", False),
        ("Gene: None", False),
        ("Gene: \nDrug: None", False),
        ("Gene:  a\nDrug: None", False),
        ("Gene: a\u2028b\nDrug: None", False),
        ("Gene: a\nGene: b\nDrug: None", False),
        ("None", False),
    ],
)
def test_spans(text: str, inside: bool) -> None:
    labels = (Label("g", "Gene"), Label("d", "Drug"))
    grammar = constraints.grammar(Instance("x", "ner", "g", "t", {}, labels, Spans({"g": (), "d": ()})))
    assert grammar
    assert allowed(grammar, text) == inside


def test_a_grammar_grows_no_faster_than_its_options() -> None:
    labels = tuple(Label(f"k{number}", f"option {number}") for number in range(60))
    instance = Instance("x", "dc", "g", "t", {"what": "x"}, labels, Choices(()))
    grammar = constraints.grammar(instance)
    assert grammar
    assert len(grammar) < 60 * 80
    assert allowed(grammar, "\n".join(constraints.statements(instance)))
