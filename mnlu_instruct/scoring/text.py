"""Score texts in words of their own, summaries and replies: ROUGE and BLEU against the gold text."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from mnlu_instruct.scoring import bleu
from mnlu_instruct.scoring.counts import Numbers, ratio
from mnlu_instruct.scoring.statistics import Answered, Metric, Statistics
from mnlu_instruct.sentences import Splitter, sentences
from mnlu_instruct.types import Text

KINDS = ("rougeL", "rouge1", "rouge2", "rougeLsum")
RELEASED_TOKENS = 128
"""The tokens of a reference in BioBART's script, with those that begin and end it."""
ALPHABET = (
    "ROUGE compares words made of a–z and 0–9 and passes over all other characters: TNF-α and TNF-β are the same to "
    "it, and an exact copy in Greek letters scores 0."
)
"""What its tokenizer does (rouge-score), for reports."""


def measure(answers: Sequence[Answered]) -> Statistics:
    """ROUGE without stemming, and BLEU; an unreadable answer is an empty text."""
    return measured(references(answers), said(answers))


def measure_biobart(answers: Sequence[Answered], cut: Callable[[str], str]) -> Statistics:
    """As the released code of BioBART scores (Yuan et al., 2022): references cut, words stemmed, NLTK's sentences.

    Args:
        answers: the answers as read.
        cut: what remains of a reference within `RELEASED_TOKENS`.
    """
    return measured(references(answers, cut), said(answers), stemmed=True, splitter="punkt-english")


def measured(
    wanted: Sequence[str], texts: Sequence[str], stemmed: bool = False, splitter: Splitter = "punkt"
) -> Statistics:
    """Mean F-measures of ROUGE (Lin, 2004) as the package rouge-score has them, and BLEU of all texts.

    ROUGE-L takes a whole text as one sequence; ROUGE-Lsum the union of the longest common subsequences of its
    sentences. Texts of several sentences have a higher Lsum than L, so the two must not be compared.

    Args:
        wanted: the references.
        texts: the texts that are scored, in the same order; an empty one scores 0.
        stemmed: whether words are compared by their stems (Porter).
        splitter: what makes the sentences of ROUGE-Lsum.
    """
    from rouge_score_rs import RougeScorer  # noqa: PLC0415 (only where texts are scored)

    split = partial(_lines, splitter=splitter)
    gold, given = list(map(split, wanted)), list(map(split, texts))
    rouge = RougeScorer(list(KINDS), use_stemmer=stemmed).score_batch(gold, given)
    means = np.array([[*(one[kind].fmeasure for kind in KINDS), 1] for one in rouge])
    rows = np.hstack([means, bleu.counts(gold, given)])
    metrics: dict[str, Metric] = {kind: partial(_mean, column) for column, kind in enumerate(KINDS)}
    return Statistics(rows, {**metrics, "bleu": lambda sums: bleu.score(sums[..., -bleu.COLUMNS :])})


def with_bertscore(found: Statistics, values: Numbers) -> Statistics:
    """The same with the mean of each answer's BERTScore, too.

    Args:
        found: statistics of texts.
        values: the F1 of each text, of shape (texts,).
    """
    column = found.rows.shape[1]
    rows = np.column_stack([found.rows, values])
    kept = {name: partial(_of_columns, metric, column) for name, metric in found.metrics.items()}
    return replace(found, rows=rows, metrics={**kept, "bertscore": partial(_mean, column)})


def _of_columns(metric: Metric, columns: int, sums: Numbers) -> Numbers:
    return metric(sums[..., :columns])


def references(answers: Sequence[Answered], cut: Callable[[str], str] = str) -> list[str]:
    """What answers are compared with: the gold texts, cut."""
    return [cut(_gold(one)) for one in answers]


def said(answers: Sequence[Answered]) -> list[str]:
    """What answers say; an unreadable one says nothing."""
    return [_said(one) for one in answers]


def _lines(text: str, splitter: Splitter) -> str:
    """A text with each sentence on a line of its own, as ROUGE-Lsum wants them."""
    return "\n".join(text[start:end] for start, end in sentences(text, splitter))


def _mean(column: int, sums: Numbers) -> Numbers:
    return ratio(sums[..., column], sums[..., len(KINDS)])


def _gold(answered: Answered) -> str:
    gold = answered.instance.gold
    assert isinstance(gold, Text)
    return gold.text


def _said(answered: Answered) -> str:
    stated = answered.parsed.answer
    return stated if isinstance(stated, str) else ""
