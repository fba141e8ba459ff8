"""Histograms of lengths: the coordinates of each column. The template draws them as SVG."""

from collections.abc import Mapping

from msgspec import Struct

from mnlu_instruct.dataset.lengths import Lengths

WIDTH, LEFT, RIGHT, TOP, BASE, HEIGHT = 340, 12, 328, 18, 118, 138
GAP = 2
"""The space between two columns."""

KILO = 1_024


class Column(Struct, frozen=True):
    """A column of a histogram: the number of rows, their range of lengths as text, and its coordinates."""

    count: int
    words: str
    x: float
    y: float
    width: float
    height: float


class Histogram(Struct, frozen=True):
    """The lengths of one kind of rows; `ticks` are lengths and their x coordinates."""

    kind: str
    found: Lengths
    columns: tuple[Column, ...]
    ticks: tuple[tuple[str, float], ...]

    @property
    def description(self) -> str:
        """The histogram as text, for screen readers."""
        return "; ".join(f"{column.words}: {column.count:,}" for column in self.columns)


def histograms(measured: Mapping[str, Lengths]) -> tuple[Histogram, ...]:
    """One per kind, all on the same axis of lengths."""
    if not measured:
        return ()
    low = min(one.bounds[0] for one in measured.values())
    high = max(one.bounds[-1] for one in measured.values())
    bounds = tuple(2**place for place in range(low.bit_length() - 1, high.bit_length()))
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
