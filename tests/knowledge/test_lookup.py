"""Look-ups and the choice of names: exact strings, trigrams, ties, concepts that a knowledge base lacks."""

from pathlib import Path

import pytest

from mnlu_instruct.knowledge import lookup, naming
from mnlu_instruct.knowledge.base import KnowledgeBase
from mnlu_instruct.knowledge.lookup import Trigrams
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.types import Choice, Instance, Linked
from tests.knowledge.helpers import made

TERMS = "D1\tDiabetes mellitus\tSugar disease\nD2\tHay fever\tAllergic rhinitis\nD3\tFevers\tFever\n"


@pytest.fixture
def base(tmp_path: Path) -> KnowledgeBase:
    return made(tmp_path, TERMS)


def names(base: KnowledgeBase, ranked: tuple[int, ...]) -> list[str]:
    return [base.name(one) for one in ranked]


def asked(words: str, *ids: str) -> Instance:
    return Instance(f"c/{words}#el", "el", "c/1", words, {"mention": words}, (), Linked(ids, ids))


def test_the_exact_string_whatever_its_case(base: KnowledgeBase) -> None:
    found = lookup.exact(base, ["SUGAR  disease", "sugar"])
    assert [names(base, one) for one in found] == [["sugar disease"], []]


def test_the_nearest_names_by_trigrams(base: KnowledgeBase) -> None:
    ((ranked, cosines), (nothing, _)) = Trigrams(base).nearest(["fever of hay", "xqz"], 2)
    assert names(base, ranked) == ["hay fever", "fever"]
    assert cosines == tuple(sorted(cosines, reverse=True)) and 0 < cosines[1] < 1
    assert nothing == ()


def test_of_equally_near_names_the_shortest_is_chosen(base: KnowledgeBase) -> None:
    vectors = Trigrams(base)
    numbers = [one for name in ("allergic rhinitis", "hay fever") if (one := base.number(name)) is not None]
    assert base.name(vectors.chosen("rhinitis", numbers)) == "allergic rhinitis"
    assert base.name(vectors.chosen("xqz", numbers)) == "hay fever"


def test_a_question_gets_the_names_of_its_concepts_the_nearest_first(base: KnowledgeBase) -> None:
    (one,) = naming.named([asked("fever", "D3", "D9")], base, Trigrams(base))
    assert one.gold == Linked(("fever", "fevers"), ("D3",))


def test_a_concept_that_the_knowledge_base_lacks_is_dropped_and_counted(base: KnowledgeBase) -> None:
    ledger = Ledger()
    assert list(naming.named([asked("fever", "D9")], base, Trigrams(base), ledger)) == []
    assert ledger.examples == {Entry("ask", "dropped", naming.UNKNOWN): ["c/fever#el"]}


def test_other_questions_stay_as_they_are(base: KnowledgeBase) -> None:
    other = Instance("c/1#qa", "qa", "c/1", "x", {}, (), Choice("yes"))
    assert list(naming.named([other], base, Trigrams(base))) == [other]
