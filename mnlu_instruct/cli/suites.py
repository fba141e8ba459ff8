"""`mnlu suite`: benchmarks."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from mnlu_instruct import console
from mnlu_instruct.cli.options import DataDir, Json, Limit, PackName, Shots, SkipMissing, complete_suite
from mnlu_instruct.files import data_directory

app = typer.Typer(no_args_is_help=True, help="Benchmark suites: list, export.")


@app.command("list")
def list_suites(data_dir: DataDir = None, as_json: Json = False) -> None:
    """List the suites, their data sets, and which of these are there."""
    from mnlu_instruct.catalogue import suites

    data = data_directory(data_dir)
    rows = [
        {"suite": name, "dataset": dataset.name, "task": dataset.task, "missing": dataset.lacks(data)}
        for name in suites.available()
        for dataset in suites.load(name).datasets
    ]
    if as_json:
        console.document(rows)
    else:
        console.table(("suite", "dataset", "task", "missing"), [tuple(row.values()) for row in rows])


@app.command("export")
def export_suite(
    suite: Annotated[str, typer.Argument(autocompletion=complete_suite, help="A suite: a name or a path.")],
    out: Annotated[Path, typer.Option(help="The folder to write.")],
    to: Annotated[
        Literal["jsonl", "lm-eval"], typer.Option(help="For any model; as tasks of the lm-evaluation-harness.")
    ] = "jsonl",
    pack: PackName = "mnlu",
    limit: Limit = None,
    shots: Shots = 0,
    skip_missing: SkipMissing = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an export that is there.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Write a suite's test examples as JSON lines, `<dataset>.jsonl`, for any model to answer.

    Examples: `mnlu suite export blurb --skip-missing --out out/blurb`,
    `mnlu suite export blurb --to lm-eval --skip-missing --out out/tasks`, and then
    `lm_eval --model hf --model_args pretrained=MODEL --include_path out/tasks --tasks mnlu-blurb --apply_chat_template`
    """
    from mnlu_instruct.catalogue import suites
    from mnlu_instruct.evaluation import lm_eval_export, questions
    from mnlu_instruct.evaluation.questions import Settings

    write = lm_eval_export.export if to == "lm-eval" else questions.export
    settings = Settings(pack, limit, skip_missing, shots=shots)
    count = write(suites.load(suite), data_directory(data_dir), settings, out, overwrite=overwrite)
    console.line(f"{count:,} questions written to {out}.")
