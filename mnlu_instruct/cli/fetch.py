"""`mnlu fetch`: download corpora."""

from typing import Annotated

import typer

from mnlu_instruct import console
from mnlu_instruct.cli.options import DataDir, Json, TaskName, complete_corpus
from mnlu_instruct.data_folder import data_directory

app = typer.Typer()


@app.command()
def fetch(
    names: Annotated[
        list[str] | None,
        typer.Argument(autocompletion=complete_corpus, help="Corpora: names, or paths of declarations."),
    ] = None,
    task: TaskName = None,
    every: Annotated[bool, typer.Option("--all", help="Every registered corpus.")] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Download open corpora and check their SHA-256; for the others, print what to sign and where to put the files.

    The same command resumes an interrupted download. Files that exist already are checked and not changed.

    Examples:

    - `mnlu fetch biored bc2gm`
    - `mnlu fetch --task ner`
    - `mnlu fetch --all --data-dir /data/corpora`
    """
    from mnlu_instruct.catalogue import fetch as fetching
    from mnlu_instruct.cli.tables import corpora as tables

    if not (names or task or every):
        raise typer.BadParameter("name some corpora, or give --task or --all.")
    wanted = fetching.chosen(names or (), task)
    with console.progress() as report:
        found = fetching.fetch(wanted, data_directory(data_dir), report)
    if as_json:
        console.print_json(found)
    else:
        tables.fetched(found)
    raise typer.Exit(any(one.status == "failed" for one in found))
