"""`mnlu train`, `merge`, `eval`, `score`, `report`: models."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from mnlu_instruct import screen
from mnlu_instruct.cli.options import DataDir, Json, Limit, PackName, SkipMissing, SuiteName
from mnlu_instruct.files import data_directory

app = typer.Typer()


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": False})
def train(
    context: typer.Context,
    recipe: Annotated[str, typer.Argument(help="A training recipe: a name in recipes/, or a path.")],
) -> None:
    """Fine-tune: run `accelerate launch train/sft.py RECIPE`, with what stands behind `--` as launcher arguments.

    Examples: `mnlu train tiny`, `mnlu train recipes/biomistral.yaml -- --num_processes 4`
    """
    from mnlu_instruct.training.launcher import launch

    raise typer.Exit(launch(recipe, context.args))


@app.command()
def merge(
    recipe: Annotated[str, typer.Argument(help="A merge recipe: a name in recipes/merge/, or a path.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a merged model that is there.")] = False,
    answers: Annotated[
        bool, typer.Option("--answers/--no-answers", help="Put five questions to the merged model, whole in memory.")
    ] = True,
) -> None:
    """Merge a tuned model, or a LoRA adapter, with its base, as the paper does (DARE) or otherwise, through mergekit.

    Examples: `mnlu merge dare`, `mnlu merge recipes/merge/slerp.yaml --no-answers`
    """
    from mnlu_instruct import merging
    from mnlu_instruct.merging import methods
    from mnlu_instruct.merging.recipe import merge_recipe

    given = merge_recipe(recipe)
    screen.output.print(methods.formula(given).replace("; ", "\n  "), soft_wrap=True, markup=False)
    merged = merging.merge(given, overwrite, answers)
    if merged.answers:
        rows = [(one.kind, one.text, "yes" if one.readable else "no") for one in merged.answers]
        screen.table(("kind", "answer", "readable"), rows, title="Five answers, not an evaluation")
    whole = merged.whole
    screen.output.print(
        f"‖tuned − base‖ is {100 * whole.ratio:.2f} % of ‖base‖, ‖merged − base‖ {100 * whole.moved:.2f} %"
    )
    screen.output.print(f"merged model: {merged.folder}", soft_wrap=True, markup=False)


@app.command("eval")
def evaluate(
    model: Annotated[str, typer.Option(help="A model: a folder or a name. Baselines: majority, random, dictionary.")],
    out: Annotated[Path, typer.Option(help="The run's folder.")],
    suite: SuiteName = "demo",
    engine: Annotated[Literal["vllm", "transformers", "baseline"], typer.Option(help="What generates.")] = "vllm",
    pack: PackName = "mnlu",
    limit: Limit = None,
    skip_missing: SkipMissing = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a run that is there.")] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Evaluate a model zero-shot: put a suite's questions to it, greedily, and score the answers.

    Examples: `mnlu eval --model out/biomistral-nlu --suite blurb --skip-missing --out out/runs/biomistral-nlu`,
    `mnlu eval --engine baseline --model majority --suite blurb --skip-missing --out out/runs/majority`
    """
    from mnlu_instruct import folders, suites
    from mnlu_instruct.evaluate import RUN, Settings
    from mnlu_instruct.evaluate import evaluate as run

    folders.check(out, overwrite, RUN)
    settings = Settings(pack, limit, skip_missing)
    with screen.progress() as report:
        scored = run(model, engine, suites.load(suite), data_directory(data_dir), out, settings, report)
    _scores(scored, as_json)


@app.command()
def score(
    paths: Annotated[list[Path], typer.Argument(help="Predictions files (JSON lines), or folders of them.")],
    as_json: Json = False,
) -> None:
    """Score predictions, whoever made them, without any model.

    Example: `mnlu score out/runs/biomistral-nlu --json`
    """
    from mnlu_instruct import scorecard

    _scores(scorecard.score(paths, {}), as_json)


@app.command()
def report(
    runs: Annotated[list[Path], typer.Argument(help="Folders that 'mnlu eval --out' wrote.")],
    out: Annotated[Path, typer.Option(help="The page to write.")] = Path("report.html"),
) -> None:
    """Write one self-contained page about runs: scores with intervals, plots, answers to browse.

    Example: `mnlu report out/runs/a out/runs/b --out report.html`
    """
    from mnlu_instruct.report import write

    write(runs, out)
    screen.output.print(f"{out} written.", soft_wrap=True, markup=False)


def _scores(scored: Any, as_json: bool) -> None:
    if as_json:
        screen.document(scored)
    else:
        screen.scores(scored)
