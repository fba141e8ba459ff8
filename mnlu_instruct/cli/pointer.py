"""`mnlu pointer`: models that point at the words of mentions, nested and discontinuous ones, too."""

from pathlib import Path
from typing import Annotated

import typer

from mnlu_instruct import console
from mnlu_instruct.cli.options import (
    DataDir,
    Json,
    Limit,
    ModeName,
    PackName,
    Settings,
    SkipMissing,
    SuiteName,
    TestCorpora,
    asked,
    complete_model,
    complete_run,
    completing,
)
from mnlu_instruct.data_folder import data_directory

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Named entity recognition by pointing at words: nested and discontinuous mentions (BARTNER, BioBART).",
)


@app.command()
def train(
    recipe: Annotated[
        str,
        typer.Argument(
            autocompletion=completing("pointer/"), help="Pointer recipe: a name in recipes/pointer/, or a path."
        ),
    ],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace models of other recipes.")] = False,
    settings: Settings = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Train a pointer model with each seed of a recipe; the same command resumes an interrupted training.

    Examples:

    - `mnlu pointer train tiny`
    - `mnlu pointer train genia --set base=out/biobart --set out=out/pointer/genia-biobart`
    - `mnlu pointer train cadec --set "seeds=[1]"`
    """
    from mnlu_instruct.pointing import training
    from mnlu_instruct.pointing.recipe import pointer_recipe

    wanted = pointer_recipe(recipe, settings or ())
    with console.progress() as report:
        found = training.train(wanted, data_directory(data_dir), overwrite, report)
    if as_json:
        console.print_json({str(training.folder(wanted, seed)): one for seed, one in found.items()})
        return
    rows = [(str(training.folder(wanted, seed)), one.best, 100 * one.epochs[one.best]) for seed, one in found.items()]
    console.table(("model", "epoch", "F1 on dev"), rows)
    console.line(f"Next: mnlu pointer eval --model {rows[0][0]} --corpus {wanted.corpus} --out out/runs/NAME")


@app.command("eval")
def evaluate(
    model: Annotated[Path, typer.Option(autocompletion=complete_model, help="Folder of a trained pointer model.")],
    out: Annotated[Path, typer.Option(help="Folder to write the run to: predictions and scores.")],
    suite: SuiteName = None,
    corpus: TestCorpora = None,
    free: Annotated[
        bool, typer.Option("--free", help="Search all continuations, not only valid ones, as the released code does.")
    ] = False,
    beams: Annotated[
        int | None, typer.Option(min=1, help="Hypotheses that the search keeps.  [default: the model's]")
    ] = None,
    pack: PackName = "mnlu",
    limit: Limit = None,
    skip_missing: SkipMissing = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing run.")] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Evaluate a pointer model; its runs stand in reports and comparisons beside those of instruction-tuned models.

    Examples:

    - `mnlu pointer eval --model out/pointer/genia/seed-1 --corpus genia-w2ner --out out/runs/genia-1`
    - `mnlu score out/runs/genia-1 --mode places-released`
    """
    from mnlu_instruct import folders
    from mnlu_instruct.catalogue import suites
    from mnlu_instruct.cli.tables import scores as tables
    from mnlu_instruct.evaluation.evaluate import RUN
    from mnlu_instruct.evaluation.questions import Settings
    from mnlu_instruct.pointing.evaluation import evaluate as run

    folders.check(out, overwrite, RUN)
    wanted = suites.load(asked(suite, corpus))
    asking = Settings(pack=pack, limit=limit, skip_missing=skip_missing)
    with console.progress() as report:
        scored = run(model, wanted, data_directory(data_dir), out, asking, not free, beams, report)
    if as_json:
        console.print_json(scored)
        return
    tables.of_run(scored)
    console.line(f"By places, discontinuous mentions alone, malformed groups: mnlu score {out} --mode places --json")


@app.command()
def seeds(
    runs: Annotated[
        list[Path], typer.Argument(autocompletion=complete_run, help="Folders of runs, one of each seed of a recipe.")
    ],
    mode: ModeName = "strict",
    as_json: Json = False,
) -> None:
    """Print mean and spread of scores over the seeds of a training.

    Example: `mnlu pointer seeds out/runs/genia-1 out/runs/genia-2 --mode places`
    """
    from mnlu_instruct.pointing.seeds import over_seeds

    found = over_seeds(runs, mode)
    if as_json:
        console.print_json(found)
        return
    rows = [
        (dataset, metric, 100 * one.mean, f"{100 * one.deviation:.2f}", 100 * min(values), 100 * max(values))
        for dataset, metrics in found.items()
        for metric, one in metrics.items()
        for values in [one.values.values()]
    ]
    console.table(
        ("data set", "metric", "mean", "s.d.", "lowest", "highest"), rows, title=f"Over {len(runs)} seeds, {mode}"
    )
