"""Kinds of errors: by hand, and that they add up to what strict scoring counts."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.scoring import spans as strict
from mnlu_instruct.scoring.error_kinds import KINDS, errors
from mnlu_instruct.scoring.scores import score
from mnlu_instruct.scoring.statistics import Answered
from mnlu_instruct.types import Instance, Label, MarkedSpan, Parsed, Spans
from tests.scoring.helpers import DEMO, grade, key, keys, negative, questions, read, summary, write

TEXT = "old men with severe gout drank tea"
GOLD = {"D": ("severe gout",), "P": ("old men",), "C": ("tea",)}
TYPES = ("D", "P", "C")


def question(gold: dict[str, tuple[str, ...]], text: str = TEXT) -> Instance:
    marked = {
        kind: tuple(MarkedSpan(one, ((text.index(one), text.index(one) + len(one)),)) for one in gold.get(kind, ()))
        for kind in TYPES
    }
    return Instance("1", "ner", "1", text, {}, tuple(Label(kind, kind) for kind in TYPES), Spans(marked))


def kinds(said: dict[str, tuple[str, ...]] | None, **parsed: object) -> dict[str, int]:
    answer = None if said is None else {kind: said.get(kind, ()) for kind in TYPES}
    return dict(errors(Answered(question(GOLD), Parsed(answer, **parsed))))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (GOLD, {}),
        ({**GOLD, "D": ("gout",)}, {"boundary": 1}),
        ({**GOLD, "D": (), "C": ("tea", "severe gout")}, {"type": 1}),
        ({**GOLD, "D": (), "C": ("tea", "gout")}, {"boundary and type": 1}),
        ({**GOLD, "D": ()}, {"missed": 1}),
        ({**GOLD, "D": ("severe gout", "fever")}, {"invented": 1}),
        ({**GOLD, "D": ("severe gout", "severe gout")}, {"invented": 1}),
        ({**GOLD, "D": ("severe gout", "gout")}, {"invented": 1}),  # its gold span is found already
        ({"P": ("severe gout",), "D": ("old men",), "C": ("tea",)}, {"type": 2}),
        ({"D": ("old men with", "gout drank"), "C": ("tea",)}, {"boundary": 1, "boundary and type": 1}),
        (None, {"missed": 3}),
    ],
)
def test_kinds_of_errors_in_spans(said: dict[str, tuple[str, ...]] | None, found: dict[str, int]) -> None:
    assert kinds(said) == found


def test_spans_of_types_that_were_not_asked() -> None:
    assert kinds({**GOLD, "C": ()}, unasked=(("X", "tea"),)) == {"type": 1}
    assert kinds(GOLD, unasked=(("X", "tea"),)) == {"invented": 1}


@pytest.mark.parametrize(
    ("gold", "said", "found"),
    [
        ("a", "a", {}),
        ("a", "b", {"type": 1}),
        ("n", "a", {"invented": 1}),
        ("a", "n", {"missed": 1}),
        ("ab", "bc", {"type": 1}),
        ("ab", "c", {"type": 1, "missed": 1}),
        ("n", "n", {}),
        ("a", None, {"missed": 1}),
    ],
)
def test_kinds_of_errors_in_relations(gold: str, said: str | None, found: dict[str, int]) -> None:
    assert errors(keys("abcn", gold, said), "n") == found


def test_tasks_with_one_right_option_have_none() -> None:
    for answered in (key("ab", "a", "b"), grade(3.4, 4), summary("a", "b"), key("ab", "a", None)):
        assert not errors(answered)


WORDS = st.lists(st.sampled_from(TEXT.split()), min_size=1, max_size=2).map(" ".join)
STRINGS = st.dictionaries(st.sampled_from(TYPES), st.lists(WORDS, max_size=3).map(tuple))


@given(STRINGS.map(lambda one: {k: tuple(w for w in v if w in TEXT) for k, v in one.items()}), STRINGS, st.data())
def test_they_add_up_to_the_strict_counts(
    gold: dict[str, tuple[str, ...]], said: dict[str, tuple[str, ...]], data: st.DataObject
) -> None:
    unasked = tuple(("X", one) for one in data.draw(st.lists(WORDS, max_size=2)))
    answered = Answered(question(gold), Parsed({kind: said.get(kind, ()) for kind in TYPES}, unasked=unasked))
    found = errors(answered)
    counts = strict.measure([answered]).rows.reshape(-1, 3).sum(0)
    pairs = found["boundary"] + found["type"] + found["boundary and type"]
    assert (pairs + found["invented"], pairs + found["missed"]) == (counts[1], counts[2])
    assert set(found) <= set(KINDS)


@pytest.mark.parametrize("name", DEMO)
def test_gold_answers_have_no_errors_and_wrong_relations_add_up(name: str) -> None:
    instances = questions(DEMO[name])
    assert not any(errors(read(one, write(one)), negative(DEMO[name])) for one in instances)
    if name == "demo-re":
        other = [read(one, write(two)) for one, two in pairwise(instances)]
        found = sum((errors(one, negative(DEMO[name])) for one in other), Counter[str]())
        label = score(other, negative(DEMO[name])).per_label.values()
        assert found["type"] + found["invented"] == sum(one.fp for one in label)
        assert found["type"] + found["missed"] == sum(one.fn for one in label)


@given(STRINGS.map(lambda one: {k: tuple(w for w in v if w in TEXT) for k, v in one.items()}), STRINGS, st.data())
def test_an_answer_in_any_order_has_the_same_errors(
    gold: dict[str, tuple[str, ...]], said: dict[str, tuple[str, ...]], data: st.DataObject
) -> None:
    instance, found = question(gold), {kind: said.get(kind, ()) for kind in TYPES}
    moved = {kind: tuple(data.draw(st.permutations(found[kind]))) for kind in data.draw(st.permutations(TYPES))}
    assert errors(Answered(instance, Parsed(moved))) == errors(Answered(instance, Parsed(found)))
