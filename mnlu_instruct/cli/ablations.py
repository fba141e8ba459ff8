"""`mnlu ablate`: what a model's training was good for."""

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
import yaml

from mnlu_instruct import console
from mnlu_instruct.cli.options import DataDir, Json, SkipMissing
from mnlu_instruct.errors import UserError
from mnlu_instruct.files import data_directory

app = typer.Typer()


def _complete(incomplete: str) -> list[str]:
    """Ablation recipes, for tab completion."""
    from mnlu_instruct import assets

    names = (Path(path).stem for path in assets.names("recipes", "ablations/*.yaml"))
    return [name for name in names if name.startswith(incomplete)]


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": False})
def ablate(
    context: typer.Context,
    recipe: Annotated[
        str, typer.Argument(autocompletion=_complete, help="An ablation: a name in recipes/ablations/, or a path.")
    ],
    train: Annotated[
        str | None, typer.Option(help="Another training recipe than the ablation's: another model, another machine.")
    ] = None,
    out: Annotated[
        Path, typer.Option(help="The folder that ablations share: what they have in common is made once.")
    ] = Path("out/ablations"),
    launcher: Annotated[
        Literal["local", "slurm"], typer.Option(help="Here, one after the other; or an array of Slurm jobs.")
    ] = "local",
    slurm: Annotated[
        list[str] | None, typer.Option(help="A parameter of submitit's: slurm_partition=gpu, gpus_per_node=4. Repeat.")
    ] = None,
    skip_missing: SkipMissing = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print cells, rows, tokens, steps, GPU hours, disk; start nothing.")
    ] = False,
    speed: Annotated[
        float | None,
        typer.Option("--tokens-per-second", min=1, help="Of one GPU, for --dry-run.  [default: as measured before]"),
    ] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Run an ablation: build, train, (merge) and evaluate each cell of a grid; leave one table and one figure.

    What is there already isn't made again: the command goes on where it was stopped. What stands behind `--` are
    arguments of `accelerate launch`, as for `mnlu train`.

    Examples: `mnlu ablate re_task_diversity --dry-run`, `mnlu ablate ner_domain -- --num_processes 4`,
    `mnlu ablate re_task_diversity --launcher slurm --slurm slurm_partition=gpu --slurm gpus_per_node=4`
    """
    from mnlu_instruct.ablation import outputs, results, running
    from mnlu_instruct.ablation.cells import resolve
    from mnlu_instruct.ablation.recipe import ablation_recipe

    options = _options(slurm or [])
    if options and launcher == "local":
        raise UserError("--slurm is for --launcher slurm.", "add --launcher slurm, or leave it out.")
    if speed and not dry_run:
        raise UserError("--tokens-per-second is for --dry-run.", "add --dry-run, or leave it out.")
    given, data = ablation_recipe(recipe, train), data_directory(data_dir).absolute()
    grid = resolve(given, Path(recipe).stem, out.absolute(), data, context.args)
    if dry_run:
        from mnlu_instruct.ablation.planning import plan
        from mnlu_instruct.cli.tables import ablations as tables

        with redirect_stdout(StringIO()), console.progress() as report:  # where DeepSpeed puts its log
            planned = plan(grid, context.args, speed, report)
        if as_json:
            console.document(planned)
        else:
            tables.plan(planned)
        return
    if grid.lacking and not skip_missing:
        name, reason = next(iter(grid.lacking.items()))
        raise UserError(
            f"{len(grid.lacking)} corpora and data sets of the ablation are missing; {name}: {reason}.",
            "--skip-missing goes without them, and the figure says so; --dry-run names them all.",
        )
    cluster = None if launcher == "local" else launcher
    failures = running.run(grid, running.Work(data, context.args, {}), cluster, options, console.stage)
    found = results.gather(grid, failures)
    outputs.write(found, grid.folder)
    if as_json:
        console.document(found)
    else:
        from mnlu_instruct.cli.tables import ablations as tables

        tables.result(found, grid.folder)
    if found.failed:
        raise typer.Exit(1)


def _options(words: list[str]) -> dict[str, Any]:
    """The words KEY=VALUE, values as YAML has them.

    Raises:
        UserError: one has no value.
    """
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not (name and equals):
            raise UserError(f"--slurm '{word}' has no value.", "write it as slurm_partition=gpu.")
        found[name] = yaml.safe_load(value)
    return found
