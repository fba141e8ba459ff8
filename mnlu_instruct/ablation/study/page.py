"""The page of a study: its table with published scores and ceilings, figures of its comparisons, what is told apart."""

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from mnlu_instruct.ablation.page import signed
from mnlu_instruct.ablation.study.recipe import FULL
from mnlu_instruct.ablation.study.results import Cell, Difference, Score, Study
from mnlu_instruct.report import frame, overview
from mnlu_instruct.scoring.scores import Estimate

WIDTH, LEFT, RIGHT = 420, 8, 412
"""A panel's width, and where its bars begin and end at most."""
TOP, NAME, BAR, THIN, GAP = 6, 17, 11, 6, 10
"""Heights: above the first pair, a pair's names, a bar, a published bar, between pairs."""
STEPS, MOST = (1, 2, 5, 10, 20), 6
"""Steps between the ticks of an axis, ×100: the smallest that makes at most so many is used."""

Column = tuple[str, str]
"""A test set, and a number of documents."""


class Shown(Struct, frozen=True):
    """A cell of the table: the score ×100 and its interval, the published score, and why there is none."""

    value: str
    within: str
    published: str
    reason: str


class Bar(Struct, frozen=True):
    """A bar, with its words for screen readers: its place, length, height, interval, colour; or published, hatched."""

    words: str
    y: float
    length: float
    height: int
    low: float
    high: float
    colour: int
    hatched: bool


class Panel(Struct, frozen=True):
    """The pairs of a comparison on one test set: names and bars from top to bottom, and the ticks of the axis."""

    title: str
    height: float
    names: tuple[tuple[str, float], ...]
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[str, float], ...]


class Figure(Struct, frozen=True):
    """A comparison, with all documents or with few: a panel for each test set and number of documents."""

    title: str
    panels: tuple[Panel, ...]


def render(found: Study) -> str:
    """The page, as HTML."""
    columns = [(test_set, shots) for test_set, every in found.columns for shots in every]
    places = {(one.model, one.set, one.shots): one for one in found.cells}
    return frame.render(
        "study.html.j2",
        found=found,
        columns=columns,
        rows=[
            (name, [_shown(places.get((name, *column)), bool(found.published)) for column in columns])
            for name in found.models
        ],
        ceilings=_ceilings(found, columns),
        drawn=_drawn(found, columns),
        figures=list(_figures(found, columns)),
        differences=[(name, list(map(_told, some))) for name, some in groupby(found.differences, _comparison)],
        families=[(one, signed(_exactly(one.mean))[0]) for one in found.families],
        size=(WIDTH, LEFT, RIGHT),
        style=frame.inlined("style.css")
        + frame.inlined("dataset.css")
        + frame.inlined("ablation.css")
        + frame.inlined("study.css"),
    )


def number(value: float | None) -> str:
    """A score ×100."""
    return "–" if value is None else overview.number(value)


def spread(score: Score) -> str:
    """The interval of a score over seeds, or, with one seed, over test documents."""
    low, high = score.spread or (score.value.low, score.value.high)
    return overview.interval(Estimate(score.value.value, low, high))


def words(test_set: str, shots: str) -> str:
    """A column's name."""
    return f"{test_set}, {'all documents' if shots == FULL else f'{shots} documents'}"


def _comparison(one: Difference) -> str:
    return one.comparison


def _exactly(value: float) -> Estimate:
    return Estimate(value, value, value)


def _shown(one: Cell | None, beside: bool) -> Shown:
    """A cell of the table, with what is published `beside`; nothing if it isn't one of the study's."""
    if one is None:
        return Shown("", "", "", "")
    known = number(one.published) if beside else ""
    reason = next(iter(one.failures.values()), "")
    if one.score is None:
        return Shown("–", "", known, reason)
    return Shown(number(one.score.value.value), spread(one.score), known, reason)


def _ceilings(found: Study, columns: Sequence[Column]) -> list[tuple[str, list[str]]]:
    """What perfect answers score in the published table, by what they go through."""
    if not found.published:
        return []
    return [
        (name, [f"{of[test_set]:.1f}" if test_set in of else "–" for test_set, _ in columns])
        for name, of in found.published["ceilings"].items()
    ]


