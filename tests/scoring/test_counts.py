"""Precision, recall and F1 as values: against scikit-learn, their sum, and where nothing is there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_fscore_support

from mnlu_instruct.scoring.counts import PRF, f1, pooled, ratio


def prf(tp: float, fp: float, fn: float) -> PRF:
    return PRF(np.array(tp), np.array(fp), np.array(fn))


def test_hand_computed() -> None:
    counts = prf(6, 2, 6)
    assert (counts.precision, counts.recall, counts.f1) == (0.75, 0.5, 0.6)


def test_nothing_found_or_nothing_to_find_is_zero() -> None:
    for counts in (prf(0, 0, 0), prf(0, 3, 0), prf(0, 0, 3)):
        assert (counts.precision, counts.recall, counts.f1) == (0, 0, 0)


def test_sums_and_arrays() -> None:
    total = prf(1, 2, 3) + prf(4, 0, 1)
    assert (total.tp, total.fp, total.fn) == (5, 2, 4)
    each = PRF(np.array([1.0, 4.0]), np.array([2.0, 0.0]), np.array([3.0, 1.0]))
    assert pooled(each) == total
    assert each.f1.tolist() == [float(prf(1, 2, 3).f1), float(prf(4, 0, 1).f1)]


def test_ratio_takes_shapes_that_fit() -> None:
    assert ratio(np.array([1.0, 2.0]), np.array(4.0)).tolist() == [0.25, 0.5]
    assert f1(np.array(1.0), np.array(1.0)) == 1.0


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_as_scikit_learn(pairs: list[tuple[bool, bool]]) -> None:
    gold, found = zip(*pairs, strict=True)
    tp = sum(one and other for one, other in pairs)
    counts = prf(tp, sum(found) - tp, sum(gold) - tp)
    precision, recall, score, _ = precision_recall_fscore_support(gold, found, average="binary", zero_division=0)
    assert (counts.precision, counts.recall, counts.f1) == pytest.approx((precision, recall, score))
