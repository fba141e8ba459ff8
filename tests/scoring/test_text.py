"""Summaries and replies: ROUGE as rouge-score computes it, and the way of BioBART's script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from mnlu_instruct.scoring import text
from mnlu_instruct.scoring.scores import score
from mnlu_instruct.scoring.text import ALPHABET
from mnlu_instruct.sentences import sentences
from tests.scoring.helpers import summary

WORD = st.sampled_from(["Fevers", "rise", "in", "TNF-α.", "The", "rising", "fever.", "(b)", "2"])
WORDS = st.lists(WORD, max_size=12).map(" ".join)
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
        {"rouge1": 4 / 7, "rouge2": 0, "rougeL": 4 / 7, "rougeLsum": 4 / 7, "bleu": 0}
    )


def test_lsum_finds_sentences_in_another_order_and_l_does_not() -> None:
    scored = score([summary(GOLD, "Aspirin was given. The patient has a fever.")])
    assert scored.metrics["rougeLsum"].value == 1
    assert scored.metrics["rougeL"].value < 0.7


def test_biobart_cuts_references_and_stems() -> None:
    said = [summary("fevers rose. More was said.", "fever rises")]
    found = text.measure_biobart(said, lambda words: words.partition(".")[0])
    values = {name: float(metric(found.rows.sum(0))) for name, metric in found.metrics.items()}
    assert values["rouge1"] == 0.5
    assert score(said).metrics["rouge1"].value == 0


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=5), st.booleans())
def test_rouge_is_that_of_the_package_rouge_score(pairs: list[tuple[str, str]], stemmed: bool) -> None:
    """The scores come from a faster package, which is to give the same ones."""
    found = text.measured(*zip(*pairs, strict=True), stemmed=stemmed)
    scorer = RougeScorer(text.KINDS, use_stemmer=stemmed)
    for row, pair in zip(found.rows, pairs, strict=True):
        lines = ["\n".join(one[start:end] for start, end in sentences(one)) for one in pair]
        rouge = scorer.score(*lines)
        assert list(row[: len(text.KINDS)]) == [rouge[kind].fmeasure for kind in text.KINDS]
