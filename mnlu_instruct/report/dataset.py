"""The page about a built data set: tables with bars, label counts, and histograms of lengths."""

from pathlib import Path

from mnlu_instruct.dataset import summary_tables
from mnlu_instruct.dataset.stats import Stats
from mnlu_instruct.report import frame
from mnlu_instruct.report.histograms import histograms


def render(found: Stats) -> str:
    """The page about a data set, as HTML; the same data set gives the same page."""
    return frame.render(
        "dataset.html.j2",
        said=found.manifest,
        forbidden=summary_tables.restricted(found.manifest),
        rows=summary_tables.rows(found.manifest),
        provenance=summary_tables.provenance(found.manifest),
        labels=summary_tables.labels(found.manifest),
        histograms={"characters": histograms(found.characters), "tokens": histograms(found.tokens)},
        cell=summary_tables.cell,
        style=frame.inlined("style.css") + frame.inlined("dataset.css"),
    )


def write(found: Stats, out: Path) -> None:
    """Write the page to a file, which appears whole or not at all.

    Raises:
        UserError: the file can't be written.
    """
    frame.write(render(found), out)
