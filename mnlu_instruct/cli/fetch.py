"""`mnlu fetch`: corpus files, downloaded."""

from typing import Annotated

import typer

from mnlu_instruct import console
from mnlu_instruct.cli.options import DataDir, Json, TaskName, complete_corpus
from mnlu_instruct.files import data_directory

app = typer.Typer()


@app.command()
def fetch(
    names: Annotated[
        list[str] | None, typer.Argument(autocompletion=complete_corpus, help="Corpora, by name or path of a file.")
    ] = None,
    task: TaskName = None,
    every: Annotated[bool, typer.Option("--all", help="Every registered corpus.")] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Download open corpora, checked by sha256; for the others, say what to sign and where to put the files.

    A cut download is continued by the same command. Files that are there are checked and left as they are.

    Examples: `mnlu fetch biored bc2gm`, `mnlu fetch --task ner`, `mnlu fetch --all --data-dir /data/corpora`
    """
    from mnlu_instruct.catalogue import fetch as fetching
    from mnlu_instruct.cli.tables import corpora as tables

    if not (names or task or every):
        raise typer.BadParameter("name corpora, a --task, or say --all.")
    wanted = fetching.chosen(names or (), task)
    with console.progress() as report:
        found = fetching.fetch(wanted, data_directory(data_dir), report)
    if as_json:
        console.document(found)
    else:
        tables.fetched(found)
    raise typer.Exit(any(one.status == "failed" for one in found))
