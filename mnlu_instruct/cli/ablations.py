"""`mnlu ablate`: run an ablation study."""

from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from mnlu_instruct import console
from mnlu_instruct.cli.options import DataDir, Json, Settings, SkipMissing, completing
from mnlu_instruct.data_folder import filled_data_directory
from mnlu_instruct.errors import UserError

app = typer.Typer()


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": False})
def ablate(
    context: typer.Context,
    recipe: Annotated[
        str,
        typer.Argument(
            autocompletion=completing("ablations/"), help="Ablation recipe: a name in recipes/ablations/, or a path."
        ),
    ],
    train: Annotated[
        str | None,
        typer.Option(
            autocompletion=completing(""),
            help="Training recipe to use instead of the ablation's: another model or machine.",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Folder of all ablations; data sets and models that they share are made once.")
    ] = Path("out/ablations"),
    launcher: Annotated[
        Literal["local", "slurm"],
        typer.Option(help="Run cells here, one after the other, or as an array of Slurm jobs."),
    ] = "local",
    slurm: Annotated[
        list[str] | None, typer.Option(help="A submitit parameter, e.g. slurm_partition=gpu. Repeatable.")
    ] = None,
    settings: Settings = None,
    skip_missing: SkipMissing = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only print cells, rows, tokens, steps, GPU hours and disk space.")
    ] = False,
    speed: Annotated[
        float | None,
        typer.Option(
            "--tokens-per-second",
            min=1,
            help="Training speed of one GPU, for --dry-run.  [default: as measured in earlier trainings]",
        ),
    ] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Run an ablation: build, train, (merge) and evaluate each cell of a grid, then write a table and a figure.

    A recipe with `models` is a study: each model is tuned for each test set, on few of its documents or on all.

    Finished stages are not repeated: the same command resumes an interrupted ablation. Arguments after `--` go to
    `accelerate launch`, as for `mnlu train`.

    Examples:

    - `mnlu ablate re_task_diversity --dry-run`
    - `mnlu ablate ner_domain -- --num_processes 4`
    - `mnlu ablate ner_domain --set build.n=3000 --set seeds=[1,2] --out out/ablations`
    - `mnlu ablate re_domain --set seeds=[0,1] --set documents.draw=study --skip-missing`
    - `mnlu ablate ner_domain --launcher slurm --slurm slurm_partition=gpu --slurm gpus_per_node=4`
    """
    from mnlu_instruct.ablation import running
    from mnlu_instruct.ablation.study.recipe import is_study
    from mnlu_instruct.training.launch.launcher import check_installed

    check_installed()
    options = _options(slurm or [])
    if options and launcher == "local":
        raise UserError("--slurm needs --launcher slurm.", "add --launcher slurm, or leave --slurm out.")
    if speed and not dry_run:
        raise UserError("--tokens-per-second needs --dry-run.", "add --dry-run, or leave --tokens-per-second out.")
    data = filled_data_directory(data_dir).absolute()
    kind = _study() if is_study(recipe) else _ablation()
    given = kind.read(recipe, train, settings or ())
    grid = kind.resolve(given, Path(recipe).stem, out.absolute(), data, context.args)
    if dry_run:
        from mnlu_instruct.cli.tables import ablations as tables

        with redirect_stdout(StringIO()), console.progress() as report:  # where DeepSpeed puts its log
            planned = kind.plan(grid, context.args, speed, report)
        if as_json:
            console.print_json(planned)
        else:
            tables.plan(planned)
        return
    if grid.lacking and not skip_missing:
        name, reason = next(iter(grid.lacking.items()))
        raise UserError(
            f"{len(grid.lacking)} corpora and data sets of the ablation are missing; {name}: {reason}.",
            "--dry-run lists them all; --skip-missing runs without them, and the figure says so.",
        )
    cluster = None if launcher == "local" else launcher
    failures = running.run(grid.workload, running.Work(data, context.args, {}), cluster, options, console.stage)
    found = kind.gather(grid, failures)
    kind.write(found, grid.folder)
    if as_json:
        console.print_json(found)
    else:
        kind.show(found, grid.folder)
    if found.failed:
        raise typer.Exit(1)


@dataclass(frozen=True)
class Kind:
    """What is done with a kind of recipe: read, resolved to a grid, planned; results gathered, written, printed."""

    read: Callable[..., Any]
    resolve: Callable[..., Any]
    plan: Callable[..., Any]
    gather: Callable[..., Any]
    write: Callable[..., None]
    show: Callable[..., None]


def _ablation() -> Kind:
    from mnlu_instruct.ablation import outputs, results
    from mnlu_instruct.ablation.cells import resolve
    from mnlu_instruct.ablation.planning import plan
    from mnlu_instruct.ablation.recipe import ablation_recipe
    from mnlu_instruct.cli.tables import ablations as tables

    return Kind(ablation_recipe, resolve, plan, results.gather, outputs.write, tables.result)


def _study() -> Kind:
    from mnlu_instruct.ablation.study import outputs, results
    from mnlu_instruct.ablation.study.grid import resolve_study
    from mnlu_instruct.ablation.study.planning import plan_study
    from mnlu_instruct.ablation.study.recipe import study_recipe
    from mnlu_instruct.cli.tables import ablations as tables

    return Kind(study_recipe, resolve_study, plan_study, results.gather, outputs.write, tables.study)


def _options(words: list[str]) -> dict[str, Any]:
    """The arguments KEY=VALUE as a dictionary; values are parsed as YAML.

    Raises:
        UserError: an argument has no key or no value.
    """
    import yaml

    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not (name and equals):
            raise UserError(f"--slurm '{word}' has no value.", "write it as slurm_partition=gpu.")
        found[name] = yaml.safe_load(value)
    return found
