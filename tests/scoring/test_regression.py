"""Correlations: against scipy, and what an answer that can't be read counts as."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from mnlu_instruct.scoring import bootstrap, regression
from mnlu_instruct.scoring.regression import pearson, spearman
from mnlu_instruct.scoring.scores import score
from tests.scoring.helpers import grade

GOLD = st.integers(0, 20).map(lambda quarters: quarters / 4)
PAIRS = st.lists(st.tuples(GOLD, st.integers(0, 5)), min_size=3, max_size=15)


def values(pairs: list[tuple[float, int | None]]) -> dict[str, float]:
    scored = score([grade(gold, stated, f"{number:03}") for number, (gold, stated) in enumerate(pairs)])
    return {name: one.value for name, one in scored.metrics.items()}


@given(PAIRS)
def test_as_scipy_on_the_real_gold_scores(pairs: list[tuple[float, int]]) -> None:
    gold, stated = np.array(pairs).T
    assume(len(set(gold)) > 1 and len(set(stated)) > 1)
    expected = {"pearson": stats.pearsonr(gold, stated)[0], "spearman": stats.spearmanr(gold, stated)[0]}
    assert values(pairs) == pytest.approx(expected)


@given(PAIRS, st.data())
def test_weights_are_repetitions(pairs: list[tuple[float, int]], data: st.DataObject) -> None:
    gold, stated = np.array(pairs, float).T
    often = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(pairs), max_size=len(pairs))))
    for correlation in (pearson, spearman):
        repeated = correlation(np.ones(often.sum()), gold.repeat(often), stated.repeat(often)) if often.any() else 0
        assert correlation(often.astype(float), gold, stated) == pytest.approx(repeated)


def test_a_system_that_always_says_the_same_correlates_with_nothing() -> None:
    assert values([(0.3, 2), (1.7, 2), (4.1, 2)]) == {"pearson": 0, "spearman": 0}


def test_unreadable_counts_as_the_other_end_of_the_scale() -> None:
    pairs = [(0.0, 0), (1.0, 1), (2.0, 2), (3.0, 3), (4.0, 4), (5.0, 5), (2.9, None), (0.1, None)]
    imputed = [*pairs[:6], (2.9, 0), (0.1, 5)]
    assert values(pairs) == values(imputed)
    assert 0 < values(pairs)["pearson"] < 1


def test_no_readable_answer_is_zero_not_a_negative_correlation() -> None:
    assert values([(0.0, None), (2.0, None), (5.0, None)]) == {"pearson": 0, "spearman": 0}


@given(st.lists(st.tuples(GOLD, st.one_of(st.none(), st.integers(0, 5))), min_size=1, max_size=15))
def test_unreadable_never_lifts_above_the_readable_answers_alone(pairs: list[tuple[float, int | None]]) -> None:
    readable = [pair for pair in pairs if pair[1] is not None]
    alone = values(readable) if readable else {"pearson": 0, "spearman": 0}
    for name, value in values(pairs).items():
        assert value <= alone[name] + 1e-9


@given(st.lists(GOLD, min_size=2, max_size=12), st.data())
def test_right_answers_made_unreadable_never_help(gold: list[float], data: st.DataObject) -> None:
    right: list[tuple[float, int | None]] = [(value, int(value + 0.5)) for value in gold]
    lost = data.draw(st.sets(st.sampled_from(range(len(gold))), min_size=1))
    garbled = [(value, None if place in lost else option) for place, (value, option) in enumerate(right)]
    assert values(garbled)["pearson"] <= values(right)["pearson"] + 1e-9


def test_the_bootstrap_recomputes_ranks() -> None:
    generator = np.random.default_rng(0)
    gold = generator.integers(0, 20, 30) / 4
    stated = np.clip(np.round(gold + generator.normal(0, 1, 30)), 0, 5).astype(int)
    answers = [
        grade(one, int(other), f"{place:02}") for place, (one, other) in enumerate(zip(gold, stated, strict=True))
    ]
    measured = regression.measure(answers)
    sums = bootstrap.by_group(measured.rows, [answer.instance.group for answer in answers])
    found = measured.metrics["spearman"](bootstrap.resampled(sums))
    counts = bootstrap.resampled(np.eye(30)).astype(int)
    places = np.arange(30)
    expected = [stats.spearmanr(gold[places.repeat(count)], stated[places.repeat(count)])[0] for count in counts[:50]]
    assert found[:50].tolist() == pytest.approx(expected)
