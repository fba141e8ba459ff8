"""`mnlu stats`: what is in a built data set."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mnlu_instruct import console
from mnlu_instruct.cli.options import Json

if TYPE_CHECKING:
    from mnlu_instruct.dataset.stats import Stats
    from mnlu_instruct.dataset.summary_tables import Table

LABELS = 8
"""How many labels of a corpus are shown: the most frequent ones."""

app = typer.Typer()


@app.command()
def stats(
    folder: Annotated[Path, typer.Argument(help="Folder of a built data set.", metavar="DIR")],
    tokenizer: Annotated[
        str | None, typer.Option(help="Also count tokens by kind of question, with this tokenizer (name or path).")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Also write an HTML page with charts to this file.")] = None,
    as_json: Json = False,
) -> None:
    """Show what is in a built data set: kinds of questions, labels, lengths, repairs and drops, licences.

    Examples:

    - `mnlu stats out/demo`
    - `mnlu stats out/demo --html stats.html`
    """
    from mnlu_instruct.dataset.stats import stats as measure

    with console.progress() as report:
        found = measure(folder, tokenizer, report)
    if html:
        from mnlu_instruct.report import dataset

        dataset.write(found, html)
    if as_json:
        console.print_json(found.document)
    else:
        _print(found)


def _print(found: "Stats") -> None:
    from mnlu_instruct.dataset import summary_tables
    from mnlu_instruct.dataset.lengths import drawn

    said = found.manifest
    about = f"{said['rows']:,} rows, pack {said['pack']}, seed {said['recipe']['seed']}."
    console.line(f"{about} Content hash: {said['content_hash']}")
    if forbidden := summary_tables.restricted(said):
        console.output.print(forbidden, style="bold yellow", markup=False)
    for one in summary_tables.rows(said):
        _table(one)
    labels = [(*key, _frequent(counts)) for key, counts in summary_tables.labels(said).items()]
    if labels:
        console.table(
            ("kind", "corpus", "labels"), labels, title="Labels in gold answers: spans per type, rows per option"
        )
    for unit, lengths in (("characters", found.characters), ("tokens", found.tokens)):
        if lengths:
            rows = [(kind, one.rows, one.total, one.median, one.longest) for kind, one in lengths.items()]
            console.table(("kind", "rows", unit, "median", "longest"), rows, title=f"Lengths in {unit}")
            whole = next(iter(lengths.values()))
            console.output.print(drawn(whole.bounds, whole.counts), soft_wrap=True)
    for one in summary_tables.provenance(said):
        _table(one)


def _table(one: "Table") -> None:
    """Print a table and the sentence about it."""
    if one.rows:
        console.table(one.columns, one.rows, title=one.title)
    if one.words:
        console.output.print(one.words if one.rows else f"{one.title}: {one.words}", markup=False)


def _frequent(counts: Mapping[str, int]) -> str:
    shown = ", ".join(f"{label}: {count:,}" for label, count in list(counts.items())[:LABELS])
    return f"{shown}, and {len(counts) - LABELS} more" if len(counts) > LABELS else shown
