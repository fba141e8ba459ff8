"""Intervals: deterministic, over groups, and what resampling one by one gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from mnlu_instruct.scoring import bootstrap
from mnlu_instruct.scoring.counts import PRF, Numbers


def f1(sums: Numbers) -> Numbers:
    return PRF(sums[..., 0], sums[..., 1], sums[..., 2]).f1


def test_by_group_sums_rows_in_the_order_of_names() -> None:
    rows = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert bootstrap.by_group(rows, ["b", "a", "b"]).tolist() == [[3, 4], [6, 8]]


def test_each_resample_has_as_many_groups_and_the_same_seed_draws_the_same() -> None:
    counts = bootstrap.resampled(np.eye(7))
    assert counts.shape == (bootstrap.RESAMPLES, 7)
    assert (counts.sum(1) == 7).all()
    assert (counts == bootstrap.resampled(np.eye(7))).all()


def test_as_resampling_group_by_group() -> None:
    generator = np.random.default_rng(1)
    sums = generator.integers(0, 6, (60, 3)).astype(float)
    loop = np.array([sums[generator.integers(0, 60, 60)].sum(0) for _ in range(4_000)])
    drawn = bootstrap.resampled(sums)
    assert drawn.mean(0) == pytest.approx(loop.mean(0), rel=0.02)
    assert drawn.std(0) == pytest.approx(loop.std(0), rel=0.1)
    assert bootstrap.interval(f1(drawn)) == pytest.approx(bootstrap.interval(f1(loop)), abs=0.01)


def test_equal_rows_are_drawn_as_if_one_by_one() -> None:
    generator = np.random.default_rng(1)
    kinds = generator.integers(0, 3, (4, 3)).astype(float)
    sums = kinds[generator.integers(0, 4, 2_000)]
    own = np.hstack([sums, np.arange(2_000)[:, None] / 7])
    together, alone = bootstrap.resampled(sums), bootstrap.resampled(own)[:, :3]
    assert together.mean(0) == pytest.approx(alone.mean(0), rel=0.01)
    assert np.cov(together.T) == pytest.approx(np.cov(alone.T), rel=0.2, abs=40)


def test_systems_are_resampled_alike() -> None:
    rows = np.random.default_rng(1).integers(0, 2, (300, 1)).astype(float)
    same, other, negated = bootstrap.paired([rows, np.eye(300), 1 - rows])
    assert (same + negated == 300).all()
    assert same == pytest.approx(other @ rows)


def test_sums_are_exact() -> None:
    generator = np.random.default_rng(1)
    for scale in (1, 2**22, 1 / 3):
        sums = np.hstack([np.eye(40), scale * generator.integers(0, 9, (40, 2))])
        drawn = bootstrap.resampled(sums)
        assert drawn[:, 40:] == pytest.approx(drawn[:, :40] @ sums[:, 40:], rel=1e-12)


def test_questions_about_one_document_are_drawn_together() -> None:
    right = np.array([1.0] * 50 + [0.0] * 50)
    rows = np.stack([right, np.ones(100)], 1)

    def width(groups: list[str]) -> float:
        drawn = bootstrap.resampled(bootstrap.by_group(rows, groups))
        low, high = bootstrap.interval(drawn[:, 0] / drawn[:, 1])
        return high - low

    alone = width([str(number) for number in range(100)])
    together = width([str(number // 10) for number in range(100)])
    assert alone == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 100), rel=0.1)
    assert together == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 10), rel=0.1)


@settings(max_examples=50)
@given(st.lists(st.tuples(*[st.integers(0, 9)] * 3), min_size=1, max_size=30))
def test_the_interval_contains_the_value(groups: list[tuple[int, int, int]]) -> None:
    sums = np.array(groups, float)
    low, high = bootstrap.interval(f1(bootstrap.resampled(sums)))
    assert low - 1e-9 <= f1(sums.sum(0)) <= high + 1e-9


@pytest.mark.parametrize(("share", "count"), [(0, 20), (1, 20), (0, 1), (1, 5), (0.3, 40)])
def test_wilson_contains_its_share_and_is_that_of_scipy(share: float, count: int) -> None:
    low, high = bootstrap.wilson(share, count)
    assert low <= share <= high and low < high
    expected = binomtest(round(share * count), count).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_resamples_of_other_documents_are_independent_and_of_the_same_ones_vary_together() -> None:
    generator = np.random.default_rng(3)
    sums = generator.random((200, 1))
    drawn = bootstrap.resampled(sums)[:, 0]
    names = [str(number) for number in range(200)]
    same = bootstrap.reordered(drawn, names), bootstrap.reordered(drawn, reversed(names * 2))
    assert (same[0] == same[1]).all() and sorted(same[0]) == sorted(drawn)
    other = bootstrap.reordered(drawn, names[1:])
    assert abs(np.corrcoef(same[0], other)[0, 1]) < 0.15
