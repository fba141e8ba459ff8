"""Score summaries: ROUGE against the gold summary; 0 for an unreadable answer."""

from collections.abc import Sequence

import numpy as np

from mnlu_instruct.scoring.counts import Numbers, ratio
from mnlu_instruct.scoring.statistics import Answered, Metric, Statistics
from mnlu_instruct.types import Text

KINDS = ("rougeL", "rouge1", "rouge2")
ALPHABET = (
    "ROUGE compares words made of a–z and 0–9 and passes over all other characters: TNF-α and TNF-β are the same to "
    "it, and an exact copy in Greek letters scores 0."
)
"""What its tokenizer does (rouge-score), for reports."""


def measure(answers: Sequence[Answered]) -> Statistics:
    """Mean F-measure of ROUGE-L, ROUGE-1 and ROUGE-2 (Lin, 2004), by `rouge-score` without stemming.

    ROUGE-L takes a whole summary as one sequence.
    """
    from rouge_score.rouge_scorer import RougeScorer  # type: ignore[import-untyped]  # noqa: PLC0415 (loads nltk)

    scorer = RougeScorer(KINDS, use_stemmer=False)
    rows = np.zeros((len(answers), len(KINDS) + 1))
    for row, answered in zip(rows, answers, strict=True):
        gold, stated = answered.instance.gold, answered.parsed.answer
        assert isinstance(gold, Text)
        rouge = scorer.score(gold.text, stated) if isinstance(stated, str) else {}
        row[:] = [*(rouge[kind].fmeasure if rouge else 0 for kind in KINDS), 1]
    return Statistics(rows, {kind: _mean(column) for column, kind in enumerate(KINDS)})


def _mean(column: int) -> Metric:
    def metric(sums: Numbers) -> Numbers:
        return ratio(sums[..., column], sums[..., -1])

    return metric
