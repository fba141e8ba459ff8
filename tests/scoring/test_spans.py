"""Strict spans: multisets by document and type, and what counts against a system."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.scheme import IOB2

from mnlu_instruct.scoring.scores import LabelScore, score
from mnlu_instruct.scoring.spans import UNASKED
from mnlu_instruct.scoring.statistics import Answered
from tests.scoring.helpers import read, spans

TYPES = ("Chemical", "Disease")
STRINGS = st.lists(st.sampled_from(["fever", "IL-2", "aspirin", "none"]), max_size=4)
BY_TYPE = st.fixed_dictionaries(dict.fromkeys(TYPES, STRINGS))


def counts(*answers: Answered) -> dict[str, tuple[int, int, int]]:
    return {key: (one.tp, one.fp, one.fn) for key, one in score(answers).per_label.items()}


def test_surplus_copies_wrong_strings_and_wrong_types_are_false_positives() -> None:
    gold = {"Chemical": ["aspirin", "aspirin"], "Disease": ["fever"]}
    stated = {"Chemical": ["aspirin", "aspirin", "aspirin", "fever"], "Disease": ["Fever"]}
    assert counts(spans(gold, stated)) == {"Chemical": (2, 2, 0), "Disease": (0, 1, 1)}


def test_documents_are_matched_each_by_itself() -> None:
    one = spans({"Disease": ["fever"]}, {"Disease": []}, name="1")
    two = spans({"Disease": []}, {"Disease": ["fever"]}, name="2")
    assert counts(one, two) == {"Disease": (0, 1, 1)}


def test_types_not_asked_are_false_positives_under_a_name_of_their_own() -> None:
    answer = spans({"Disease": ["fever"]}, {"Disease": ["fever"]}, unasked=(("Symptom", "fever"), ("Symptom", "x")))
    scored = score([answer])
    assert scored.per_label["Disease"] == LabelScore(1, 0, 0, 1.0, 1.0, 1.0)
    assert scored.per_label[UNASKED] == LabelScore(0, 2, 0, 0.0, 0.0, 0.0)
    assert scored.metrics["precision"].value == 1 / 3
    assert scored.shares["unasked"] == 2 / 3


def test_unreadable_gold_is_missed() -> None:
    scored = score([spans({"Disease": ["fever"]}, None, name="1"), spans({"Disease": ["rash"]}, {"Disease": ["rash"]})])
    assert scored.unreadable == 0.5
    assert {name: one.value for name, one in scored.metrics.items()} == {"f1": 2 / 3, "precision": 1.0, "recall": 0.5}


def test_hallucinated_spans_occur_neither_in_the_text_nor_in_the_gold() -> None:
    # The gold mention is discontinuous ("left chest pain" without "chest"), the other has a line break in the text.
    stated = {"Disease": ["left pain", "chest pain", "cancer"]}
    answer = spans({"Disease": ["left pain"]}, stated, unasked=(("Symptom", "cough"),))
    instance = replace(answer.instance, text="left chest\npain")
    assert score([Answered(instance, answer.parsed)]).shares["hallucinated"] == 0.5


def test_missing_lines_are_a_share_of_the_lines_asked_of_readable_answers() -> None:
    gold: dict[str, list[str]] = {key: [] for key in TYPES}
    answers = [spans(gold, {}, name="1", missing=1), spans(gold, {}, name="2"), spans(gold, None, name="3")]
    assert score(answers).shares["missing_lines"] == 0.25


def test_as_read() -> None:
    instance = spans({"Disease": ["fever", "fever"], "Chemical": []}, {}).instance
    scored = score([read(instance, "Disease: fever ... fever ... rash\nDrug: aspirin")])
    assert scored.metrics["precision"].value == 0.5
    assert scored.metrics["recall"].value == 1.0
    assert scored.shares == {"hallucinated": 0.5, "unasked": 0.25, "missing_lines": 0.5}


@given(st.lists(st.tuples(BY_TYPE, BY_TYPE), min_size=1, max_size=5))
def test_each_gold_and_each_stated_span_counts_once(pairs: list[tuple[dict[str, list[str]], ...]]) -> None:
    answers = [spans(gold, stated, name=str(number)) for number, (gold, stated) in enumerate(pairs)]
    found = counts(*answers)
    for key in TYPES:
        tp, fp, fn = found[key]
        assert tp + fn == sum(len(gold[key]) for gold, _ in pairs)
        assert tp + fp == sum(len(stated[key]) for _, stated in pairs)


@st.composite
def tags(draw: st.DrawFn) -> list[str]:
    """IOB2 tags of twelve words."""
    found: list[str] = []
    for _ in range(12):
        inside = [f"I-{found[-1][2:]}"] if found and found[-1] != "O" else []
        found.append(draw(st.sampled_from(["O", "B-Chemical", "B-Disease", *inside])))
    return found


def as_spans(found: list[str]) -> dict[str, list[str]]:
    """The spans of tags, as strings; every word is another."""
    by_type: dict[str, list[list[str]]] = {key: [] for key in TYPES}
    for number, tag in enumerate(found):
        if tag != "O":
            spans_of = by_type[tag[2:]]
            if tag.startswith("B"):
                spans_of.append([])
            spans_of[-1].append(f"w{number}")
    return {key: [" ".join(words) for words in found] for key, found in by_type.items()}


@given(st.lists(st.tuples(tags(), tags()), min_size=1, max_size=4))
def test_scores_are_seqevals_on_tags_of_words(pairs: list[tuple[list[str], list[str]]]) -> None:
    answers = [spans(as_spans(gold), as_spans(stated), name=str(number)) for number, (gold, stated) in enumerate(pairs)]
    sides = [[gold for gold, _ in pairs], [stated for _, stated in pairs]]
    expected = {
        name: metric(*sides, mode="strict", scheme=IOB2, zero_division=0)
        for name, metric in (("f1", f1_score), ("precision", precision_score), ("recall", recall_score))
    }
    assert {name: one.value for name, one in score(answers).metrics.items()} == pytest.approx(expected)
