"""Compare two systems on the same questions: the difference of their scores, with interval and p-value.

Both are scored on the same resampled documents (paired bootstrap: Efron & Tibshirani, 1993, chapter 16; for language:
Berg-Kirkpatrick et al., 2012). Over several data sets, p-values are corrected by Holm's method (1979).
"""

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from mnlu_instruct.scoring import bootstrap
from mnlu_instruct.scoring.counts import Numbers
from mnlu_instruct.scoring.scores import Estimate
from mnlu_instruct.scoring.statistics import Answered, Statistics

DETECTED = 1.959964 + 0.841621
"""The detectable difference in standard errors: test at 5 %, power 80 % (normal quantiles at 97.5 % and 80 %)."""


LEVEL = 0.05
"""The significance level."""


class Difference(Struct, frozen=True):
    """The second system's score minus the first one's, as fractions of 1.

    Args:
        metric: the metric compared.
        value: the difference, with its 95 % interval.
        p: two-sided p-value: the probability of a difference at least as large if there is none.
        bound: whether no resample was as extreme, so that the p-value is below `p`.
        detectable: the smallest true difference that this many documents show in 80 % of samples; None where resamples
            don't differ, which says nothing about it.
    """

    metric: str
    first: float
    second: float
    value: Estimate
    p: float
    bound: bool
    detectable: float | None


def enough(comparisons: int) -> int:
    """How many resamples let Holm's correction find a difference: the smallest p-value that they show, times the number
    of comparisons, is a tenth of the significance level or less."""
    least = 10 * comparisons / LEVEL
    return max(bootstrap.RESAMPLES, bootstrap.BLOCK * math.ceil(least / bootstrap.BLOCK))


def difference(
    answers: Sequence[Answered],
    first: Statistics,
    second: Statistics,
    headline: str,
    resamples: int = bootstrap.RESAMPLES,
) -> Difference:
    """The difference of two systems by the metric `headline`.

    Args:
        answers: either system's answers, in the order of the rows of both; only their questions' groups are used.
        first: what was measured on one system's answers.
        second: on the other's.
        headline: the key of the metric.
        resamples: how many.
    """
    groups = [answered.instance.group for answered in answers]
    metrics = first.metrics[headline], second.metrics[headline]
    sums = [bootstrap.by_group(measured.rows, groups) for measured in (first, second)]
    values = [float(metric(one.sum(0))) for metric, one in zip(metrics, sums, strict=True)]
    resampled = [metric(one) for metric, one in zip(metrics, bootstrap.paired(sums, resamples), strict=True)]
    observed, drawn = values[1] - values[0], resampled[1] - resampled[0]
    p, bound = by_resamples(observed, drawn)
    return Difference(
        metric=headline,
        first=values[0],
        second=values[1],
        value=Estimate(observed, *bootstrap.interval(drawn)),
        p=p,
        bound=bound,
        detectable=float(DETECTED * drawn.std()) if np.ptp(drawn) else None,
    )


def by_resamples(observed: float, drawn: Numbers) -> tuple[float, bool]:
    """The two-sided p-value of a difference by its resamples, shape (resamples,); whether none was as extreme."""
    extreme = int(np.count_nonzero(np.abs(drawn - drawn.mean()) >= abs(observed) - 1e-12))
    return (1 + extreme) / (1 + len(drawn)), not extreme


def holm(values: Sequence[float]) -> list[float]:
    """p-values with Holm's correction: the smallest times n, the next times n − 1 …, none below the one before."""
    corrected = np.empty(len(values))
    largest = 0.0
    for rank, place in enumerate(np.argsort(values, kind="stable")):
        largest = max(largest, min(1.0, (len(values) - rank) * values[place]))
        corrected[place] = largest
    return corrected.tolist()
