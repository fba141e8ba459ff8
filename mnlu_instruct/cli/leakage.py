"""`mnlu leakage` and `mnlu duplicates`: train–test overlap (contamination), and copies within training data."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mnlu_instruct import console
from mnlu_instruct.cli.options import CORES, DataDir, Json, SuiteName, TestCorpora, Workers, asked, split
from mnlu_instruct.data_folder import data_directory
from mnlu_instruct.errors import UserError

if TYPE_CHECKING:
    from mnlu_instruct.leakage.search import Found

SUITE = "blurb"
"""What is searched for, if nothing is named."""
ANY = "any"
"""The row of all training corpora together."""

app = typer.Typer()


@app.command()
def leakage(
    train: Annotated[Path | None, typer.Option(help="Search a built data set: its folder.")] = None,
    corpus_names: Annotated[
        str | None,
        typer.Option("--corpora", help="Corpora to search, separated by commas.  [default: all training corpora]"),
    ] = None,
    suite: SuiteName = None,
    corpus: TestCorpora = None,
    workers: Workers = CORES,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Count test documents that training data contains (contamination), by article id, text, or 13 words in a row.

    Examples:

    - `mnlu leakage --suite paper`
    - `mnlu leakage --corpora drugprot,biored`
    - `mnlu leakage --train out/mine`
    - `mnlu leakage --train out/mine --corpus ward_test.py`
    """
    from mnlu_instruct.dataset.search_built import search_built
    from mnlu_instruct.leakage.search import search_corpora
    from mnlu_instruct.workers import process_pool

    if train and corpus_names is not None:
        raise UserError("--train and --corpora can't be combined.", "give one of them: a built data set, or corpora.")
    data, against = data_directory(data_dir), (asked(suite, corpus, default=SUITE),)
    with process_pool(workers) as pool, console.progress() as report:
        if train:
            found = search_built(train, against, data, pool, report)
        else:
            found = search_corpora(split(corpus_names), against, data, pool, report)
    if as_json:
        console.print_json(found)
    else:
        _print(found)


def _print(found: "Found") -> None:
    order = list(found.tests)
    shown = sorted(
        (cell for cell in found.cells if cell.shared or cell.train == ANY),
        key=lambda cell: (order.index(cell.test), cell.train != ANY, -cell.shared),
    )
    console.table(
        ("test set", "corpus", "of", "shared", "%", "id", "text", "words", "half"),
        [
            (one.test, one.train, one.documents, one.shared, 100 * one.share, *one.kinds.values(), one.half)
            for one in shown
        ],
        title="Test documents that overlap with training data",
    )
    closest = [(cell.test, cell.examples[0]) for cell in shown if cell.examples and cell.train != ANY]
    if closest:
        rows = [
            (test, one.test.partition("/")[2], one.train, ", ".join(one.kinds), 100 * one.covered)
            for test, one in closest
        ]
        console.table(
            ("test set", "document", "training document", "by", "words, %"), rows, title="The largest overlap of each"
        )
    console.output.print(
        "id: the same article in both; text: the same whole text in both; words: 13 words in a row, or a whole text of "
        "6 to 12 words; half: such words make up half of the test document or more."
    )
    for name, count in found.listed.items():
        console.output.print(f"{name}: {count:,} documents were compared by id only; their texts are missing.")
    if found.missing:
        console.notices.print(f"not searched: {', '.join(found.missing)}", style="dim")


@app.command("duplicates")
def list_duplicates(
    corpus_names: Annotated[
        str | None,
        typer.Option("--corpora", help="Corpora to compare, separated by commas.  [default: all training corpora]"),
    ] = None,
    workers: Workers = CORES,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Count exact and near-duplicate documents within and across training corpora.

    Of equal documents, the first counts as the original.

    Examples:

    - `mnlu duplicates`
    - `mnlu duplicates --corpora biored,tmvar,nlm-gene`
    """
    from mnlu_instruct.leakage.duplicates import duplicates
    from mnlu_instruct.leakage.search import chosen
    from mnlu_instruct.sources.unit import Unit
    from mnlu_instruct.workers import process_pool

    data = data_directory(data_dir)
    ready, missing = chosen(split(corpus_names), data)
    units = [Unit(name, part) for name, corpus in ready.items() for part in corpus.training_splits]
    with process_pool(workers) as pool, console.progress() as report:
        found = duplicates(units, "near", data, pool, report)
    if as_json:
        console.print_json({"documents": found.documents, "counts": found.counts(), "copies": found.copies})
        return
    console.table(
        ("corpus", "copies of", "documents", "exact", "near", "%"),
        [(one.corpus, one.of, one.documents, one.exact, one.near, 100 * one.share) for one in found.counts()],
        title="Duplicate documents",
    )
    total = sum(found.documents.values())
    console.output.print(
        f"{len(found.copies):,} of {total:,} documents are copies (--json lists them). exact: the same words; near: "
        "80 % of the 13-word runs of each are in the other. Their annotations may differ."
    )
    if missing:
        console.notices.print(f"not compared: {', '.join(missing)}", style="dim")
