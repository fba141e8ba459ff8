"""REBEL's protocol: triplets, to the letter."""

import pytest

from mnlu_instruct.scoring.protocols import rebel
from tests.scoring.protocols.helpers import counts, perfect, related, said
from tests.support import needs_real_corpora

GOLD = [related("A", ("a", "alpha"), "b")]


@pytest.mark.parametrize(
    ("stated", "right"),
    [
        (("A", "a", "b"), True),
        (("A", "alpha", "b"), False),
        (("A", "b", "a"), False),
        (("A", "A", "b"), False),
        (("B", "a", "b"), False),
    ],
)
def test_the_name_that_is_written_to_the_letter(stated: tuple[str, ...], right: bool) -> None:
    assert counts(rebel.measure([said(GOLD, stated, stated)])) == (right, not right, not right)


@needs_real_corpora
@pytest.mark.parametrize(("corpus", "triplets"), [("bc5cdr", 1_065), ("chemprot", 2_937), ("ddi", 941)])
def test_a_perfect_answer(corpus: str, triplets: int) -> None:
    assert counts(rebel.measure(perfect(corpus))) == (triplets, 0, 0)
