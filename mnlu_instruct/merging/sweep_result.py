"""What a sweep over a grid of merges found."""

from pathlib import Path

from msgspec import Struct

from mnlu_instruct.catalogue.suites import Average
from mnlu_instruct.evaluation.scorecard import Scorecard


class System(Struct, frozen=True):
    """A merge with its parameters, or the tuned model, which has none; its scores, and the suite's average of them."""

    name: str
    parameters: dict[str, float]
    card: Scorecard
    average: Average


class Sweep(Struct, frozen=True):
    """A grid, scored; `systems` are the tuned model, then the merges in the order of the grid."""

    folder: Path
    method: str
    suite: str
    systems: tuple[System, ...]

    @property
    def best(self) -> System:
        """The merge of the highest mean; of equal ones the first."""
        return max(self.systems[1:], key=lambda system: system.average.mean)
