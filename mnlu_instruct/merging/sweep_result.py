"""The result of a sweep over a grid of merges."""

from pathlib import Path

from msgspec import Struct

from mnlu_instruct.catalogue.suites import Average
from mnlu_instruct.evaluation.scorecard import Scorecard


class System(Struct, frozen=True):
    """A merge with its parameters, or the tuned model (without any); its scores, and their average over the suite."""

    name: str
    parameters: dict[str, float]
    card: Scorecard
    average: Average


class Sweep(Struct, frozen=True):
    """The scores of a grid; `systems` are the tuned model, then the merges in the order of the grid."""

    folder: Path
    method: str
    suite: str
    systems: tuple[System, ...]

    @property
    def best(self) -> System:
        """The merge with the highest mean; the first if several have it."""
        return max(self.systems[1:], key=lambda system: system.average.mean)
