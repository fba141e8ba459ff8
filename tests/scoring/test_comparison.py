"""Paired differences: by hand, against the resampling written out, and how often chance is called a difference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.scoring import bootstrap, scores
from mnlu_instruct.scoring.comparison import LEVEL, Difference, difference, enough, holm
from mnlu_instruct.scoring.statistics import Answered
from tests.scoring.helpers import key

P_VALUES = st.lists(st.floats(0.001, 1), min_size=1, max_size=10)


def answers(right: list[bool]) -> list[Answered]:
    return [key(("a", "b"), "a", "a" if one else "b", name=str(number)) for number, one in enumerate(right)]


def between(first: list[bool], second: list[bool]) -> Difference:
    sides = answers(first), answers(second)
    one, other = map(scores.measure, sides)
    return difference(sides[0], one, other, next(iter(one.metrics)))


def test_a_system_is_no_better_than_itself() -> None:
    found = between([True, False] * 20, [True, False] * 20)
    assert (found.value.value, found.value.low, found.value.high) == (0, 0, 0)
    assert (found.p, found.bound, found.detectable) == (1, False, None)


@pytest.mark.parametrize("comparisons", [1, 15, 60, 400])
def test_resamples_are_enough_for_holm_to_find_a_difference(comparisons: int) -> None:
    count = enough(comparisons)
    assert count >= bootstrap.RESAMPLES and count % bootstrap.BLOCK == 0
    assert max(holm([1 / (1 + count)] * comparisons)) <= LEVEL / 10
    sides = answers([False] * 60), answers([True] * 60)
    one, other = map(scores.measure, sides)
    found = difference(sides[0], one, other, "accuracy", count)
    assert found.bound and found.p == 1 / (1 + count)


def test_the_interval_is_of_pairs() -> None:
    # The second is right wherever the first is, and on ten more: paired, there is no doubt; unpaired there would be.
    first = [True] * 40 + [False] * 60
    found = between(first, [True] * 50 + [False] * 50)
    assert found.value.value == pytest.approx(0.1)
    assert 0.03 < found.value.low < 0.1 < found.value.high < 0.2
    assert found.p < 0.01
    # The standard error of a share of 0.1 in 100 is 0.03.
    assert found.detectable == pytest.approx(2.8 * 0.03, rel=0.1)


def test_the_resampled_differences_are_those_of_the_same_documents() -> None:
    first, second = [True, True, False, False, True], [True, False, True, True, True]
    generator = np.random.default_rng(bootstrap.SEED)
    drawn = []
    for _ in range(bootstrap.RESAMPLES):
        times = generator.multinomial(5, np.full(5, 0.2))
        drawn.append((times @ np.array(second) - times @ np.array(first)) / 5)
    low, high = np.percentile(drawn, [2.5, 97.5])
    found = between(first, second)
    assert (found.value.low, found.value.high) == pytest.approx((low, high))


def test_chance_alone_is_seldom_called_a_difference() -> None:
    generator = np.random.default_rng(1)
    ps = [between(*(generator.random((2, 80)) < 0.6).tolist()).p for _ in range(200)]
    assert 2 <= sum(p < 0.05 for p in ps) <= 20


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]


@given(P_VALUES)
def test_holm_keeps_the_order_and_lies_between_none_and_bonferroni(values: list[float]) -> None:
    corrected = holm(values)
    for value, found in zip(values, corrected, strict=True):
        assert value <= found <= min(1, len(values) * value) + 1e-12
    assert [corrected[place] for place in np.argsort(values, kind="stable")] == sorted(corrected)
