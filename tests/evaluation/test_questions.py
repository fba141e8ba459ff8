"""What is asked of a data set: all of it, or a fixed draw."""

from pathlib import Path

import pytest

from mnlu_instruct.catalogue import suites
from mnlu_instruct.evaluation import questions

DATASET = next(one for one in suites.load("demo").datasets if one.name == "demo-nli")


def ids(limit: int | None) -> list[str]:
    return [instance.id for instance in questions.sampled(DATASET, Path(), limit)[0]]


@pytest.mark.parametrize("limit", [1, 7, 40])
def test_a_limit_draws_from_the_whole_set_and_keeps_its_order(limit: int) -> None:
    every = ids(None)
    drawn = ids(limit)
    places = [every.index(name) for name in drawn]
    assert len(drawn) == limit
    assert places == sorted(places)
    assert set(drawn) <= set(ids(limit + 20))
    assert max(ids(40), key=every.index) != every[39]


def test_a_limit_beyond_the_set_takes_it_whole() -> None:
    assert ids(10_000) == ids(None)
    assert {questions.sampled(DATASET, Path(), limit)[1] for limit in (None, 7, 10_000)} == {len(ids(None))}
