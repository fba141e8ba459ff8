"""`mnlu cache`: the store of questions made from the corpora."""

from typing import Annotated, Any

import typer

from mnlu_instruct import console
from mnlu_instruct.cli.options import DataDir, Json, complete_corpus
from mnlu_instruct.data_folder import data_directory

app = typer.Typer(no_args_is_help=True, help="Show or clear the store (cache) of processed corpora that builds reuse.")


@app.command()
def info(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Show what the store holds, and where it is.

    Example: `mnlu cache info`
    """
    from mnlu_instruct.dataset import store

    data = data_directory(data_dir)
    rows: list[dict[str, Any]] = [
        {
            "corpus": held.path.parts[-3],
            "split": held.path.parts[-2],
            "questions": held.rows,
            "bytes": held.path.stat().st_size,
            "path": str(held.path),
        }
        for held in store.stored_splits(data)
    ]
    if as_json:
        console.print_json(rows)
        return
    console.table(
        ("corpus", "split", "questions", "MB"),
        [(row["corpus"], row["split"], row["questions"], f"{row['bytes'] / 1e6:.1f}") for row in rows],
    )
    total = sum(row["bytes"] for row in rows) / 1e6
    console.line(f"{len(rows)} splits, {total:.1f} MB, in {store.folder(data)}")


@app.command()
def clear(
    names: Annotated[
        list[str] | None, typer.Argument(autocompletion=complete_corpus, help="Corpora to clear.  [default: all]")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Delete the stored questions of corpora; the next build reads the corpora again.

    Examples:

    - `mnlu cache clear`
    - `mnlu cache clear snli multinli`
    """
    from mnlu_instruct import corpora
    from mnlu_instruct.dataset import store

    found = [corpus.name for name in names or () for corpus in corpora.named(name).values()]
    freed = store.clear(data_directory(data_dir), found)
    console.output.print(f"{freed / 1e6:.1f} MB freed.")
