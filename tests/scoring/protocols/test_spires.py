"""SPIRES' protocol: pairs of ids, and nothing else."""

from mnlu_instruct.scoring.protocols import spires
from mnlu_instruct.types import Relations
from tests.scoring.protocols.helpers import counts, perfect, related, said
from tests.support import needs_real_corpora

ONE = Relations((related("CID", "a", "b", concepts=("C1", "D1")),), names={"a": "C1", "alpha": "C1", "b": "D1"})


def test_relations_of_names_without_an_id_are_dropped() -> None:
    other = Relations((), names={"x": "D2"})
    answers = [said(ONE, ("CID", "Alpha", "b"), ("CID", "a", "nobody's"), ("CID", "a", "x")), said(other)]
    assert counts(spires.measure(answers)) == (1, 1, 0)


@needs_real_corpora
def test_a_perfect_answer() -> None:
    """Names of two concepts lose relations, as in BioGPT's protocol; one name has no id, and costs no precision."""
    assert counts(spires.measure(perfect("bc5cdr"))) == (1_053, 11, 13)
