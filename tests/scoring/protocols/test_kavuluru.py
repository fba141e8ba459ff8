"""Jiang and Kavuluru's protocols: positive combinations, or any, as sets of drugs."""

import pytest

from mnlu_instruct.scoring import modes
from mnlu_instruct.scoring.protocols import kavuluru
from tests.scoring.protocols.helpers import counts, perfect, related, said
from tests.support import needs_real_corpora

GOLD = [related("POS", "A - 1", "b"), related("COMB", "b", "c"), related("NEG", "c", "d", "e")]


def test_positive_ones_are_sets_of_drugs() -> None:
    answer = said(GOLD, ("POS", "B", "a-1"), ("POS", "b", "c"), ("NEG", "x", "y"))
    assert counts(kavuluru.measure_positive([answer])) == (1, 1, 0)


def test_any_effect_is_as_good_as_another() -> None:
    answer = said(GOLD, ("NEG", "b", "a-1"), ("POS", "b", "c"), ("COMB", "b", "c"), ("NEG", "c", "d"))
    assert counts(kavuluru.measure_any([answer])) == (2, 1, 1)


@needs_real_corpora
@pytest.mark.parametrize(
    ("measure", "found"), [("dce-kavuluru-positive", 150), ("dce-kavuluru-any", 209)], ids=["positive", "any"]
)
def test_a_perfect_answer(measure: str, found: int) -> None:
    protocol = modes.get(measure)
    assert isinstance(protocol, modes.Protocol)
    for corpus in protocol.corpora:
        assert counts(protocol.measure(perfect(corpus))) == (found, 0, 0), corpus
