"""`mnlu corpora`: the registered corpora."""

from enum import StrEnum
from typing import Annotated

import typer

from mnlu_instruct import console
from mnlu_instruct.cli.options import CORES, CorpusName, DataDir, Json, TaskName, Workers, complete_corpus, joined
from mnlu_instruct.data_folder import data_directory

app = typer.Typer(invoke_without_command=True)


class Role(StrEnum):
    """What a corpus is for."""

    train = "train"
    eval = "eval"


@app.callback()
def list_corpora(
    context: typer.Context,
    task: TaskName = None,
    role: Annotated[Role | None, typer.Option(help="Only training corpora, or only test sets.")] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """List the registered corpora; `show` or `check` one of them.

    Examples:

    - `mnlu corpora --task re --role train`
    - `mnlu corpora show biored`
    - `mnlu corpora check`
    """
    if context.invoked_subcommand:
        return
    from mnlu_instruct.catalogue import inventory

    rows = inventory.listing(data_directory(data_dir), task, role.value if role else None)
    if as_json:
        console.print_json(rows)
        return
    columns = ("name", "role", "tasks", "domain", "access", "status")
    console.table(columns, [[joined(row[name]) for name in columns] for row in rows])


@app.command("show")
def show_corpus(name: CorpusName, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Show a corpus: where its files go and which are there, what to sign and where, its labels, its counts.

    Example: `mnlu corpora show n2c2-2022-sdoh`
    """
    from mnlu_instruct.catalogue import inventory

    shown = inventory.details(name, data_directory(data_dir))
    if as_json:
        console.print_json(shown)
        return
    facts = ("title", "role", "tasks", "domain", "access", "licence", "cite", "status", "folder", "get", "differs")
    console.table(("", shown["name"]), [(fact, joined(shown[fact])) for fact in facts if shown[fact]])
    console.table(
        ("split", "file", "sha256"), [(f["split"], f["file"], f["sha256"] or "missing") for f in shown["files"]]
    )
    console.table(("labels", "label", "shown as"), [(row["of"], row["label"], row["name"]) for row in shown["labels"]])
    if shown["counts"]:
        console.table(("split", "of", "read"), [(c["split"], c["of"], c["count"]) for c in shown["counts"]])


@app.command("check")
def check_corpora(
    names: Annotated[
        list[str] | None,
        typer.Argument(autocompletion=complete_corpus, help="Corpora: names or paths.  [default: all with files]"),
    ] = None,
    data_dir: DataDir = None,
    workers: Workers = CORES,
    as_json: Json = False,
) -> None:
    """Read corpora and compare counts with the published ones; count instances by task, repairs and drops by rule.

    The exit status is 1 if a corpus has no question of a task that it declares, or none for any of its relations.

    Examples:

    - `mnlu corpora check biored chemprot`
    - `mnlu corpora check ward_notes.py`
    """
    from mnlu_instruct.catalogue.check import check, unread, without_questions, without_relations
    from mnlu_instruct.cli.tables import corpora as tables

    with console.progress() as report:
        found = check(names or None, data_directory(data_dir), workers, report)
    for name, split, pattern in unread(names or [], data_directory(data_dir)):
        console.notice(f"{name}: the split '{split}' isn't read, as {pattern} is missing.")
    empty, lost = without_questions(found), without_relations(found)
    if as_json:
        console.print_json([reading.as_json() for reading in found])
        raise typer.Exit(1 if empty or lost else 0)
    for reading in found:
        tables.reading(reading)
    differing = [reading for reading in found if reading.differences]
    console.output.print(f"{len(found)} splits read; {len(differing)} differ from published counts (≠).")
    for name, words in {reading.corpus: reading.differs for reading in differing if reading.differs}.items():
        console.output.print(f"{name}: {words}", markup=False)
    for name, task in empty:
        console.error(
            f"{name} declares the task {task}, and its files have no question of it.",
            "are the labels that it is about in these files, and in `pairs`, `entities`, `events` or `questions`?",
        )
    for name in lost:
        console.error(
            f"None of the relations of {name} is between two mentions that are asked about: all pairs would have none.",
            'do its relations name concepts (by="concept")? Are the types of their ends in `pairs`?',
        )
    if empty or lost:
        raise typer.Exit(1)
