"""Plots of scores: the coordinates of each dot, line and bar. The template draws them as SVG."""

from collections.abc import Sequence
from math import floor

from msgspec import Struct

from mnlu_instruct.evaluation.runs import Run
from mnlu_instruct.report import overview
from mnlu_instruct.scoring.confusion import Confusion
from mnlu_instruct.scoring.scores import Estimate, Score

WIDTH, LEFT, RIGHT, TOP = 340, 12, 328, 6
STEP = 36
"""The height of a system's row: its name above its interval."""
COLOURS = 6
BARS = 100
"""The height of the highest bar of a distribution."""


class Dot(Struct, frozen=True):
    """A system's score: as text, and the coordinates of its dot and its interval."""

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
        """The plot as text, for screen readers."""
        return "; ".join(f"{dot.system}: {dot.words}" for dot in self.dots)


class Span(Struct, frozen=True):
    """A system's precision and recall (×100, as text), their coordinates, and recall minus precision."""

    system: str
    colour: int
    y: float
    precision: str
    recall: str
    above: str
    left: float
    right: float


class Bar(Struct, frozen=True):
    """How often a score is gold and how often it was predicted: counts, and the coordinates of the two bars."""

    score: str
    gold: int
    predicted: int
    x: float
    width: float
    gold_height: float
    predicted_height: float


class Distribution(Struct, frozen=True):
    """The distribution of a system's predicted scores and of the gold scores."""

    system: str
    colour: int
    bars: tuple[Bar, ...]

    @property
    def description(self) -> str:
        """The plot as text, for screen readers."""
        return "; ".join(f"{bar.score}: gold {bar.gold}, predicted {bar.predicted}" for bar in self.bars)


def plots(runs: Sequence[Run]) -> tuple[Plot, ...]:
    """One plot per data set."""
    return tuple(_plot(name, runs) for name in overview.datasets(runs))


def precision_recall(scores: Sequence[tuple[int, str, Score]]) -> tuple[Span, ...]:
    """Precision and recall of those systems (index, name, score) that have both."""
    found = [one for one in scores if {"precision", "recall"} <= one[2].metrics.keys()]
    return tuple(_span(place, system, score, row) for row, (place, system, score) in enumerate(found))


def _span(place: int, system: str, score: Score, row: int) -> Span:
    precision, recall = score.metrics["precision"].value, score.metrics["recall"].value
    above = round(100 * recall, 1) - round(100 * precision, 1)
    return Span(
        system,
        place % COLOURS,
        TOP + row * STEP + 24,
        overview.number(precision),
        overview.number(recall),
        f"{above:+.1f}".replace("-", "−"),
        _x(precision, 0.0),
        _x(recall, 0.0),
    )


def distribution(system: str, place: int, found: Confusion) -> Distribution:
    """How often a system predicted each score (the sums of the columns), and how often each is gold (of the rows)."""
    gold = dict(zip(found.gold, map(sum, found.counts), strict=True))
    said = {score: sum(row[column] for row in found.counts) for column, score in enumerate(found.said)}
    scores = list(dict.fromkeys((*found.said, *found.gold)))
    step = (RIGHT - LEFT) / len(scores)
    height = BARS / max(1, *gold.values(), *said.values())
    bars = tuple(
        Bar(
            score,
            gold.get(score, 0),
            said.get(score, 0),
            round(LEFT + index * step + step * 0.1, 1),
            round(step * 0.38, 1),
            round(gold.get(score, 0) * height, 1),
            round(said.get(score, 0) * height, 1),
        )
        for index, score in enumerate(scores)
    )
    return Distribution(system, place % COLOURS, bars)


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
    """Where the axis begins: at 0, or below for negative correlations."""
    lowest = min(min(one.low, one.value) for one in estimates)
    return 0.0 if lowest >= 0 else max(floor(lowest * 2) / 2, -1.0)


def _dot(system: str, estimate: Estimate, start: float, colour: int, top: float) -> Dot:
    words = f"{overview.number(estimate.value)} {overview.interval(estimate)}"
    x, low, high = (_x(value, start) for value in (estimate.value, estimate.low, estimate.high))
    return Dot(system, words, colour, top + 24, x, low, high)


def _x(value: float, start: float) -> float:
    share = (min(max(value, start), 1.0) - start) / (1 - start)
    return round(LEFT + share * (RIGHT - LEFT), 1)
