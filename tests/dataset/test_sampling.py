"""Draws and shuffles are functions of seed and id, uniform, and independent of everything else."""

from collections import Counter
from fractions import Fraction
from itertools import permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.dataset import apportionment, draw_order, repetition, sampling_keys
from mnlu_instruct.tasks import label_shuffle
from mnlu_instruct.types import Choice, Instance, Label

PLACES = st.lists(st.floats(0, 2) | st.just(float("inf")), max_size=100)
WEIGHTS = st.floats(0.01, 100) | st.sampled_from([0.1, 0.2, 0.3, 1.0, 3.0])
N = st.integers(0, 300)


def instance(name: str, count: int) -> Instance:
    labels = tuple(Label(str(index), f"label {index}") for index in range(count))
    return Instance(name, "nli", "group", "text", {}, labels, Choice("0"))


@given(PLACES, st.integers(0, 120))
def test_the_smallest_places_are_drawn_and_a_larger_draw_keeps_a_smaller_one(places: list[float], count: int) -> None:
    line = np.array(places, np.float64)
    drawn = draw_order.draw(line, count)
    assert sorted(line[drawn]) == sorted(places)[:count]
    assert (drawn <= draw_order.draw(line, count + 1)).all()


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(WEIGHTS, st.integers(0, 60)), min_size=1), N)
def test_rows_are_apportioned_one_by_one_to_the_heaviest_for_its_rows(
    parts: dict[str, tuple[float, int]], n: int
) -> None:
    weights = {name: weight for name, (weight, _) in parts.items()}
    limits = {name: limit for name, (_, limit) in parts.items()}
    given = dict.fromkeys(parts, 0)
    for _ in range(min(n, sum(limits.values()))):
        waiting = [name for name in parts if given[name] < limits[name]]
        given[max(waiting, key=lambda name: Fraction(weights[name]) / (2 * given[name] + 1))] += 1
    assert apportionment.apportion(n, weights, limits) == given


@given(st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1), st.integers(1, 10**12))
def test_equal_weights_differ_by_one_row_at_most_and_the_first_have_it(names: list[str], n: int) -> None:
    given = apportionment.apportion(n, dict.fromkeys(names, 0.3), dict.fromkeys(names, n))
    each, rest = divmod(n, len(names))
    assert list(given.values()) == [each + 1] * rest + [each] * (len(names) - rest)


def test_repeated_rows_have_ids_and_label_orders_of_their_own() -> None:
    rows = list(repetition.repeated(instance("c/train/1#nli", 8), 4))
    assert [row.id for row in rows] == ["c/train/1#nli", "c/train/1#nli~2", "c/train/1#nli~3", "c/train/1#nli~4"]
    assert len({label_shuffle.shuffled(row, 42).labels for row in rows}) == 4


@given(st.text(min_size=1), st.integers(0, 40), st.integers(0, 2**40))
def test_a_shuffle_is_a_permutation_and_repeats(name: str, count: int, seed: int) -> None:
    asked = instance(name, count)
    shown = label_shuffle.shuffled(asked, seed)
    assert sorted(shown.labels, key=lambda label: int(label.key)) == list(asked.labels)
    assert shown == label_shuffle.shuffled(asked, seed)
    assert (shown.id, shown.gold, shown.text) == (asked.id, asked.gold, asked.text)


def test_every_order_is_as_likely_as_any_other() -> None:
    orders = Counter(
        tuple(label.key for label in label_shuffle.shuffled(instance(f"corpus/train/{index}#nli", 4), 42).labels)
        for index in range(24_000)
    )
    assert set(orders) == set(permutations("0123"))
    # 24 cells of 1,000 expected: chi-square with 23 degrees of freedom stays below 49.7 with probability 0.999.
    assert sum((count - 1_000) ** 2 / 1_000 for count in orders.values()) < 49.7


def test_ranks_and_shuffles_never_change() -> None:
    # Data sets in the world depend on these: a change here changes every sample drawn so far.
    assert sampling_keys.rank("biored/train/10491763#ner", 42) == 16789490953427092370
    shown = label_shuffle.shuffled(instance("biored/train/10491763#ner", 6), 42)
    assert "".join(label.key for label in shown.labels) == "420531"


def test_ranks_are_uniform_and_differ_by_seed() -> None:
    found = np.array([sampling_keys.rank(f"x/{index}", 7) for index in range(10_000)], np.float64) / 2**64
    assert np.histogram(found, 10, (0, 1))[0].min() > 900
    assert sampling_keys.rank("x/1", 7) != sampling_keys.rank("x/1", 8)
