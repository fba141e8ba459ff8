"""Draws and shuffles are functions of seed and id, uniform, and independent of everything else."""

from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct import sampling
from mnlu_instruct.errors import UserError
from mnlu_instruct.types import Choice, Instance, Label

RANKS = st.lists(st.lists(st.integers(0, 2**64 - 1), max_size=20), min_size=1, max_size=5)


def instance(name: str, count: int) -> Instance:
    labels = tuple(Label(str(index), f"label {index}") for index in range(count))
    return Instance(name, "nli", "group", "text", {}, labels, Choice("0"))


def units(ranks: list[list[int]]) -> list[sampling.Ranks]:
    return [np.array(values, np.uint64) for values in ranks]


@given(RANKS, st.integers(0, 120))
def test_the_smallest_ranks_are_drawn(ranks: list[list[int]], count: int) -> None:
    masks = sampling.draw(units(ranks), count)
    assert [len(mask) for mask in masks] == [len(values) for values in ranks]
    drawn = sorted(
        value for values, mask in zip(ranks, masks, strict=True) for value, yes in zip(values, mask, strict=True) if yes
    )
    pooled = sorted(value for values in ranks for value in values)
    assert drawn == pooled[:count]


@given(RANKS, st.integers(0, 50), st.integers(0, 50))
def test_a_larger_draw_keeps_a_smaller_one(ranks: list[list[int]], few: int, more: int) -> None:
    small, large = sampling.draw(units(ranks), few), sampling.draw(units(ranks), few + more)
    assert all((one <= other).all() for one, other in zip(small, large, strict=True))


@given(st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1), st.integers(1, 500))
def test_shares_add_up_and_differ_by_one_at_most(names: list[str], n: int) -> None:
    available = dict.fromkeys(names, 500)
    if n < len(names):
        with pytest.raises(UserError, match="fewer than"):
            sampling.shares(names, n, available, "error")
        return
    shares = sampling.shares(names, n, available, "error")
    assert sum(shares.values()) == n
    assert list(shares.values()) == sorted(shares.values(), reverse=True)
    assert max(shares.values()) - min(shares.values()) <= 1


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 30), min_size=1))
def test_the_largest_n_named_in_the_error_is_the_largest(available: dict[str, int]) -> None:
    names = list(available)
    with pytest.raises(UserError) as caught:
        sampling.shares(names, 1_000, available, "error")
    largest = int(caught.value.hint.rpartition("--n ")[2].rstrip("."))
    assert sum(sampling.shares(names, largest, available, "error").values()) == largest
    with pytest.raises(UserError):
        sampling.shares(names, largest + 1, available, "error")


def test_without_n_all_are_drawn() -> None:
    assert sampling.shares(["ner", "re"], None, {"ner": 3, "re": 4}, "error") == {"ner": 3, "re": 4}


@given(st.text(min_size=1), st.integers(0, 40), st.integers(0, 2**40))
def test_a_shuffle_is_a_permutation_and_repeats(name: str, count: int, seed: int) -> None:
    asked = instance(name, count)
    shown = sampling.shuffled(asked, seed)
    assert sorted(shown.labels, key=lambda label: int(label.key)) == list(asked.labels)
    assert shown == sampling.shuffled(asked, seed)
    assert (shown.id, shown.gold, shown.text) == (asked.id, asked.gold, asked.text)


def test_every_order_is_as_likely_as_any_other() -> None:
    orders = Counter(
        tuple(label.key for label in sampling.shuffled(instance(f"corpus/train/{index}#nli", 4), 42).labels)
        for index in range(24_000)
    )
    assert set(orders) == set(permutations("0123"))
    # 24 cells of 1,000 expected: chi-square with 23 degrees of freedom stays below 49.7 with probability 0.999.
    assert sum((count - 1_000) ** 2 / 1_000 for count in orders.values()) < 49.7


def test_ranks_and_shuffles_never_change() -> None:
    # Data sets in the world depend on these: a change here changes every sample drawn so far.
    assert sampling.rank("biored/train/10491763#ner", 42) == 16789490953427092370
    shown = sampling.shuffled(instance("biored/train/10491763#ner", 6), 42)
    assert "".join(label.key for label in shown.labels) == "420531"


def test_ranks_are_uniform_and_differ_by_seed() -> None:
    ranks = np.array([sampling.rank(f"x/{index}", 7) for index in range(10_000)], np.float64) / 2**64
    assert np.histogram(ranks, 10, (0, 1))[0].min() > 900
    assert sampling.rank("x/1", 7) != sampling.rank("x/1", 8)
