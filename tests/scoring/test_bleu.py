"""BLEU from counts, as sacreBLEU computes it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import BLEU

from mnlu_instruct.scoring import bleu

WORDS = st.lists(st.sampled_from(["a", "b", "c.", "TNF-α", "d"]), max_size=9).map(" ".join)


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=6))
def test_as_sacrebleu(pairs: list[tuple[str, str]]) -> None:
    references, texts = [one for one, _ in pairs], [other for _, other in pairs]
    found = bleu.score(bleu.counts(references, texts).sum(0))
    assert found == pytest.approx(BLEU().corpus_score(texts, [references]).score / 100, abs=1e-12)


def test_many_sums_at_once() -> None:
    rows = bleu.counts(["a b c d e", "a b"], ["a b c d", ""])
    found = bleu.score(np.array([[rows[0], rows[1]], [rows.sum(0), 0 * rows[0]]]))
    assert found.shape == (2, 2)
    assert found[0, 0] == pytest.approx(np.exp(-0.25))
    assert found[0, 1] == found[1, 1] == 0
