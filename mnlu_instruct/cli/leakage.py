"""`mnlu leakage`: what training data shares with test sets."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mnlu_instruct import console
from mnlu_instruct.cli.options import CORES, DataDir, Json, SuiteName, Workers, split
from mnlu_instruct.errors import UserError
from mnlu_instruct.files import data_directory

if TYPE_CHECKING:
    from mnlu_instruct.leakage.search import Found

ANY = "any"
"""The row of all training corpora together."""

app = typer.Typer()


@app.command()
def leakage(
    train: Annotated[Path | None, typer.Option(help="The folder of a built data set to search.")] = None,
    corpus_names: Annotated[
        str | None,
        typer.Option("--corpora", help="Corpora to search, separated by commas.  [default: all training corpora]"),
    ] = None,
    suite: SuiteName = "blurb",
    workers: Workers = CORES,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Count the documents of test sets that training data shares: by article id, by whole text, by 13 words in a row.

    Examples: `mnlu leakage --suite paper`, `mnlu leakage --corpora drugprot,biored`, `mnlu leakage --train out/mine`
    """
    from mnlu_instruct.dataset.leakage_search import search_built
    from mnlu_instruct.leakage.search import search_corpora
    from mnlu_instruct.workers import crew

    if train and corpus_names is not None:
        raise UserError("--train and --corpora go not together.", "search a built data set, or corpora.")
    data = data_directory(data_dir)
    with crew(workers) as pool, console.progress() as report:
        if train:
            found = search_built(train, (suite,), data, pool, report)
        else:
            found = search_corpora(split(corpus_names), (suite,), data, pool, report)
    if as_json:
        console.document(found)
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
        title="Documents of test sets that training data shares",
    )
    closest = [(cell.test, cell.examples[0]) for cell in shown if cell.examples and cell.train != ANY]
    if closest:
        rows = [
            (test, one.test.partition("/")[2], one.train, ", ".join(one.kinds), 100 * one.covered)
            for test, one in closest
        ]
        console.table(
            ("test set", "document", "training document", "by", "words, %"), rows, title="The closest of each"
        )
    console.output.print(
        "id: one article in both; text: a whole text in both; words: 13 words in a row, or a whole text of 6 to 12; "
        "half: such words are half of it or more."
    )
    for name, count in found.listed.items():
        console.output.print(f"{name}: of {count:,} documents only the ids are there.")
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
    """Count documents that say what another one, of the same training corpus or of one before it, has said already.

    Examples: `mnlu duplicates`, `mnlu duplicates --corpora biored,tmvar,nlm-gene`
    """
    from mnlu_instruct.leakage.duplicates import duplicates
    from mnlu_instruct.leakage.search import chosen
    from mnlu_instruct.sources.unit import Unit
    from mnlu_instruct.workers import crew

    data = data_directory(data_dir)
    ready, missing = chosen(split(corpus_names), data)
    units = [Unit(name, part) for name, corpus in ready.items() for part in corpus.training_splits]
    with crew(workers) as pool, console.progress() as report:
        found = duplicates(units, "near", data, pool, report)
    if as_json:
        console.document({"documents": found.documents, "counts": found.counts(), "copies": found.copies})
        return
    console.table(
        ("corpus", "copies of", "documents", "exact", "near", "%"),
        [(one.corpus, one.of, one.documents, one.exact, one.near, 100 * one.share) for one in found.counts()],
        title="Documents that are copies of others",
    )
    total = sum(found.documents.values())
    console.output.print(
        f"{len(found.copies):,} of {total:,} documents are copies (--json lists them). exact: the same words; near: of "
        "the runs of 13 words of each, 0.8 are in the other. What is annotated may differ."
    )
    if missing:
        console.notices.print(f"not compared: {', '.join(missing)}", style="dim")
