"""Dot-and-interval plots: where each dot and line of a data set's plot lies. The template draws them as SVG."""

from collections.abc import Sequence
from math import floor

from msgspec import Struct

from mnlu_instruct.report import overview
from mnlu_instruct.report.runs import Run
from mnlu_instruct.scoring.scores import Estimate

WIDTH, LEFT, RIGHT, TOP = 340, 12, 328, 6
STEP = 36
"""The height of a system's row: its name above its interval."""
COLOURS = 6


class Dot(Struct, frozen=True):
    """A system's score: its words, and where its dot and its interval lie."""

    system: str
    words: str
    colour: int
    y: float
    x: float
    low: float
    high: float


class Tick(Struct, frozen=True):
    """A value of the axis."""

    words: str
    x: float


class Plot(Struct, frozen=True):
    """The plot of a data set."""

    dataset: str
    metric: str
    width: int
    height: float
    ticks: tuple[Tick, ...]
    dots: tuple[Dot, ...]

    @property
    def description(self) -> str:
        """The plot in words, for those who don't see it."""
        return "; ".join(f"{dot.system}: {dot.words}" for dot in self.dots)


def plots(runs: Sequence[Run]) -> tuple[Plot, ...]:
    """One plot a data set."""
    return tuple(_plot(name, runs) for name in overview.datasets(runs))


def _plot(name: str, runs: Sequence[Run]) -> Plot:
    scored = [
        (place, run.system, run.card.datasets[name]) for place, run in enumerate(runs) if name in run.card.datasets
    ]
    start = _start([overview.headline(score) for _, _, score in scored])
    dots = tuple(
        _dot(system, overview.headline(score), start, place % COLOURS, TOP + row * STEP)
        for row, (place, system, score) in enumerate(scored)
    )
    values = range(round(100 * start), 101, 25 if start == 0 else 50)
    ticks = tuple(Tick(str(value).replace("-", "−"), _x(value / 100, start)) for value in values)
    metric = overview.metric(scored[0][2].headline)
    return Plot(name, metric, WIDTH, TOP + len(dots) * STEP + 16, ticks, dots)


def _start(estimates: Sequence[Estimate]) -> float:
    """Where the axis begins: at 0, or below for correlations that are."""
    lowest = min(min(one.low, one.value) for one in estimates)
    return 0.0 if lowest >= 0 else max(floor(lowest * 2) / 2, -1.0)


def _dot(system: str, estimate: Estimate, start: float, colour: int, top: float) -> Dot:
    words = f"{overview.number(estimate.value)} {overview.interval(estimate)}"
    x, low, high = (_x(value, start) for value in (estimate.value, estimate.low, estimate.high))
    return Dot(system, words, colour, top + 24, x, low, high)


def _x(value: float, start: float) -> float:
    share = (min(max(value, start), 1.0) - start) / (1 - start)
    return round(LEFT + share * (RIGHT - LEFT), 1)
