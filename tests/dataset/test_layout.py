"""Which file each row goes to: shards of even size, places that only ids decide, splits that only documents decide."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.dataset.layout import ROWS, Layout, layout

ONE = [("train", 1)]
FRACTIONS = st.floats(0.01, 0.5)


@given(st.lists(st.integers(1, 3 * ROWS), min_size=1, max_size=9), st.none() | FRACTIONS)
def test_numbers_of_shards(sizes: list[int], validation: float | None) -> None:
    rows = sum(sizes)
    parts = [("train", size) for size in sizes]
    shuffled, ordered = (layout(order, validation, 0, parts) for order in ("shuffled", "corpus"))
    train, held = shuffled.shards
    assert (train - 1) * ROWS < rows * (1 - (validation or 0)) <= train * ROWS
    assert held == (0 if validation is None else -(-rows * validation // ROWS))
    assert ordered.shards == (len(sizes), held)
    assert len(set(shuffled.names)) == train + held
    assert shuffled.names == sorted(shuffled.names)


@given(st.integers(1, 40), st.integers(0, 5), st.integers(0, 3))
def test_shuffled_rows_are_where_their_ids_say(train: int, held: int, seed: int) -> None:
    names = [f"corpus/{number}" for number in range(300)]
    planned = Layout("shuffled", 0.2 if held else 0.0, seed, 3, (train, held))
    sides = np.arange(300) % 4 == 0 if held else np.zeros(300, bool)
    places = planned.places(0, names)
    shards = planned.shards_of(0, sides, places)
    assert (places == planned.places(2, names)).all()
    assert (shards == planned.shards_of(2, sides, places)).all()
    assert ((shards >= train) == sides).all()
    assert shards.min() >= 0 and shards.max() < train + held
    for side in (sides, ~sides):  # shards are in the order of places: read one after the other, they are sorted
        assert (np.diff(shards[side][np.argsort(places[side])]) >= 0).all()


@given(st.integers(1, 30), st.integers(0, 4))
def test_in_the_order_of_corpora_a_shard_is_a_part(parts: int, held: int) -> None:
    planned = Layout("corpus", 0.2 if held else 0.0, 0, parts, (parts, held))
    last = -1
    for part in range(parts):
        places = planned.places(part, ["a", "b", "c"])
        assert last < int(places[0]) < int(places[1]) < int(places[2])
        last = int(places[2])
        assert planned.shards_of(part, np.array([False] * 3), places).tolist() == [part] * 3
        if held:
            (shard,) = set(planned.shards_of(part, np.array([True] * 3), places).tolist())
            assert parts <= shard < parts + held


def test_the_fraction_of_documents_is_about_what_was_asked_for() -> None:
    names = [f"PubMed {number}" for number in range(20_000)]
    for fraction in (0.01, 0.2, 0.5):
        held = layout("shuffled", fraction, 7, ONE).held("train", names)
        assert abs(held.mean() - fraction) < 0.02
    small, large = (layout("shuffled", fraction, 7, ONE).held("train", names) for fraction in (0.05, 0.1))
    assert (large | ~small).all()


def test_splits_of_corpora_can_be_what_is_held_out() -> None:
    planned = layout("shuffled", ("dev", "tune"), 7, [("train", 50_000), ("dev", 30_000), ("train", 1), ("tune", 1)])
    assert planned.shards == (3, 2)
    assert planned.held("dev", ["a", "b"]).tolist() == planned.held("tune", ["a", "b"]).tolist() == [True, True]
    assert planned.held("train", ["a", "b"]).tolist() == [False, False]
