"""Summaries: ROUGE as rouge-score computes it."""

import pytest
from rouge_score.rouge_scorer import RougeScorer

from mnlu_instruct.scoring.scores import score
from mnlu_instruct.scoring.text import ALPHABET
from tests.scoring.helpers import summary

GOLD = "The patient has a fever. Aspirin was given."


def test_as_rouge_score_and_no_summary_is_zero() -> None:
    stated = ["Aspirin was given to the patient.", "A fever.", None]
    scored = score([summary(GOLD, words, str(number)) for number, words in enumerate(stated)])
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"])
    for kind in ("rouge1", "rouge2", "rougeL"):
        expected = sum(scorer.score(GOLD, words)[kind].fmeasure for words in stated if words) / 3
        assert scored.metrics[kind].value == pytest.approx(expected)
    assert scored.headline == "rougeL"
    assert scored.unreadable == 1 / 3


def test_what_rouge_does_not_see() -> None:
    """The sentence about it in reports says so, too."""
    assert score([summary("raised TNF-α", "raised TNF-β")]).metrics["rougeL"].value == 1
    assert score([summary("ο ασθενής έχει πυρετό", "ο ασθενής έχει πυρετό")]).metrics["rougeL"].value == 0
    assert "TNF-α and TNF-β are the same" in ALPHABET


def test_by_hand() -> None:
    scored = score([summary("a b c d", "a c x")])
    assert {name: one.value for name, one in scored.metrics.items()} == pytest.approx(
        {"rouge1": 4 / 7, "rouge2": 0, "rougeL": 4 / 7}
    )
