"""STS: the correlation of the predicted options with the exact gold scores.

An answer's row has a 1 in the cell of its gold score and its option: sums of rows are contingency tables, from which
both correlations are computed.

An unreadable answer counts as the option at the far end of the scale: the lowest if the gold score is above the mean
gold score, else the highest. No other option makes the covariance smaller. But an unreadable answer is not a wrong one:
such answers lower a correlation to 0 at most, and never raise it above that of the readable answers alone.
"""

from collections.abc import Callable, Sequence

import numpy as np

from mnlu_instruct.scoring.counts import Numbers, ratio
from mnlu_instruct.scoring.statistics import Answered, Metric, Statistics
from mnlu_instruct.types import Grade

Correlation = Callable[[Numbers, Numbers, Numbers], Numbers]
"""From weights (shape `(…, cells)`), the cells' gold scores and options (shape `(cells,)`) to values (shape `(…)`)."""


def measure(answers: Sequence[Answered]) -> Statistics:
    """Pearson's and Spearman's correlation."""
    gold = np.array([_grade(answered).score for answered in answers])
    mean = gold.mean()
    triples = []
    for answered, score in zip(answers, gold, strict=True):
        option = answered.parsed.answer
        scale = [int(label.key) for label in answered.instance.labels]
        counted = option if isinstance(option, int) else min(scale) if score > mean else max(scale)
        triples.append((score, counted, option is not None))
    cells, place = np.unique(np.array(triples), axis=0, return_inverse=True)
    rows = np.zeros((len(answers), len(cells)))
    rows[np.arange(len(answers)), place] = 1
    scores, options, readable = cells.T

    def strict(correlation: Correlation) -> Metric:
        def metric(sums: Numbers) -> Numbers:
            of_all = correlation(sums, scores, options)
            of_readable = correlation(sums * readable, scores, options)
            value: Numbers = np.minimum(of_readable, np.maximum(of_all, 0))
            return value

        return metric

    return Statistics(rows, {"pearson": strict(pearson), "spearman": strict(spearman)}, are_shares=False)


def pearson(weights: Numbers, first: Numbers, second: Numbers) -> Numbers:
    """Pearson's correlation of weighted pairs of values; 0 if one of the two is constant.

    The values have the shape of the weights, or that of their last axis.
    """
    total = weights.sum(-1, keepdims=True)
    one = first - ratio((weights * first).sum(-1, keepdims=True), total)
    two = second - ratio((weights * second).sum(-1, keepdims=True), total)
    covariance = (weights * one * two).sum(-1)
    spread = np.sqrt((weights * one**2).sum(-1) * (weights * two**2).sum(-1))
    varies = spread > 1e-9 * total[..., 0]  # the mean of equal values can be off by rounding
    return ratio(np.where(varies, covariance, 0), spread)


def spearman(weights: Numbers, first: Numbers, second: Numbers) -> Numbers:
    """Spearman's correlation: Pearson's of the ranks; equal values share the mean of their ranks."""
    return pearson(weights, _ranks(weights, first), _ranks(weights, second))


def _ranks(weights: Numbers, values: Numbers) -> Numbers:
    """The rank of each value among all, given how often each occurs; shape of the weights."""
    distinct, place = np.unique(values, return_inverse=True)
    members = place == np.arange(len(distinct))[:, None]
    often = weights @ members.T.astype(float)
    ranks: Numbers = (often.cumsum(-1) - (often - 1) / 2)[..., place]
    return ranks


def _grade(answered: Answered) -> Grade:
    gold = answered.instance.gold
    assert isinstance(gold, Grade)
    return gold
