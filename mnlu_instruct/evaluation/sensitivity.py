"""Prompt sensitivity: the spread of scores over runs of one system that differ in their prompt pack only."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev

from msgspec import Struct

from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import runs
from mnlu_instruct.evaluation.evaluate import RUN
from mnlu_instruct.evaluation.provenance import ENTRY
from mnlu_instruct.evaluation.runs import Run

PACK = "pack"
FREE = frozenset({PACK, "version", "flips", "alike_shots", ENTRY, "too_long", "ran_on"})
"""Keys of `run.json` in which the runs may differ."""


class Spread(Struct, frozen=True):
    """The headline scores of a data set over packs, fractions of 1.

    Args:
        deviation: the sample standard deviation, with n − 1 in its denominator.
        packs: the score with each pack.
    """

    metric: str
    mean: float
    deviation: float
    packs: dict[str, float]

    @property
    def lowest(self) -> str:
        """The pack with the lowest score; the first if several have it."""
        return min(self.packs, key=self.packs.__getitem__)

    @property
    def highest(self) -> str:
        """The pack with the highest score; the first if several have it."""
        return max(self.packs, key=self.packs.__getitem__)


class Sensitivity(Struct, frozen=True):
    """The spread of the scores of each data set, and of each average of the suite."""

    system: str
    packs: tuple[str, ...]
    datasets: dict[str, Spread]
    suites: dict[str, Spread]


def sensitivity(folders: Sequence[Path]) -> Sensitivity:
    """The spread of scores over the packs of runs.

    Raises:
        UserError: fewer than two runs; two with the same pack; runs that differ in more than their pack, or in their
            data sets; or a run can't be read.
    """
    if len(folders) < 2:
        raise UserError("A spread needs at least two runs.", "evaluate with other packs: mnlu eval --pack paraphrase.")
    read = runs.read(folders)
    _check(read, folders)
    packs = tuple(run.about[PACK] for run in read)
    scores = {
        name: _spread(score.headline, packs, [run.card.datasets[name].metrics[score.headline].value for run in read])
        for name, score in read[0].card.datasets.items()
    }
    averages = {
        name: _spread("mean", packs, [run.card.suites[name].mean / 100 for run in read]) for name in read[0].card.suites
    }
    return Sensitivity(str(read[0].about.get("model", read[0].system)), packs, scores, averages)


def _spread(metric: str, packs: Sequence[str], values: Sequence[float]) -> Spread:
    return Spread(metric, mean(values), stdev(values), dict(zip(packs, values, strict=True)))


def _check(read: Sequence[Run], folders: Sequence[Path]) -> None:
    """Check that runs differ in their packs, and in nothing else that decides a score."""
    known: dict[str, Path] = {}
    for run, folder in zip(read, folders, strict=True):
        pack = run.about.get(PACK)
        if pack is None:
            raise UserError(f"{folder / RUN} names no pack.", "was it changed after 'mnlu eval' wrote it?")
        if pack in known:
            raise UserError(f"{folder} has the same pack as {known[pack]}: {pack}.", "give one run of each pack.")
        known[pack] = folder
        for name, (first, other) in _differences(read[0], run).items():
            raise UserError(
                f"{folders[0]} and {folder} differ in more than their packs: {name} is {first} and {other}.",
                "evaluate the same model on the same suite with the same settings, and several packs.",
            )


def _differences(first: Run, other: Run) -> Mapping[str, tuple[object, object]]:
    """What two runs differ in beside their packs: by name, the value in each."""
    found: dict[str, tuple[object, object]] = {
        name: (first.about.get(name, "unknown"), other.about.get(name, "unknown"))
        for name in dict.fromkeys((*first.about, *other.about))
        if name not in FREE
    }
    found["the mode of scores"] = first.card.mode, other.card.mode
    asked = [{name: score.n for name, score in run.card.datasets.items()} for run in (first, other)]
    for name in dict.fromkeys(name for counts in asked for name in counts):
        found[f"the number of questions of {name}"] = asked[0].get(name, 0), asked[1].get(name, 0)
    return {name: pair for name, pair in found.items() if pair[0] != pair[1]}
