"""The HTML page of an ablation: the figure, whether the paper's findings hold, all scores, and the settings."""

from collections.abc import Sequence
from math import ceil, floor

from msgspec import Struct

from mnlu_instruct.ablation.results import Ablation, System
from mnlu_instruct.report import frame, overview
from mnlu_instruct.report.plots import COLOURS
from mnlu_instruct.scoring.scores import Estimate

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BASE = 420, 290, 38, 412, 12, 246
STEPS = (1, 2, 5, 10, 20)
"""Steps between ticks of the score axis, ×100: the smallest that makes at most `MOST` ticks is used."""
MOST = 6
APART = 11
"""Distance between points of different series at the same position, so that their intervals don't overlap."""
MARKS = ("circle", "square", "triangle", "diamond")
"""Marks of series, to tell them apart without colours."""
DASHES = ("6 4", "2 3", "10 3 2 3")
"""Dash patterns of baselines."""


class Point(Struct, frozen=True):
    """A cell in the figure: its label, and the positions of its mark and interval."""

    words: str
    x: float
    y: float
    low: float
    high: float


class Line(Struct, frozen=True):
    """A series with its colour and mark, or a baseline with one point; `failed`: cells without a score, on the axis."""

    name: str
    colour: int
    mark: str
    points: tuple[Point, ...]
    failed: tuple[Point, ...] = ()


class Plot(Struct, frozen=True):
    """The figure: series, baselines, and the labels of the axes with their positions."""

    series: tuple[Line, ...]
    baselines: tuple[Line, ...]
    across: tuple[tuple[str, float], ...]
    up: tuple[tuple[str, float], ...]

    @property
    def description(self) -> str:
        """The figure in words, for screen readers."""
        lines = (*self.series, *self.baselines)
        return "; ".join(point.words for line in lines for point in line.points + line.failed)


def render(found: Ablation) -> str:
    """The page, as HTML."""
    systems = (*found.baselines, *found.cells)
    return frame.render(
        "ablation.html.j2",
        found=found,
        plot=plot(found),
        size=(WIDTH, HEIGHT, LEFT, RIGHT, TOP, BASE),
        rows=[(one, words(one.mean), [words(one.datasets.get(name)) for name in found.metrics]) for one in systems],
        differences=[
            (finding.words, [(one, signed(one.value), found.verdict(one)) for one in finding.differences])
            for finding in found.findings
        ],
        metrics={name: overview.metric(key) for name, key in found.metrics.items()},
        notes=notes(found),
        style=frame.inlined("style.css") + frame.inlined("dataset.css") + frame.inlined("ablation.css"),
    )


def plot(found: Ablation) -> Plot:
    """Lay out the figure: points on the x-axis, in the order in which series name them; means on the y-axis."""
    places = list(dict.fromkeys(at for points in found.series.values() for at in points))
    scored = [one for one in (*found.cells, *found.baselines) if one.mean]
    low, high, step = _axis([one.mean for one in scored if one.mean])

    def up(value: float) -> float:
        return round(BASE - (100 * value - low) / (high - low) * (BASE - TOP), 1)

    def across(place: int) -> float:
        return round(LEFT + (place + 0.5) / len(places) * (RIGHT - LEFT), 1)

    def point(one: System, value: Estimate, x: float) -> Point:
        return Point(f"{one.name}: {' '.join(words(value))}", x, up(value.value), up(value.low), up(value.high))

    def line(number: int, name: str) -> Line:
        shift = APART * (number - (len(found.series) - 1) / 2)
        members = [
            (one, round(across(places.index(one.at or "")) + shift, 1)) for one in found.cells if one.series == name
        ]
        points = tuple(point(one, one.mean, x) for one, x in members if one.mean)
        failed = tuple(Point(f"{one.name}: no score", x, BASE, BASE, BASE) for one, x in members if not one.mean)
        return Line(name, number % COLOURS, MARKS[number % len(MARKS)], points, failed)

    baselines = tuple(
        Line(one.name, number, DASHES[number % len(DASHES)], (point(one, one.mean, LEFT),) if one.mean else ())
        for number, one in enumerate(found.baselines)
    )
    return Plot(
        tuple(line(number, name) for number, name in enumerate(found.series)),
        baselines,
        tuple((at, across(place)) for place, at in enumerate(places)),
        tuple((f"{tick:g}", up(tick / 100)) for tick in range(low, high + 1, step)),
    )


def notes(found: Ablation) -> list[str]:
    """Notes under the figure: missing corpora and data sets, failures, equal cells, missing or repeated rows."""
    said = [f"Left out, because files are missing: {', '.join(found.lacking)}."] if found.lacking else []
    if rest := [name for name in found.metrics if name not in found.mean_over]:
        said.append(f"Means are over {', '.join(found.mean_over)}: not all systems have answers to {', '.join(rest)}.")
    for one in (*found.baselines, *found.cells):
        said += [f"{one.name}, seed {seed}, failed: {reason}" for seed, reason in one.failures.items()]
    said += [f"{' and '.join(names)} are identical here: what they differ in is missing." for names in found.same]
    for one in found.cells:
        if one.short:
            said.append(f"{one.name} was trained on {one.short:,} rows fewer than asked for: there are no more.")
        again = [rows.words for rows in one.rows if rows.drawn > rows.available]
        if again:
            said.append(f"{one.name} repeats: {'; '.join(again)}.")
    return said


def words(value: Estimate | None) -> tuple[str, str]:
    """A score ×100 and its interval, formatted."""
    return (overview.number(value.value), overview.interval(value)) if value else ("–", "")


def signed(value: Estimate | None) -> tuple[str, str]:
    """A difference ×100 with its sign, and its interval, formatted."""
    if value is None:
        return "–", ""
    parts = (f"{100 * part:+.1f}".replace("-", "−") for part in (value.value, value.low, value.high))
    return next(parts), " to ".join(parts)


def _axis(values: Sequence[Estimate]) -> tuple[int, int, int]:
    """The start, end and step of the score axis, ×100; it starts at 0 if that is near."""
    lowest = min((100 * one.low for one in values), default=0.0)
    highest = max((100 * one.high for one in values), default=1.0)
    start = 0.0 if 0 <= lowest < highest / 2 else lowest
    step = next((one for one in STEPS if ceil(highest / one) - floor(start / one) <= MOST), STEPS[-1])
    low = floor(start / step) * step
    return low, max(ceil(highest / step) * step, low + step), step
