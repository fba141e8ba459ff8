"""Entity linking: concepts and not names, composite mentions, shares of whom, names of several concepts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from mnlu_instruct.scoring import linking, scores
from mnlu_instruct.scoring.linking import Ranked, Released, reference, strict
from mnlu_instruct.scoring.statistics import Answered
from mnlu_instruct.tasks import el
from mnlu_instruct.types import Instance, Linked


def part(mention: str, gold: str, *concepts: str, **other: bool) -> Ranked:
    """A part whose gold is given as "A B", and the concepts of each name ranked likewise."""
    named = tuple(tuple(some.split()) for some in concepts)
    return Ranked(mention, f"c/{mention}", tuple(gold.split()), tuple(map(str, range(len(named)))), named, **other)


def values(parts: list[Ranked]) -> dict[str, float]:
    return {name: round(one.value, 4) for name, one in strict(parts).recall.items()}


def recalled(parts: list[Ranked], released: Released = Released()) -> list[float]:  # noqa: B008
    return [one.value for one in reference(parts, released).recall.values()]


@given(st.lists(st.sampled_from("ABC"), min_size=1, max_size=9))
def test_perfect_answers_are_all_right_in_both_modes(gold: list[str]) -> None:
    parts = [part(str(number), one, one) for number, one in enumerate(gold)]
    assert set(values(parts).values()) == {1}
    assert recalled(parts) == [1, 1]


def test_several_names_of_one_concept_are_one_rank_but_the_released_script_counts_names() -> None:
    parts = [part("1", "A", "B", "B", "B", "B", "B", "A")]
    assert (values(parts)["recall@1"], values(parts)["recall@5"]) == (0, 1)
    assert recalled(parts) == [0, 0]


def test_each_part_of_a_composite_mention_must_be_right_but_one_suffices_in_the_released_script() -> None:
    right, wrong = part("1", "A B", "A", several=True), part("1", "A B", "C", several=True)
    assert strict([right, wrong]).mentions == 1
    assert values([right, wrong])["recall@1"] == 0
    assert values([right, right])["recall@1"] == 1
    assert recalled([right, wrong]) == [1, 1]
    assert recalled([wrong, right]) == [0, 0]


def test_the_released_script_drops_composite_mentions_of_ncbi_disease_and_scores_as_many_as_there_are_in_dev() -> None:
    parts = [part("1", "A B", "A", several=True), part("2", "A", "B"), part("3", "A", "A")]
    assert recalled(parts, Released(composites=False)) == [0.5, 0.5]
    assert recalled(parts, Released(items=1)) == [1, 1]
    assert reference(parts, Released(composites=False, items=1)).mentions == 1


def test_a_concept_that_the_knowledge_base_lacks_is_missed_but_not_counted_by_the_released_script() -> None:
    parts = [part("1", "A", "A"), part("2", "", "B"), part("3", "", annotated=False), part("4", "C", "C")]
    found = strict(parts)
    assert (found.mentions, found.linked, found.known) == (4, 3, 2)
    assert values(parts)["recall@1"] == pytest.approx(2 / 3, abs=1e-4)
    assert values(parts)["recall@1_known"] == 1
    assert values(parts)["recall@1_all"] == 0.5
    assert recalled(parts) == [1, 1]


def test_a_name_of_several_concepts_is_right_and_its_chance_stands_beside_it() -> None:
    parts = [part("1", "A", "B A", "C")]
    assert (values(parts)["recall@1"], values(parts)["expected@1"], strict(parts).ambiguous) == (1, 0.5, 1)
    second = [part("1", "A", "B C", "B A")]
    assert (values(second)["recall@1"], values(second)["recall@5"], values(second)["expected@5"]) == (0, 1, 0.5)


def test_of_no_mentions_nothing_is_known() -> None:
    assert strict([]).recall["recall@1"] == linking.Recall(0.0, 0.0, 1.0)


def test_intervals_are_by_document() -> None:
    one = [structs.replace(part(str(number), "A", "A" if number < 5 else "B"), group="c/1") for number in range(10)]
    apart = [part(str(number), "A", "A" if number < 5 else "B") for number in range(10)]
    assert strict(one).recall["recall@1"].low < strict(apart).recall["recall@1"].low


def answered(text: str) -> Answered:
    gold = Linked(("Fever", "Pyrexia"), ("D1",))
    asked = Instance("c/1#el/T1", "el", "c/1", "hot", {"mention": "hot"}, (), gold, ((0, 3),))
    return Answered(asked, el.read(text, asked))


@pytest.mark.parametrize(
    ("text", "right"), [("hot is fever", 1), ("hot is Pyrexia", 1), ("hot is D1", 1), ("hot is cold", 0), ("Fever", 0)]
)
def test_any_name_or_id_of_the_concept_is_right_in_an_evaluation(text: str, right: float) -> None:
    assert scores.score([answered(text)]).metrics["recall@1"].value == right
