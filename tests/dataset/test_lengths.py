"""How the rows of a data set are distributed by length."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.dataset.lengths import WIDTH, Lengths, drawn, lengths


def test_rows_are_counted_between_powers_of_two() -> None:
    assert lengths(np.array([100, 127, 128, 300, 512])) == Lengths(
        rows=5, total=1167, median=128, longest=512, bounds=(64, 128, 256, 512, 1024), counts=(2, 1, 1, 1)
    )


@given(st.lists(st.integers(1, 10**6), min_size=1))
def test_every_row_is_counted_once(tokens: list[int]) -> None:
    found = lengths(np.array(tokens))
    assert sum(found.counts) == found.rows == len(tokens)
    assert found.median == sorted(tokens)[(len(tokens) - 1) // 2]
    for low, high, count in zip(found.bounds[:-1], found.bounds[1:], found.counts, strict=True):
        assert count == sum(low <= length < high for length in tokens)


@given(st.lists(st.integers(1, 10**6), min_size=1))
def test_a_histogram_has_a_line_a_range_and_its_longest_bar_for_the_most_rows(tokens: list[int]) -> None:
    found = lengths(np.array(tokens))
    lines = drawn(found.bounds, found.counts).splitlines()
    bars = [line.count("█") for line in lines]
    assert len(lines) == len(found.counts)
    assert max(bars) == bars[found.counts.index(max(found.counts))] == WIDTH
    assert max(map(len, lines)) <= 80
    for line, low, count in zip(lines, found.bounds[:-1], found.counts, strict=True):
        assert line.split()[0] == f"{low:,}"
        assert line.rstrip("█ ").split()[-1] == f"{count:,}"
