"""Strict scores of relations of whole texts: as sets, matched one to one, white space aside."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.scoring import relations
from mnlu_instruct.scoring.error_kinds import errors
from mnlu_instruct.scoring.scores import Score, score
from mnlu_instruct.scoring.statistics import Answered
from mnlu_instruct.types import Instance, Label, Parsed, Related, Relations, Stated

LABELS = (Label("ACT", "{1} activates {2}"), Label("INH", "{1} inhibits {2}"), Label("none", "none is stated"))


def answered(gold: Relations, *stated: Stated, unread: int = 0, text: str = "a b c d", name: str = "1") -> Answered:
    instance = Instance(name, "ere", name, text, {}, LABELS, gold)
    return Answered(instance, Parsed(stated, unread=unread))


def gold(*stated: Stated, unordered: bool = False) -> Relations:
    return Relations(tuple(Related(kind, tuple((name,) for name in names)) for kind, *names in stated), unordered)


def counts(one: Score) -> tuple[int, int, int]:
    """True positives, false positives, false negatives over all types."""
    return tuple(sum(getattr(label, part) for label in one.per_label.values()) for part in ("tp", "fp", "fn"))  # type: ignore[return-value]


def test_what_is_stated_twice_counts_once() -> None:
    one = score(
        [
            answered(
                gold(("ACT", "a", "b"), ("INH", "a", "c")),
                ("ACT", "a", "b"),
                ("ACT", "a", "b"),
                ("INH", "b", "d"),
                ("INH", "b", "d"),
            )
        ]
    )
    assert counts(one) == (1, 1, 1)
    assert one.per_label["ACT"].f1 == 1
    assert "none" not in one.per_label


def test_order_matters_unless_ends_have_none() -> None:
    assert counts(score([answered(gold(("ACT", "a", "b")), ("ACT", "b", "a"))])) == (0, 1, 1)
    assert counts(score([answered(gold(("ACT", "a", "b"), unordered=True), ("ACT", "b", "a"))])) == (1, 0, 0)


def test_a_set_is_right_as_a_whole() -> None:
    three = gold(("ACT", "a", "b", "c"), unordered=True)
    assert counts(score([answered(three, ("ACT", "c", "a", "b"))])) == (1, 0, 0)
    assert counts(score([answered(three, ("ACT", "a", "b"))])) == (0, 1, 1)


def test_white_space_in_names_is_ignored_but_stands_beside() -> None:
    one = score([answered(gold(("ACT", "IL - 2", "b")), ("ACT", "IL-2", "b"), text="IL - 2 b")])
    assert (one.metrics["f1"].value, one.metrics["f1_exact"].value, one.shares["not_in_text"]) == (1, 0, 0)


CONCEPTS = Relations(
    (
        Related("ACT", (("a",), ("b", "bee")), ("A", "B")),
        Related("ACT", (("a",), ("b", "be")), ("A", "C")),
    )
)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ([("ACT", "a", "b")], (1, 0, 1)),  # one prediction never pays for two
        ([("ACT", "a", "b"), ("ACT", "a", "bee")], (2, 0, 0)),  # "b" then stands for the other
        ([("ACT", "a", "bee"), ("ACT", "a", "b"), ("ACT", "a", "be")], (2, 0, 0)),
        ([("ACT", "a", "bee"), ("ACT", "a", "c")], (1, 1, 1)),
    ],
)
def test_concepts_are_matched_one_to_one_whatever_their_names(stated: list[Stated], expected: tuple[int, ...]) -> None:
    for order in (stated, stated[::-1]):
        assert counts(score([answered(CONCEPTS, *order)])) == expected


def test_unordered_concepts_are_called_by_any_name_in_any_order() -> None:
    both = Relations((Related("ACT", (("a", "A"), ("b", "B")), ("1", "2")),), unordered=True)
    assert counts(score([answered(both, ("ACT", "B", "a"))])) == (1, 0, 0)
    assert counts(score([answered(both, ("ACT", "A", "a"))])) == (0, 1, 1)


def test_an_unordered_pair_may_have_one_name_twice() -> None:
    assert counts(score([answered(gold(("ACT", "a", "a"), unordered=True), ("ACT", "a", "a"))])) == (1, 0, 0)


def test_two_names_of_the_same_concepts_are_one_prediction() -> None:
    one = Relations((Related("ACT", (("a", "A"), ("b", "B")), ("1", "2")),))
    assert counts(score([answered(one, ("ACT", "a", "b"), ("ACT", "A", "B"))])) == (1, 0, 0)


def test_shares_and_metrics_of_texts() -> None:
    scored = score(
        [
            answered(gold(("ACT", "a", "b")), ("ACT", "a", "b"), unread=1, name="1"),
            answered(gold(), ("ACT", "a", "zz"), name="2"),
            answered(gold(), name="3"),
        ]
    )
    assert scored.shares == {"unread_clauses": 1 / 3, "not_in_text": 1 / 4, "false_alarms": 1 / 2}
    assert scored.metrics["exact_match"].value == pytest.approx(2 / 3)
    assert scored.metrics["f1_with_relations"].value == 1
    assert scored.metrics["f1"].value == pytest.approx(2 / 3)


def test_an_unreadable_answer_has_missed_all() -> None:
    lost = Answered(answered(gold(("ACT", "a", "b"))).instance, Parsed(None, unread=2))
    assert counts(score([lost])) == (0, 0, 1)


def test_a_wrong_type_between_the_right_ends_is_an_error_of_type() -> None:
    one = answered(gold(("ACT", "a", "b"), ("ACT", "c", "d")), ("INH", "a", "b"), ("INH", "a", "d"))
    assert errors(one) == {"type": 1, "invented": 1, "missed": 1}


NAMES = st.sampled_from(["a", "b", "c", "a b", "ab"])
PAIRS = st.tuples(st.sampled_from(["ACT", "INH"]), NAMES, NAMES)


@given(st.lists(PAIRS, max_size=6), st.lists(PAIRS, max_size=8), st.booleans(), st.randoms())
def test_neither_order_nor_repetition_matters_and_gold_is_perfect(
    wanted: list[Stated], stated: list[Stated], unordered: bool, chance: random.Random
) -> None:
    relations_ = gold(*wanted, unordered=unordered)
    first = score([answered(relations_, *stated)])
    shuffled = stated * 2
    chance.shuffle(shuffled)
    assert score([answered(relations_, *shuffled)]) == first
    assert all(0 <= one.value <= 1 for one in first.metrics.values())
    perfect = relations.compared(answered(relations_, *wanted))
    assert not perfect.missed
    assert not perfect.strange
