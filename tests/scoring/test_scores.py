"""What holds of every score, over the test questions of all demo corpora."""

import ast
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mnlu_instruct.evaluation import baselines
from mnlu_instruct.scoring import scores
from mnlu_instruct.scoring.scores import Estimate, Score, score
from tests.scoring.helpers import DEMO, key, negative, questions, read, spans, write
from tests.support import ROOT

METRICS = {
    "f1", "precision", "recall", "f1_token", "f1_token_macro", "f1_micro", "f1_macro_positive", "f1_example",
    "f1_positive", "accuracy", "pearson", "spearman", "rouge1", "rouge2", "rougeL", "rougeLsum", "bleu", "bertscore",
}  # fmt: skip
GRADED_GOLD = 0.98
"""The gold options of STS are rounded scores, so right answers correlate a little less than perfectly."""

every_dataset = pytest.mark.parametrize("name", DEMO)


def scored(name: str, texts: list[str]) -> Score:
    pairs = zip(questions(DEMO[name]), texts, strict=True)
    return score([read(instance, text) for instance, text in pairs], negative(DEMO[name]))


def values(one: Score) -> dict[str, float]:
    return {name: estimate.value for name, estimate in one.metrics.items()}


@every_dataset
def test_gold_answers_are_perfect(name: str) -> None:
    one = scored(name, [write(instance) for instance in questions(DEMO[name])])
    least = GRADED_GOLD if one.task == "sts" else 1
    assert all(least <= value <= 1 for value in values(one).values())
    assert (one.unreadable, one.truncated) == (0, 0)
    assert not any(one.shares.values())
    assert not any(label.fp or label.fn for label in one.per_label.values())


@every_dataset
def test_each_gold_answer_by_itself_has_no_error(name: str) -> None:
    for instance in random.Random(0).sample(questions(DEMO[name]), 20):
        one = score([read(instance, write(instance))], negative(DEMO[name]))
        assert not any(label.fp or label.fn for label in one.per_label.values())
        if instance.task != "sts" and (not one.per_label or any(label.tp for label in one.per_label.values())):
            assert one.metrics[one.headline].value == pytest.approx(1)


@every_dataset
def test_metrics_are_of_the_closed_list_and_their_intervals_contain_them(name: str) -> None:
    one = scored(name, baselines.random(questions(DEMO[name]), ()))
    assert set(one.metrics) <= METRICS
    assert one.headline in one.metrics
    for estimate in one.metrics.values():
        assert -1 <= estimate.low <= estimate.value <= estimate.high <= 1


@every_dataset
def test_order_of_rows_changes_nothing(name: str) -> None:
    texts = baselines.random(questions(DEMO[name]), ())
    answers = [read(instance, text) for instance, text in zip(questions(DEMO[name]), texts, strict=True)]
    shuffled = random.Random(0).sample(answers, len(answers))
    assert score(answers, negative(DEMO[name])) == score(shuffled, negative(DEMO[name]))


@every_dataset
def test_nothing_readable_scores_zero(name: str) -> None:
    for text in ("", "As an AI model I have read the text and cannot say"):
        one = scored(name, [text] * len(questions(DEMO[name])))
        if one.task != "summ" or not text:
            assert one.unreadable == 1
            assert set(values(one).values()) == {0}


@every_dataset
def test_an_unreadable_answer_never_scores_above_an_empty_one(name: str) -> None:
    texts = [write(instance) for instance in questions(DEMO[name])]
    empty = ["" if place % 3 else text for place, text in enumerate(texts)]
    garbled = ["\ufffd I see" if place % 3 else text for place, text in enumerate(texts)]
    if DEMO[name].task == "summ":
        garbled = empty  # any text is a summary
    of_empty, of_garbled = values(scored(name, empty)), values(scored(name, garbled))
    assert all(of_garbled[metric] <= of_empty[metric] for metric in of_empty)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(*[st.lists(st.sampled_from("abc"), max_size=3)] * 2), min_size=1, max_size=6), st.data())
def test_unreadable_spans_never_score_above_none(pairs: list[tuple[list[str], list[str]]], data: st.DataObject) -> None:
    lost = data.draw(st.sets(st.sampled_from(range(len(pairs))), min_size=1))

    def one(instead: dict[str, list[str]] | None) -> Score:
        stated = [instead if place in lost else {"D": found} for place, (_, found) in enumerate(pairs)]
        return score([spans({"D": gold}, stated[place], name=str(place)) for place, (gold, _) in enumerate(pairs)])

    assert values(one(None)) == values(one({"D": []}))


def test_truncated_answers_are_counted() -> None:
    answers = [spans({"D": ["a"]}, {"D": ["a"]}, name="1"), spans({"D": ["a"]}, None, name="2")]
    assert score([answers[0], replace(answers[1], truncated=True)]).truncated == 0.5


def test_scoring_knows_no_corpus_no_task_and_no_words() -> None:
    known = {f"mnlu_instruct.{name}" for name in ("types", "errors", "sentences")}
    for path in sorted((ROOT / "mnlu_instruct" / "scoring").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mnlu_instruct"):
                assert node.module in known or node.module.startswith("mnlu_instruct.scoring"), path


def test_where_the_bootstrap_has_nothing_to_draw_the_interval_is_wilsons() -> None:
    def estimate(right: int, of: int) -> Estimate:
        said = [key(("a", "b"), "a", "a" if place < right else "b", name=str(place)) for place in range(of)]
        return scores.score(said).metrics["accuracy"]

    assert estimate(0, 20) == Estimate(0.0, 0.0, pytest.approx(0.161, abs=1e-3))
    assert estimate(5, 5) == Estimate(1.0, pytest.approx(0.566, abs=1e-3), 1.0)
    wrong = [key(("a", "b"), "a", "b", name=str(place)) for place in range(20)]
    _, drawn = scores.estimated(wrong, scores.measure(wrong))
    assert 0 < np.percentile(drawn["accuracy"], 97.5) < 0.2  # so that a mean over data sets isn't sure of a 0
    assert 0.2 < estimate(12, 30).low < 0.4 < estimate(12, 30).high < 0.6  # by the bootstrap
