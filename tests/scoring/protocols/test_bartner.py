"""Mentions by their places: what is right, and where the released way of counting differs from the strict one."""

from collections.abc import Mapping

import pytest

from mnlu_instruct.scoring.counts import Numbers
from mnlu_instruct.scoring.protocols.bartner import DROPPED, MISPLACED, measure, measure_released
from mnlu_instruct.scoring.said import Said
from mnlu_instruct.scoring.statistics import Statistics
from mnlu_instruct.tasks.answers import spans
from mnlu_instruct.types import Instance, Label, Mention, Span, Spans

TEXT = "IL-2 binds IL-2 ; legs and arms ached"
FIRST, SECOND, LEGS, ARMS = ((0, 4),), ((11, 15),), ((18, 22), (32, 37)), ((27, 37),)
LABELS = (Label("P", "Protein"), Label("A", "Reaction"))
Places = Mapping[str, tuple[tuple[Span, ...], ...]]


def said(stated: Places | str, gold: Places, wrong: str = "", name: str = "1") -> Said:
    """What a system says: places, or an answer alone."""
    marked = {
        label.key: spans.gold(TEXT, {"x": [Mention("T", "x", place) for place in gold.get(label.key, ())]}).spans["x"]
        for label in LABELS
    }
    instance = Instance(name, "ner", name, TEXT, {}, LABELS, Spans(marked))
    if isinstance(stated, str):
        return Said(instance, "", stated, parsed=spans.read(stated, LABELS))
    return Said(instance, "", "", parsed=spans.read(f"Protein: None\n{wrong}", LABELS), places=dict(stated))


def values(found: Statistics) -> dict[str, float]:
    sums: Numbers = found.rows.sum(0)
    return {name: round(float(metric(sums)), 4) for name, metric in found.metrics.items()}


GOLD: Places = {"P": (FIRST, SECOND), "A": (LEGS, ARMS)}


@pytest.mark.parametrize("way", [measure, measure_released])
def test_all_mentions_at_their_places_are_all_right(way) -> None:  # type: ignore[no-untyped-def]
    found = way([said(GOLD, GOLD), said({}, {}, name="2")])
    assert set(values(found).values()) == {1.0}
    assert list(values(found)) == ["f1", "precision", "recall", "f1_discontinuous", "f1_with_discontinuous"]
    assert found.shares == {"malformed": 0}


def test_a_mention_of_the_same_words_elsewhere_or_of_another_type_is_wrong() -> None:
    only: Places = {"P": (FIRST,)}
    assert values(measure([said({"P": (SECOND,)}, only)]))["f1"] == 0
    assert values(measure([said({"A": (FIRST,)}, only)]))["f1"] == 0
    assert values(measure([said(only, only)]))["f1"] == 1


def test_answers_without_places_are_at_gold_mentions_with_their_words() -> None:
    answer = "Protein: IL-2 ... IL-2 ... IL-2\nReaction: legs ached ... arms legs"
    found = measure([said(answer, GOLD)])
    assert found.rows.sum(0).reshape(-1, 3).tolist() == [[1, 1, 1], [2, 1, 0], [1, 1, 0], [3, 2, 1]]
    assert found.labels == ("A", "P")


def test_repeats_are_wrong_but_released_they_count_once() -> None:
    twice: Places = {"P": (FIRST, FIRST, SECOND), "A": (LEGS, ARMS)}
    assert values(measure([said(twice, GOLD)]))["precision"] == 0.8
    assert values(measure_released([said(twice, GOLD)]))["precision"] == 1


@pytest.mark.parametrize(("kind", "released"), [(DROPPED, 1.0), (MISPLACED, 0.8)])
def test_malformed_groups_are_wrong_but_released_most_are_dropped(kind: str, released: float) -> None:
    one = said(GOLD, GOLD, f"{kind}: 9 7 2")
    assert values(measure([one]))["precision"] == 0.8
    assert values(measure_released([one]))["precision"] == released
    assert measure([one]).shares == measure_released([one]).shares == {"malformed": 0.2}


def test_discontinuous_mentions_alone_and_sentences_that_have_one() -> None:
    other: Places = {"P": (FIRST, SECOND)}
    found = values(measure([said({"A": (ARMS, LEGS)}, GOLD), said({"P": (FIRST,)}, other, name="2")]))
    assert found["f1"] == pytest.approx(2 * 3 / (3 + 6), abs=1e-4)
    assert found["f1_discontinuous"] == 1
    assert found["f1_with_discontinuous"] == pytest.approx(2 * 2 / (2 + 4), abs=1e-4)
    assert "f1_discontinuous" not in values(measure([said(other, other)]))
