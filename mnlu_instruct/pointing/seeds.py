"""Scores of several seeds of one training: mean and spread of each metric, with all runs, failed ones, too."""

from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev

from msgspec import Struct

from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import scorecard


class OverSeeds(Struct, frozen=True):
    """A metric of a data set over runs, fractions of 1.

    Args:
        deviation: the sample standard deviation, with n − 1 in its denominator.
        values: that of each run, by its folder.
    """

    mean: float
    deviation: float
    values: dict[str, float]


def over_seeds(runs: Sequence[Path], mode: str = "strict") -> dict[str, dict[str, OverSeeds]]:
    """By data set, then metric: mean and spread over runs, counted in one mode.

    Raises:
        UserError: there are fewer than two runs, one is given twice, one can't be read, or they have different data
            sets.
    """
    if len(runs) < 2:
        raise UserError("One run has no spread.", "give the folders of two runs or more, one a seed.")
    if len(set(runs)) < len(runs):
        raise UserError(f"{max(runs, key=runs.count)} is given twice.", "give each run once.")
    cards = {str(run): scorecard.score([run], {}, mode).values for run in runs}
    first, *others = cards.values()
    for run, card in zip(runs[1:], others, strict=True):
        if card.keys() != first.keys():
            raise UserError(
                f"{run} has the data sets {', '.join(card)}; {runs[0]} has {', '.join(first)}.",
                "give runs of one suite.",
            )
    return {
        dataset: {
            metric: _over({run: card[dataset].get(metric, 0.0) for run, card in cards.items()}) for metric in metrics
        }
        for dataset, metrics in first.items()
    }


def _over(values: dict[str, float]) -> OverSeeds:
    return OverSeeds(mean(values.values()), stdev(values.values()), values)
