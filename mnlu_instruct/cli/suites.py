"""`mnlu suite`: benchmarks."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from mnlu_instruct import console
from mnlu_instruct.cli.options import (
    DataDir,
    Json,
    Limit,
    PackName,
    Shots,
    ShotsAs,
    SkipMissing,
    TestCorpora,
    asked,
    complete_suite,
)
from mnlu_instruct.data_folder import data_directory

app = typer.Typer(no_args_is_help=True, help="List and export benchmark suites.")


@app.command("list")
def list_suites(data_dir: DataDir = None, as_json: Json = False) -> None:
    """List the suites, their test sets, and what each lacks to be evaluated."""
    from mnlu_instruct.catalogue import suites

    data = data_directory(data_dir)
    rows = [
        {"suite": name, "dataset": dataset.name, "task": dataset.task, "missing": dataset.lacks(data)}
        for name in suites.available()
        for dataset in suites.load(name).datasets
    ]
    if as_json:
        console.print_json(rows)
    else:
        console.table(("suite", "dataset", "task", "missing"), [tuple(row.values()) for row in rows])


@app.command("export")
def export_suite(
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    suite: Annotated[
        str | None, typer.Argument(autocompletion=complete_suite, help="Benchmark suite: a name or a path.")
    ] = None,
    corpus: TestCorpora = None,
    to: Annotated[
        Literal["jsonl", "lm-eval"], typer.Option(help="Format: JSON lines, or tasks of the lm-evaluation-harness.")
    ] = "jsonl",
    pack: PackName = "mnlu",
    limit: Limit = None,
    shots: Shots = 0,
    shots_as: ShotsAs = None,
    skip_missing: SkipMissing = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing export.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Export a suite's test questions, to ask any model outside mnlu: a JSON lines file for each data set.

    Examples:

    - `mnlu suite export blurb --skip-missing --out out/blurb`
    - `mnlu suite export blurb --to lm-eval --skip-missing --out out/tasks`, then `lm_eval --model hf
      --model_args pretrained=MODEL --include_path out/tasks --tasks mnlu-blurb --apply_chat_template`
    """
    from mnlu_instruct.catalogue import suites
    from mnlu_instruct.evaluation import lm_eval_export, questions
    from mnlu_instruct.evaluation.questions import Settings

    write = lm_eval_export.export if to == "lm-eval" else questions.export
    settings = Settings(pack, limit, skip_missing, shots=shots, shots_as=shots_as)
    count = write(suites.load(asked(suite, corpus)), data_directory(data_dir), settings, out, overwrite=overwrite)
    console.line(f"{count:,} questions written to {out}.")
