"""Scoring as In-BoXBART's script does, to face its numbers: metrics of strings, which any part of the gold answer wins.

Reimplemented from the behaviour of `scripts/evaluation.py` of Mihir3009/In-BoXBART (Parmar et al., 2022); none of its
code is here. Answers are strings: `aspirin <Chemical>, asthma <Disease>`. The script takes the gold string apart at
each ", ", and an answer has the best score that it gets against one of the parts. So on BC5CDR's test sentences the
gold answer itself has ROUGE-L 70.5, and one that names the first entity alone has 99.9.

Answers in this package's form are put into that of BoX; an answer that can't be read, such as one of In-BoXBART itself,
is taken as it is. Questions whose gold answer finds nothing have no string in BoX, and are passed over.
"""

import re
import string
from collections import Counter
from collections.abc import Sequence

import numpy as np

from mnlu_instruct.scoring.counts import Numbers, f1, ratio
from mnlu_instruct.scoring.said import UnscorableError
from mnlu_instruct.scoring.statistics import Answered, Metric, Statistics
from mnlu_instruct.types import Answer, Choices, Instance, Spans, extent

BETWEEN = ", "
METRICS = ("rougeL", "exact_match", "f1_words")
SIGNS = str.maketrans("", "", string.punctuation)
ARTICLES = re.compile(r"\b(?:a|an|the)\b")


def measure(answers: Sequence[Answered], outputs: Sequence[str]) -> Statistics:
    """Means over questions of ROUGE-L (with stemming), exact match, and F1 of words, as the script has them.

    Args:
        answers: the answers as read.
        outputs: what the model wrote, in the same order.

    Raises:
        UnscorableError: they are about relations of whole texts, which BoX doesn't ask for.
    """
    from rouge_score_rs import RougeScorer  # noqa: PLC0415 (only where texts are scored)

    if answers[0].instance.task == "ere":
        raise UnscorableError(
            f"{answers[0].instance.id}: BoX has no questions about all relations of a text.", "score by --mode strict."
        )
    scorer = RougeScorer(["rougeL"], use_stemmer=True)
    rows = np.zeros((len(answers), len(METRICS) + 1))
    for row, answered, output in zip(rows, answers, outputs, strict=True):
        gold = stated_gold(answered.instance)
        if not gold:
            continue
        said = _said(answered, output)
        parts = gold.split(BETWEEN)
        row[:] = [
            max(scorer.score(part, said)["rougeL"].fmeasure for part in parts),
            max(plain(part) == plain(said) for part in parts),
            max(_shared(plain(part).split(), plain(said).split()) for part in parts),
            1,
        ]
    return Statistics(rows, {name: _mean(column) for column, name in enumerate(METRICS)})


def _said(answered: Answered, output: str) -> str:
    """An answer in the form of BoX; as it is, if it has none of the lines that this package's form asks for."""
    parsed, labels = answered.parsed, answered.instance.labels
    if parsed.answer is None or 0 < len(labels) == parsed.missing:
        return output.strip()
    return stated(parsed.answer)


def stated_gold(instance: Instance) -> str:
    """The gold answer in the form of BoX; empty if it finds nothing. Entities are in the order of the text."""
    gold = instance.gold
    if isinstance(gold, Spans):
        found = [(extent(one.spans), f"{one.text} <{key}>") for key, spans in gold.spans.items() for one in spans]
        return BETWEEN.join(words for _, words in sorted(found))
    return BETWEEN.join(gold.keys) if isinstance(gold, Choices) else stated(gold.answer)


def stated(answer: Answer) -> str:
    """An answer in the form of BoX: entities with their types, classes by their labels, or a text."""
    if isinstance(answer, dict):
        return BETWEEN.join(f"{words} <{key}>" for key, spans in answer.items() for words in spans)
    if isinstance(answer, frozenset):
        return BETWEEN.join(sorted(answer))
    return str(answer)


def plain(text: str) -> str:
    """A string as it is compared: lower-cased, without signs and articles, white space collapsed."""
    return " ".join(ARTICLES.sub(" ", text.lower().translate(SIGNS)).split())


def _shared(gold: Sequence[str], said: Sequence[str]) -> float:
    """F1 of words."""
    common = (Counter(gold) & Counter(said)).total()
    precision, recall = ratio(np.array(common), np.array(len(said))), ratio(np.array(common), np.array(len(gold)))
    return float(f1(precision, recall))


def _mean(column: int) -> Metric:
    def metric(sums: Numbers) -> Numbers:
        return ratio(sums[..., column], sums[..., -1])

    return metric
