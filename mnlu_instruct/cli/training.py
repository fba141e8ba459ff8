"""`mnlu train`, `merge`: make models."""

from contextlib import redirect_stdout
from io import StringIO
from typing import Annotated, Literal

import typer

from mnlu_instruct import console
from mnlu_instruct.cli.options import (
    DataDir,
    Json,
    Limit,
    PackName,
    Settings,
    SkipMissing,
    asked,
    complete_corpus,
    complete_suite,
    completing,
)
from mnlu_instruct.errors import UserError

app = typer.Typer()

DEV = "dev"
"""The suite, and the split of a corpus, that a sweep is scored on."""


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": False})
def train(
    context: typer.Context,
    recipe: Annotated[
        str, typer.Argument(autocompletion=completing(""), help="Training recipe: a name in recipes/, or a path.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only print model, data, steps and memory, and which GPUs it fits.")
    ] = False,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    """Fine-tune a model: run `accelerate launch train/sft.py RECIPE`; arguments after `--` go to the launcher.

    If the data set is missing and the recipe says how to build it, it is built first. After `--`, `--config_file` may
    name a file in recipes/accelerate/.

    Examples:

    - `mnlu train tiny`
    - `mnlu train tiny --set trainer.max_steps=20 --set trainer.output_dir=out/try`
    - `mnlu train biomistral --dry-run -- --num_processes 4`
    - `mnlu train recipes/biomistral.yaml -- --config_file fsdp`
    """
    from mnlu_instruct.cli.tables import datasets
    from mnlu_instruct.training.launch.launcher import check_installed, launch

    if dry_run:
        check_installed()
        with redirect_stdout(StringIO()):  # where DeepSpeed puts its log
            from mnlu_instruct.cli.tables import training as tables
            from mnlu_instruct.training.estimate.plan import plan

            planned = plan(recipe, context.args, settings or ())
        if as_json:
            console.print_json(planned)
        else:
            tables.plan(planned)
        return
    if as_json:
        raise UserError("--json needs --dry-run.", "add --dry-run, or leave --json out.")
    raise typer.Exit(launch([recipe], context.args, built=datasets.mixture, settings=settings or ()))


@app.command()
def merge(
    recipe: Annotated[
        str,
        typer.Argument(autocompletion=completing("merge/"), help="Merge recipe: a name in recipes/merge/, or a path."),
    ],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing merged model.")] = False,
    answers: Annotated[
        bool,
        typer.Option(
            "--answers/--no-answers", help="Let the merged model answer five questions; loads all of it into memory."
        ),
    ] = True,
    sweep: Annotated[
        list[str] | None, typer.Option(help="Merge and score with each of these values: weight=0.3,0.5,0.7.")
    ] = None,
    more: Annotated[
        list[str] | None, typer.Argument(help="Further parameters of the sweep's grid: density=0.5,0.8.")
    ] = None,
    suite: Annotated[
        str | None,
        typer.Option(
            autocompletion=complete_suite,
            help="Suite of dev splits that a sweep is scored on.  [default: dev]",
        ),
    ] = None,
    corpus: Annotated[
        list[str] | None,
        typer.Option(
            autocompletion=complete_corpus, help="Score a sweep on the dev split of a corpus: a name or a Python file."
        ),
    ] = None,
    engine: Annotated[
        Literal["vllm", "transformers"], typer.Option(help="Inference engine that a sweep generates with.")
    ] = "vllm",
    pack: PackName = "mnlu",
    limit: Limit = None,
    skip_missing: SkipMissing = False,
    settings: Settings = None,
    data_dir: DataDir = None,
) -> None:
    """Merge a fine-tuned model or LoRA adapter with its base, through mergekit: by DARE (the paper) or other methods.

    With --sweep, merge and score every combination of a grid and write the recipe of the best one. The same command
    resumes an interrupted sweep. Arguments after `--` go to vLLM, as for `vllm serve`.

    Examples:

    - `mnlu merge dare`
    - `mnlu merge recipes/merge/slerp.yaml --no-answers`
    - `mnlu merge dare --set weight=0.3 --set out=out/merged-0.3`
    - `mnlu merge dare --sweep weight=0.3,0.5,0.7 density=0.5,0.8,0.9 --skip-missing`
    - `mnlu merge dare --sweep weight=0.3,0.5,0.7 --suite dev -- --dtype bfloat16`
    - `mnlu merge dare --sweep weight=0.3,0.5,0.7 --corpus ward_notes.py`
    """
    from mnlu_instruct import merging
    from mnlu_instruct.cli.tables import scores as tables
    from mnlu_instruct.evaluation.subprocess_run import Asking
    from mnlu_instruct.merging import methods
    from mnlu_instruct.merging.recipe import merge_recipe

    given = merge_recipe(recipe, settings or ())
    if sweep:
        words = [*sweep, *(more or [])]
        end = next((place for place, word in enumerate(words) if word.startswith("--")), len(words))
        dev = [one if "@" in one else f"{one}@{DEV}" for one in corpus or ()]
        asking = Asking(
            asked(suite, dev, DEV), engine, data_dir, limit, skip_missing, pack, engine_arguments=tuple(words[end:])
        )
        tables.of_merges(merging.sweep(given, words[:end], asking, console.stage))
        return
    if more:
        raise UserError(f"'{more[0]}' is a parameter of a sweep, and there is no --sweep.", "write --sweep before it.")
    console.line(methods.formula(given).replace("; ", "\n  "))
    merged = merging.merge(given, overwrite, answers)
    if merged.answers:
        rows = [(one.kind, one.text, "yes" if one.readable else "no") for one in merged.answers]
        console.table(("kind", "answer", "readable"), rows, title="Five answers as a smoke test, not an evaluation")
    whole = merged.whole
    console.output.print(
        f"‖tuned − base‖ is {100 * whole.ratio:.2f} % of ‖base‖, ‖merged − base‖ {100 * whole.moved:.2f} %"
    )
    console.line(f"merged model: {merged.folder}")
