"""The HTML page of a sweep: a plot of the mean score of each merge, and a table of all scores."""

from collections.abc import Mapping, Sequence
from math import ceil, floor
from pathlib import Path

from msgspec import Struct

from mnlu_instruct.merging.sweep_result import Sweep, System
from mnlu_instruct.report import frame, overview
from mnlu_instruct.report.plots import COLOURS

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BASE = 480, 260, 40, 330, 14, 222
STEPS = 4
"""Intervals between ticks on the score axis."""


class Point(Struct, frozen=True):
    """A merge in the plot: its label (name and score), and its position."""

    words: str
    x: float
    y: float


class Series(Struct, frozen=True):
    """The merges that differ only in the first parameter; `name` has the others."""

    name: str
    colour: int
    points: tuple[Point, ...]


class Plot(Struct, frozen=True):
    """Mean scores over the first parameter; `tuned` is the height of the tuned model's mean."""

    parameter: str
    series: tuple[Series, ...]
    across: tuple[tuple[str, float], ...]
    up: tuple[tuple[str, float], ...]
    tuned: float

    @property
    def description(self) -> str:
        """The plot in words, for screen readers."""
        return "; ".join(point.words for series in self.series for point in series.points)


def render(swept: Sweep) -> str:
    """The page of a sweep, as HTML."""
    names = list(swept.systems[0].card.datasets)
    return frame.render(
        "sweep.html.j2",
        swept=swept,
        datasets=names,
        rows=[(system, [_score(system, name) for name in names]) for system in swept.systems],
        plot=plot(swept),
        size=(WIDTH, HEIGHT, LEFT, RIGHT, TOP, BASE),
        style=frame.inlined("style.css") + frame.inlined("dataset.css") + frame.inlined("sweep.css"),
    )


def write(swept: Sweep, out: Path) -> None:
    """Write the page to a file atomically.

    Raises:
        UserError: the file can't be written.
    """
    frame.write(render(swept), out)


def plot(swept: Sweep) -> Plot:
    """Lay out the plot: the first parameter on the x-axis, the mean score on the y-axis."""
    tuned, *merges = swept.systems
    first = next(iter(merges[0].parameters))
    values = sorted({merge.parameters[first] for merge in merges})
    means = [system.average.mean for system in swept.systems]
    low, high = floor(min(means)), max(ceil(max(means)), floor(min(means)) + 1)

    def up(mean: float) -> float:
        return round(BASE - (mean - low) / (high - low) * (BASE - TOP), 1)

    def across(value: float) -> float:
        share = (value - values[0]) / (values[-1] - values[0]) if len(values) > 1 else 0.5
        return round(LEFT + 16 + share * (RIGHT - LEFT - 32), 1)

    series = tuple(
        Series(
            name,
            place % COLOURS,
            tuple(
                Point(f"{one.name}: {one.average.mean}", across(one.parameters[first]), up(one.average.mean))
                for one in sorted(members, key=lambda one: one.parameters[first])
            ),
        )
        for place, (name, members) in enumerate(_series(merges, first).items())
    )
    ticks = [low + (high - low) * step / STEPS for step in range(STEPS + 1)]
    return Plot(
        first,
        series,
        tuple((f"{value:g}", across(value)) for value in values),
        tuple((f"{tick:g}", up(tick)) for tick in ticks),
        up(tuned.average.mean),
    )


def _series(merges: Sequence[System], first: str) -> Mapping[str, list[System]]:
    """The merges grouped by their other parameters, in words."""
    found: dict[str, list[System]] = {}
    for merge in merges:
        others = ", ".join(f"{name} {value:g}" for name, value in merge.parameters.items() if name != first)
        found.setdefault(others, []).append(merge)
    return found


def _score(system: System, dataset: str) -> tuple[str, str]:
    """A headline score and its interval, formatted."""
    score = system.card.datasets[dataset]
    estimate = score.metrics[score.headline]
    return overview.number(estimate.value), overview.interval(estimate)
