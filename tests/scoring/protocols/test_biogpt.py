"""BioGPT's protocols: names that become ids by one table; means of each text's F1."""

import pytest
import yaml

from mnlu_instruct.scoring.protocols import biogpt
from mnlu_instruct.types import Relations
from tests.scoring.protocols.helpers import (
    CEILINGS,
    asked,
    counts,
    needs_the_study,
    perfect,
    related,
    said,
    value,
)
from tests.support import needs_real_corpora

ONE = Relations((related("CID", ("Ab", "a"), "b", concepts=("C1", "D1")),), names={"Ab": "C1", "a": "C1", "b": "D1"})


def test_any_name_of_the_test_set_stands_for_its_concept() -> None:
    other = Relations((), names={"alpha": "C1", "x": "D2"})
    answers = [said(ONE, ("CID", "ALPHA", "B"), ("CID", "ab", "b"), ("CID", "a", "x")), said(other)]
    assert counts(biogpt.measure_cdr(answers)) == (1, 1, 0)


def test_names_without_an_id_are_all_the_same_one() -> None:
    assert counts(biogpt.measure_cdr([said(ONE, ("CID", "a", "y"), ("CID", "a", "z"))])) == (0, 1, 1)


def test_the_last_concept_with_a_name_wins_in_all_texts() -> None:
    before, after = (Relations((), names={"b": concept}) for concept in ("D0", "D9"))
    answer = said(ONE, ("CID", "a", "b"))
    assert counts(biogpt.measure_cdr([said(before), answer])) == (1, 0, 0)
    assert counts(biogpt.measure_cdr([answer, said(after)])) == (0, 1, 1)


@needs_real_corpora
@needs_the_study
def test_a_perfect_answer_for_cdr_loses_thirteen_relations() -> None:
    expected = yaml.safe_load(CEILINGS.read_text("utf-8"))["biogpt_cdr_protocol"]["test"]
    measured = biogpt.measure_cdr(perfect("bc5cdr"))
    right, wrong, missed = counts(measured)
    # Two relations of one text are written alike; there, they are counted as two that are wrong.
    assert (right, wrong, missed) == (1_053, expected["lost"] - 1, expected["lost"])
    assert value(measured) == pytest.approx(expected["f1"], abs=0.06)


def test_a_text_counts_by_its_own_f1_and_only_with_interactions() -> None:
    gold = [related("int", "a", "b"), related("int", "a", "c")]
    measured = biogpt.measure_ddi(
        [
            said(gold, ("int", "a", "b")),
            said([related("int", "a", "b")], ("int", "a", "b"), ("int", "b", "a")),
            said([], ("int", "a", "b")),
        ]
    )
    assert value(measured, "precision") == 75
    assert value(measured, "recall") == 75
    assert value(measured) == round(100 * 2 / 3, 1)
    assert value(measured, "f1_of_means") == 75


def test_an_answer_without_relations_scores_nothing() -> None:
    assert value(biogpt.measure_ddi([said([related("int", "a", "b")])])) == 0


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("MAO-inhibitors", "mao inhibitors", True),
        ("L-type blockers", "l blockers", True),
        ("aspirin (ASA)", "Aspirin", True),
        ("aspirin (ASA)", "asa", True),
        ("(a) b", "b", False),
        ("aspirin", "aspirins", False),
    ],
)
def test_names_are_compared_by_letters_and_digits(one: str, other: str, equal: bool) -> None:
    assert value(biogpt.measure_ddi([said([related("int", one, "x")], ("int", other, "X"))])) == 100 * equal


@pytest.mark.parametrize(
    ("name", "before", "inside"), [("a-1(b.c)", "a1", "bc"), ("a(b)c", "abc", "abc"), ("", "", "")]
)
def test_brackets(name: str, before: str, inside: str) -> None:
    assert (biogpt.before_bracket(name), biogpt.in_bracket(name)) == (before, inside)


@needs_real_corpora
@pytest.mark.parametrize(("corpus", "documents"), [("ddi", 191), ("ddi-study", 303)])
def test_a_perfect_answer_for_ddi(corpus: str, documents: int) -> None:
    measured = biogpt.measure_ddi(perfect(corpus))
    assert (value(measured), value(measured, "f1_of_means")) == (100, 100)
    assert (len(asked(corpus)), counts(measured)[-1]) == (documents, 191)
