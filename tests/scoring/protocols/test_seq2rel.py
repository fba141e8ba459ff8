"""Seq2Rel's protocol: all names of both concepts, as sets."""

from mnlu_instruct.scoring.protocols import seq2rel
from tests.scoring.protocols.helpers import asked, counts, perfect, related, said
from tests.support import needs_real_corpora

ONE = [related("CID", "a | alpha", "b")]


def test_all_names_and_no_other_in_any_order_and_case() -> None:
    assert counts(seq2rel.measure([said(ONE, ("CID", "Alpha | a", "B"))])) == (1, 0, 0)
    assert counts(seq2rel.measure([said(ONE, ("CID", "a", "b"), ("CID", "a | alpha | x", "b"))])) == (0, 2, 1)


def test_a_set_of_names_counts_once() -> None:
    assert counts(seq2rel.measure([said(ONE, ("CID", "a | alpha", "b"), ("CID", "alpha | a", "b"))])) == (1, 0, 0)


@needs_real_corpora
def test_a_perfect_answer_finds_all_but_relations_that_are_written_alike() -> None:
    assert counts(seq2rel.measure(perfect("bc5cdr-seq2rel"))) == (1_065, 0, 0)


@needs_real_corpora
def test_a_single_name_of_each_concept_reaches_half() -> None:
    """What the best model that states one name could score: relations of concepts with one name."""
    answers = []
    for one, short in zip(perfect("bc5cdr-seq2rel"), asked("bc5cdr"), strict=True):
        assert one.instance.id.rpartition("/")[2] == short.id.rpartition("/")[2]
        answers.append(said(one.gold, *{related.stated for related in short.gold.relations}))  # type: ignore[union-attr]
    right, wrong, missed = counts(seq2rel.measure(answers))
    assert (right, wrong, missed) == (538, 527, 527)
