"""What is counted of answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from mnlu_instruct.dataset.row_counts import Tally, stated, states_nothing
from mnlu_instruct.types import Choice, Choices, Gold, Grade, Instance, Label, MarkedSpan, Spans, TaskName, Text

KEYS = ("a", "b", "c")
SPAN = MarkedSpan("x", ((0, 1),))

golds = st.one_of(
    st.fixed_dictionaries({key: st.integers(0, 3) for key in KEYS}).map(
        lambda counts: Spans({key: (SPAN,) * count for key, count in counts.items()})
    ),
    st.sampled_from(KEYS).map(Choice),
    st.lists(st.sampled_from(KEYS), unique=True).map(lambda keys: Choices(tuple(keys))),
)


def instance(gold: Gold) -> Instance:
    return Instance("i", "ner", "g", "x", {}, tuple(Label(key, key.upper()) for key in KEYS), gold)


def tallied(rows: list[tuple[Gold, int]]) -> Tally:
    found = Tally()
    for gold, characters in rows:
        found.add(instance(gold), characters, None)
    return found


@pytest.mark.parametrize(
    ("gold", "labels"),
    [
        (Spans({"a": (SPAN, SPAN), "b": ()}), {"a": 2, "b": 0}),
        (Choice("a"), {"a": 1}),
        (Choices(("a", "c")), {"a": 1, "c": 1}),
        (Choices(()), {}),
        (Grade(3, 2.8), {"3": 1}),
        (Text("words"), {}),
    ],
)
def test_an_answer_states_spans_of_types_and_options_that_hold(gold: Gold, labels: dict[str, int]) -> None:
    assert stated(gold) == labels


@pytest.mark.parametrize(("task", "key", "expected"), [("re", "a", True), ("re", "b", False), ("dc", "a", False)])
def test_that_there_is_no_relation_is_to_find_nothing(task: TaskName, key: str, expected: bool) -> None:
    asked = structs.replace(instance(Choices((key,))), task=task)
    assert states_nothing(asked, "a") is expected
    assert states_nothing(structs.replace(asked, gold=Choices(("a", "b"))), "a") is False


def test_labels_that_never_hold_are_counted_too_and_so_is_nothing() -> None:
    nothing: list[tuple[Gold, int]] = [(Spans(dict.fromkeys(KEYS, ())), 5), (Choices(()), 4), (Choice("b"), 7)]
    assert tallied(nothing) == Tally(rows=3, nothing=2, labels={"a": 0, "b": 1, "c": 0}, characters={3: 3})
    assert tallied([(Text("words"), 8)]).nothing == 0


@given(st.lists(st.tuples(golds, st.integers(1, 10**6))), st.integers(0, 10))
def test_tallies_of_parts_make_that_of_the_whole(rows: list[tuple[Gold, int]], cut: int) -> None:
    whole, parts = tallied(rows), tallied(rows[:cut])
    parts.merge(tallied(rows[cut:]))
    assert parts == whole
    assert whole.rows == sum(whole.characters.values()) == len(rows)