def _drawn(found: Study, columns: Sequence[Column]) -> list[tuple[str, list[str]]]:
    """What is in the data sets, from the least to the most over models and seeds."""
    rows = []
    for name, key in (("rows", "rows"), ("labels in them", "labels"), ("kinds of labels", "kinds")):
        cells = []
        for column in columns:
            some = [one for cell in found.cells if (cell.set, cell.shots) == column for one in cell.drawn.values()]
            cells.append(_range([getattr(one, key) for one in some]))
        rows.append((name, cells))
    return rows


def _range(values: Sequence[int]) -> str:
    if not values:
        return "–"
    least, most = min(values), max(values)
    return f"{least:,}" if least == most else f"{least:,}–{most:,}"


def _told(one: Difference) -> tuple[Difference, str, tuple[str, str], str, str, str]:
    """A difference in words: its column, value and intervals, p-values, and the published difference."""
    value = signed(one.score.value) if one.score else ("–", "")
    within = signed(Estimate(0.0, *one.score.spread))[1] if one.score and one.score.spread else ""
    known = signed(_exactly(one.published))[0] if one.published is not None else "–"
    p = "–" if one.corrected is None else f"{one.corrected:.3f}"
    return one, words(one.set, one.shots), value, within, p, known


def _figures(found: Study, columns: Sequence[Column]) -> Iterator[Figure]:
    for comparison in dict.fromkeys(one.comparison for one in found.differences):
        for full in (True, False):
            panels = [
                _panel(found, words(*column), some)
                for column in columns
                if (column[1] == FULL) == full
                and (some := [one for one in found.differences if _place(one) == (comparison, *column)])
            ]
            if panels:
                yield Figure(f"{comparison}, with {'all' if full else 'few'} documents", tuple(panels))


def _place(one: Difference) -> tuple[str, str, str]:
    return one.comparison, one.set, one.shots


def _panel(found: Study, title: str, pairs: Sequence[Difference]) -> Panel:
    """Lay out a panel: of each pair the two models' bars, each with what is published of it."""
    places = {(one.model, one.set, one.shots): one for one in found.cells}
    cells = [[places[model, one.set, one.shots] for model in (one.first, one.second)] for one in pairs]
    most = max((value for pair in cells for cell in pair for value in _values(cell)), default=0.0)
    step = next((one for one in STEPS if 100 * most <= one * MOST), STEPS[-1])
    end = step * max(math.ceil(100 * most / step), 1)

    def across(value: float) -> float:
        return round(LEFT + 100 * value / end * (RIGHT - LEFT), 1)

    y, names, bars = float(TOP), [], []
    for pair, shown in zip(pairs, cells, strict=True):
        names.append((f"{pair.first} · {pair.second}", y + NAME - 5))
        y += NAME
        for colour, cell in enumerate(shown):
            if cell.score:
                value, (low, high) = (
                    cell.score.value,
                    cell.score.spread or (cell.score.value.low, cell.score.value.high),
                )
                said = f"{cell.model}: {number(value.value)} ({spread(cell.score)})"
                ends = across(max(low, 0.0)), across(min(high, end / 100))
                bars.append(Bar(said, y, across(value.value) - LEFT, BAR, *ends, colour, hatched=False))
            y += BAR + 1
            if cell.published is not None:
                said = f"{cell.model}, published: {number(cell.published)}"
                bars.append(Bar(said, y, across(cell.published) - LEFT, THIN, 0, 0, colour, hatched=True))
                y += THIN + 2
        y += GAP
    ticks = tuple((str(tick), across(tick / 100)) for tick in range(0, end + 1, step))
    return Panel(title, y + 18, tuple(names), tuple(bars), ticks)


def _values(cell: Cell) -> Iterator[float]:
    """The values that a panel shows of a cell."""
    if cell.score:
        yield max(cell.score.value.high, *(cell.score.spread or (0.0,)))
    if cell.published is not None:
        yield cell.published
