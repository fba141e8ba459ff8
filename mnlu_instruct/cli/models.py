"""`mnlu train`, `merge`, `eval`, `score`, `report`: models."""

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from mnlu_instruct import console
from mnlu_instruct.cli.options import DataDir, Json, Limit, PackName, Shots, SkipMissing, SuiteName, complete_suite
from mnlu_instruct.errors import UserError
from mnlu_instruct.files import data_directory

app = typer.Typer()


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": False})
def train(
    context: typer.Context,
    recipe: Annotated[str, typer.Argument(help="A training recipe: a name in recipes/, or a path.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be trained, and the memory it takes; start nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fine-tune: run `accelerate launch train/sft.py RECIPE`, with what stands behind `--` as launcher arguments.

    A data set that isn't there is built first, where the recipe says how. Behind `--`, `--config_file` may name a file
    of recipes/accelerate/.

    Examples: `mnlu train tiny`, `mnlu train biomistral --dry-run -- --num_processes 4`,
    `mnlu train recipes/biomistral.yaml -- --config_file fsdp`
    """
    from mnlu_instruct.cli.tables import datasets
    from mnlu_instruct.training.launch.launcher import check_installed, launch

    if dry_run:
        check_installed()
        with redirect_stdout(StringIO()):  # where DeepSpeed puts its log
            from mnlu_instruct.cli.tables import training as tables
            from mnlu_instruct.training.estimate.plan import plan

            planned = plan(recipe, context.args)
        if as_json:
            console.document(planned)
        else:
            tables.plan(planned)
        return
    if as_json:
        raise UserError("--json is for --dry-run.", "add --dry-run, or leave it out.")
    raise typer.Exit(launch(recipe, context.args, built=datasets.mixture))


@app.command()
def merge(
    recipe: Annotated[str, typer.Argument(help="A merge recipe: a name in recipes/merge/, or a path.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a merged model that is there.")] = False,
    answers: Annotated[
        bool, typer.Option("--answers/--no-answers", help="Put five questions to the merged model, whole in memory.")
    ] = True,
    sweep: Annotated[
        list[str] | None, typer.Option(help="Merge with each of some values, weight=0.3,0.5,0.7, and score each.")
    ] = None,
    more: Annotated[list[str] | None, typer.Argument(help="Further parameters of the sweep: density=0.5,0.8.")] = None,
    suite: Annotated[
        str, typer.Option(autocompletion=complete_suite, help="What a sweep is scored on: a suite of dev splits.")
    ] = "dev",
    engine: Annotated[Literal["vllm", "transformers"], typer.Option(help="What generates in a sweep.")] = "vllm",
    limit: Limit = None,
    skip_missing: SkipMissing = False,
    data_dir: DataDir = None,
) -> None:
    """Merge a tuned model, or a LoRA adapter, with its base, as the paper does (DARE) or otherwise, through mergekit.

    A sweep merges and scores a whole grid, goes on where it was stopped, and leaves the best one's recipe.

    Examples: `mnlu merge dare`, `mnlu merge recipes/merge/slerp.yaml --no-answers`,
    `mnlu merge dare --sweep weight=0.3,0.5,0.7 density=0.5,0.8,0.9 --suite dev --skip-missing`
    """
    from mnlu_instruct import merging
    from mnlu_instruct.cli.tables import scores as tables
    from mnlu_instruct.evaluation.subprocess_run import Asking
    from mnlu_instruct.merging import methods
    from mnlu_instruct.merging.recipe import merge_recipe

    given = merge_recipe(recipe)
    if sweep:
        asking = Asking(suite, engine, data_dir, limit, skip_missing)
        tables.of_merges(merging.sweep(given, [*sweep, *(more or [])], asking, console.stage))
        return
    if more:
        raise UserError(f"'{more[0]}' is a parameter of a sweep.", "write --sweep before it.")
    console.line(methods.formula(given).replace("; ", "\n  "))
    merged = merging.merge(given, overwrite, answers)
    if merged.answers:
        rows = [(one.kind, one.text, "yes" if one.readable else "no") for one in merged.answers]
        console.table(("kind", "answer", "readable"), rows, title="Five answers, not an evaluation")
    whole = merged.whole
    console.output.print(
        f"‖tuned − base‖ is {100 * whole.ratio:.2f} % of ‖base‖, ‖merged − base‖ {100 * whole.moved:.2f} %"
    )
    console.line(f"merged model: {merged.folder}")


@app.command("eval", context_settings={"allow_extra_args": True, "ignore_unknown_options": False})
def evaluate(
    context: typer.Context,
    model: Annotated[
        str, typer.Option(help="A model: a folder or a name. Baselines: majority, random, dictionary, copy-all.")
    ],
    out: Annotated[Path, typer.Option(help="The run's folder.")],
    suite: SuiteName = "demo",
    engine: Annotated[
        Literal["vllm", "server", "transformers", "baseline"], typer.Option(help="What generates.")
    ] = "vllm",
    base_url: Annotated[
        str | None, typer.Option(help="The address of the engine 'server': http://host:8000/v1, as 'vllm serve' has.")
    ] = None,
    pack: PackName = "mnlu",
    limit: Limit = None,
    shots: Shots = 0,
    constrained: Annotated[
        bool, typer.Option("--constrained", help="Let the model write only what can be read: options, lines of spans.")
    ] = False,
    by: Annotated[
        Literal["generation", "likelihood"],
        typer.Option(help="Answers are written; or options are chosen by how likely their letters are."),
    ] = "generation",
    repeat: Annotated[int, typer.Option(min=1, help="Ask so often, and say how many answers differ.")] = 1,
    too_long: Annotated[
        Literal["stop", "wrong"], typer.Option(help="What becomes of a prompt that is longer than the context.")
    ] = "stop",
    skip_missing: SkipMissing = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a run that is there.")] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Evaluate a model zero-shot: put a suite's questions to it, greedily, and score the answers.

    Answers are kept as they come: a run that was killed goes on when the command is given again. What stands behind
    `--` are arguments of vLLM, as `vllm serve` takes them.

    Examples: `mnlu eval --model out/biomistral-nlu --suite blurb --skip-missing --out out/runs/biomistral-nlu`,
    `mnlu eval --model out/biomistral-nlu --out out/runs/four-gpus -- --tensor-parallel-size 4 --dtype bfloat16`,
    `mnlu eval --engine baseline --model majority --suite blurb --skip-missing --out out/runs/majority`
    """
    from mnlu_instruct import folders
    from mnlu_instruct.catalogue import suites
    from mnlu_instruct.evaluation.evaluate import RUN, left_out
    from mnlu_instruct.evaluation.evaluate import evaluate as run
    from mnlu_instruct.evaluation.questions import Settings

    folders.check(out, overwrite, RUN)
    settings = Settings(
        pack, limit, skip_missing, base_url, repeat, too_long, shots, constrained, by, tuple(context.args)
    )
    asked = suites.load(suite)
    if without := left_out(asked, settings):
        console.notice(
            f"{len(without)} of {len(asked.datasets)} data sets have no options to choose from and are left out: "
            f"{', '.join(without)}."
        )
    with console.progress() as report:
        scored = run(model, engine, asked, data_directory(data_dir), out, settings, report)
    _scores(scored, as_json)


@app.command()
def score(
    paths: Annotated[list[Path], typer.Argument(help="Predictions files (JSON lines), or folders of them.")],
    mode: Annotated[
        Literal["strict", "relaxed", "reference", "reference-relaxed"],
        typer.Option(help="How answers are counted; reference: as the script released with the paper does."),
    ] = "strict",
    as_json: Json = False,
) -> None:
    """Score predictions, whoever made them, without any model.

    Examples: `mnlu score out/runs/biomistral-nlu --json`, `mnlu score predictions.jsonl --mode reference`
    """
    from mnlu_instruct.evaluation import scorecard

    _scores(scorecard.score(paths, {}, mode), as_json)


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(help="A run's folder, or a file of predictions.")],
    second: Annotated[Path, typer.Argument(help="Another, of the same questions.")],
    as_json: Json = False,
) -> None:
    """Compare two runs on the same questions: differences with intervals, and whether they may be chance.

    Example: `mnlu compare out/runs/biomistral-nlu-ft out/runs/biomistral-nlu`
    """
    from mnlu_instruct.cli.tables import scores as tables
    from mnlu_instruct.evaluation.compare import compare as run

    compared = run(first, second)
    if as_json:
        console.document(compared)
    else:
        tables.of_two(compared)


@app.command()
def sensitivity(
    runs: Annotated[list[Path], typer.Argument(help="Runs of one model and suite that differ in their prompt pack.")],
    as_json: Json = False,
) -> None:
    """How much scores depend on the wording of prompts: mean and spread over the packs of several runs.

    Example: `mnlu sensitivity out/runs/mnlu out/runs/paraphrase out/runs/definitions`
    """
    from mnlu_instruct.cli.tables import scores as tables
    from mnlu_instruct.evaluation.sensitivity import sensitivity as run

    found = run(runs)
    if as_json:
        console.document(found)
    else:
        tables.over_packs(found)


@app.command()
def report(
    runs: Annotated[list[Path], typer.Argument(help="Folders that 'mnlu eval --out' wrote.")],
    out: Annotated[Path, typer.Option(help="The page to write.")] = Path("report.html"),
    every: Annotated[
        bool, typer.Option("--all", help="Write all answers, too, into a folder beside the page: report-files.")
    ] = False,
    md: Annotated[Path | None, typer.Option(help="Write the scores as Markdown, too.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write every metric as CSV, too.")] = None,
    latex: Annotated[Path | None, typer.Option(help="Write the scores and the paper's Table 5 as LaTeX, too.")] = None,
) -> None:
    """Write one self-contained page about runs: scores with intervals, each data set by itself, answers to browse.

    The page needs no network, and holds a sample of the answers; all of them stay usable where there are 100,000.

    Examples: `mnlu report out/runs/a out/runs/b --out report.html --latex scores.tex`, `mnlu report out/runs/* --all`
    """
    from mnlu_instruct.report import write

    files = write(runs, out, every, {"markdown": md, "csv": csv, "latex": latex})
    console.line(f"{out}{f' and {files}' if files else ''} written.")


def _scores(scored: Any, as_json: bool) -> None:
    if as_json:
        console.document(scored)
    else:
        from mnlu_instruct.cli.tables import scores as tables

        tables.of_run(scored)
