"""The page about a built data set: its tables with bars, its labels, its lengths as histograms."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from mnlu_instruct import contents
from mnlu_instruct.lengths import Lengths
from mnlu_instruct.report import frame
from mnlu_instruct.stats import Stats

WIDTH, LEFT, RIGHT, TOP, BASE, HEIGHT = 340, 12, 328, 18, 118, 138
GAP = 2
"""Between two columns."""

KILO = 1_024


class Column(Struct, frozen=True):
    """A column of a histogram: the rows it stands for, their lengths in words, and where it lies."""

    count: int
    words: str
    x: float
    y: float
    width: float
    height: float


class Histogram(Struct, frozen=True):
    """How long rows of a kind are; `ticks` are lengths and where they stand."""

    kind: str
    found: Lengths
    columns: tuple[Column, ...]
    ticks: tuple[tuple[str, float], ...]

    @property
    def description(self) -> str:
        """The histogram in words, for those who don't see it."""
        return "; ".join(f"{column.words}: {column.count:,} rows" for column in self.columns)


def render(found: Stats) -> str:
    """The page about a data set, as HTML; the same data set gives the same page."""
    return frame.render(
        "dataset.html.j2",
        said=found.manifest,
        forbidden=contents.restricted(found.manifest),
        rows=contents.rows(found.manifest),
        provenance=contents.provenance(found.manifest),
        labels=contents.labels(found.manifest),
        histograms={"characters": _histograms(found.characters), "tokens": _histograms(found.tokens)},
        cell=contents.cell,
        style=frame.inlined("style.css") + frame.inlined("dataset.css"),
        size=(WIDTH, HEIGHT, LEFT, RIGHT, BASE),
    )


def write(found: Stats, out: Path) -> None:
    """Write the page to a file, which appears whole or not at all.

    Raises:
        UserError: the file can't be written.
    """
    frame.write(render(found), out)


def _histograms(measured: Mapping[str, Lengths]) -> tuple[Histogram, ...]:
    """One for each kind, all on one axis of lengths."""
    if not measured:
        return ()
    bounds = max((one.bounds for one in measured.values()), key=len)
    return tuple(_histogram(kind, one, bounds) for kind, one in measured.items())


def _histogram(kind: str, found: Lengths, bounds: tuple[int, ...]) -> Histogram:
    step = (RIGHT - LEFT) / (len(bounds) - 1)
    first = bounds.index(found.bounds[0])
    columns = tuple(_column(found, place, LEFT + (first + place) * step, step) for place in range(len(found.counts)))
    ticks = tuple((_short(bound), round(LEFT + place * step, 1)) for place, bound in enumerate(bounds))
    return Histogram(kind, found, columns, ticks)


def _column(found: Lengths, place: int, x: float, step: float) -> Column:
    count = found.counts[place]
    height = (BASE - TOP) * count / max(found.counts)
    words = f"{found.bounds[place]:,} to {found.bounds[place + 1] - 1:,}"
    return Column(count, words, *(round(value, 1) for value in (x + GAP / 2, BASE - height, step - GAP, height)))


def _short(bound: int) -> str:
    """A power of two, in few characters."""
    return str(bound) if bound < KILO else f"{bound // KILO}K"
