"""Write the results of an ablation: `ablation.json`, `ablation.csv`, and a page with the figure."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from msgspec import json

from mnlu_instruct.ablation import page
from mnlu_instruct.ablation.results import Ablation, System
from mnlu_instruct.report import frame
from mnlu_instruct.scoring.scores import Estimate

JSON, CSV, PAGE = "ablation.json", "ablation.csv", "ablation.html"
COLUMNS = ("system", "series", "at", "seeds", "data_set", "metric", "value", "low", "high")
MEAN = "mean"


def write(found: Ablation, folder: Path) -> None:
    """Write all three files, each atomically.

    Raises:
        UserError: one can't be written.
    """
    frame.write(json.format(json.encode(found), indent=2).decode() + "\n", folder / JSON)
    frame.write(table(found), folder / CSV)
    frame.write(page.render(found), folder / PAGE)


def table(found: Ablation) -> str:
    """Scores as CSV, one line per system and data set, and one for the mean; fractions of 1 with 95 % intervals."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for system in (*found.baselines, *found.cells):
        for dataset, metric, value in _values(found, system):
            place = (system.name, system.series or "", system.at or "", " ".join(system.by_seed))
            writer.writerow((*place, dataset, metric, f"{value.value:.6f}", f"{value.low:.6f}", f"{value.high:.6f}"))
    return out.getvalue()


def _values(found: Ablation, system: System) -> Iterator[tuple[str, str, Estimate]]:
    if system.mean:
        yield MEAN, "", system.mean
    for name, value in system.datasets.items():
        yield name, found.metrics[name], value
