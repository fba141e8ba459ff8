"""Write the results of a study: `ablation.json`, `ablation.csv`, `differences.csv`, and a page."""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import json

from mnlu_instruct.ablation.outputs import CSV, JSON, PAGE
from mnlu_instruct.ablation.study import page
from mnlu_instruct.ablation.study.results import Score, Study
from mnlu_instruct.report import frame

DIFFERENCES = "differences.csv"
WITHIN = ("value", "low", "high", "seeds_low", "seeds_high")
"""A mean, its interval over seeds and test documents, and that over seeds."""
CELLS = ("model", "set", "documents", "seeds", *WITHIN, "published")
PAIRS = ("comparison", "first", "second", "set", "documents", *WITHIN, "p", "corrected_p", "verdict", "published")


def write(found: Study, folder: Path) -> None:
    """Write all files, each atomically; scores are fractions of 1.

    Raises:
        UserError: one can't be written.
    """
    frame.write(json.format(json.encode(found), indent=2).decode() + "\n", folder / JSON)
    frame.write(_table(CELLS, _cells(found)), folder / CSV)
    frame.write(_table(PAIRS, _pairs(found)), folder / DIFFERENCES)
    frame.write(page.render(found), folder / PAGE)


def _cells(found: Study) -> Iterator[tuple[str, ...]]:
    for one in found.cells:
        place = (one.model, one.set, one.shots, " ".join(one.by_seed))
        yield (*place, *_within(one.score), _number(one.published))


def _pairs(found: Study) -> Iterator[tuple[str, ...]]:
    for one in found.differences:
        place = (one.comparison, one.first, one.second, one.set, one.shots)
        yield (*place, *_within(one.score), *map(_number, (one.p, one.corrected)), one.verdict, _number(one.published))


def _within(score: Score | None) -> tuple[str, ...]:
    if score is None:
        return ("",) * len(WITHIN)
    ends = score.spread or (None, None)
    return tuple(map(_number, (score.value.value, score.value.low, score.value.high, *ends)))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}"


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()
