"""`mnlu train`, `merge`, `eval`, `score`, `compare`, `sensitivity`, `report`: models and their scores."""

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
    recipe: Annotated[str, typer.Argument(help="Training recipe: a name in recipes/, or a path.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only print model, data, steps and memory, and which GPUs it fits.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fine-tune a model: run `accelerate launch train/sft.py RECIPE`; arguments after `--` go to the launcher.

    If the data set is missing and the recipe says how to build it, it is built first. After `--`, `--config_file` may
    name a file in recipes/accelerate/.

    Examples:

    - `mnlu train tiny`
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

            planned = plan(recipe, context.args)
        if as_json:
            console.print_json(planned)
        else:
            tables.plan(planned)
        return
    if as_json:
        raise UserError("--json needs --dry-run.", "add --dry-run, or leave --json out.")
    raise typer.Exit(launch(recipe, context.args, built=datasets.mixture))


@app.command()
def merge(
    recipe: Annotated[str, typer.Argument(help="Merge recipe: a name in recipes/merge/, or a path.")],
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
        str, typer.Option(autocompletion=complete_suite, help="Suite of dev splits that a sweep is scored on.")
    ] = "dev",
    engine: Annotated[
        Literal["vllm", "transformers"], typer.Option(help="Inference engine that a sweep generates with.")
    ] = "vllm",
    limit: Limit = None,
    skip_missing: SkipMissing = False,
    data_dir: DataDir = None,
) -> None:
    """Merge a fine-tuned model or LoRA adapter with its base, through mergekit: by DARE (the paper) or other methods.

    With --sweep, merge and score every combination of a grid and write the recipe of the best one. The same command
    resumes an interrupted sweep.

    Examples:

    - `mnlu merge dare`
    - `mnlu merge recipes/merge/slerp.yaml --no-answers`
    - `mnlu merge dare --sweep weight=0.3,0.5,0.7 density=0.5,0.8,0.9 --skip-missing`
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


@app.command("eval", context_settings={"allow_extra_args": True, "ignore_unknown_options": False})
def evaluate(
    context: typer.Context,
    model: Annotated[
        str,
        typer.Option(
            help="Model: a folder or a name; with --engine baseline: majority, random, dictionary, or copy-all."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder to write the run to: predictions and scores.")],
    suite: SuiteName = "demo",
    engine: Annotated[
        Literal["vllm", "server", "transformers", "baseline"],
        typer.Option(help="Inference engine: what generates the answers."),
    ] = "vllm",
    base_url: Annotated[
        str | None, typer.Option(help="Address for --engine server, e.g. of 'vllm serve': http://host:8000/v1.")
    ] = None,
    pack: PackName = "mnlu",
    limit: Limit = None,
    shots: Shots = 0,
    constrained: Annotated[
        bool,
        typer.Option("--constrained", help="Constrained decoding: only parseable answers (options, lines of spans)."),
    ] = False,
    by: Annotated[
        Literal["generation", "likelihood"],
        typer.Option(help="Generate answers, or choose the option whose letter is the most likely."),
    ] = "generation",
    repeat: Annotated[
        int, typer.Option(min=1, help="Ask each question this often and report how many answers differ.")
    ] = 1,
    too_long: Annotated[
        Literal["stop", "wrong"],
        typer.Option(help="If a prompt exceeds the model's context: stop, or count its answer as wrong."),
    ] = "stop",
    skip_missing: SkipMissing = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing run.")] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Evaluate a model on a benchmark suite, zero-shot and with greedy decoding: generate answers and score them.

    Answers are saved as they arrive, so the same command resumes an interrupted run. Arguments after `--` go to vLLM,
    as for `vllm serve`.

    Examples:

    - `mnlu eval --model out/biomistral-nlu --suite blurb --skip-missing --out out/runs/biomistral-nlu`
    - `mnlu eval --model out/biomistral-nlu --out out/runs/four-gpus -- --tensor-parallel-size 4 --dtype bfloat16`
    - `mnlu eval --engine baseline --model majority --suite blurb --skip-missing --out out/runs/majority`
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
            f"{len(without)} of {len(asked.datasets)} data sets are left out, because their questions have no options "
            f"to choose from: {', '.join(without)}."
        )
    with console.progress() as report:
        scored = run(model, engine, asked, data_directory(data_dir), out, settings, report)
    _scores(scored, as_json)


@app.command()
def score(
    paths: Annotated[list[Path], typer.Argument(help="Prediction files (JSON lines), or folders of them.")],
    mode: Annotated[
        Literal["strict", "relaxed", "reference", "reference-relaxed"],
        typer.Option(
            help="Exact spans (strict), overlapping spans (relaxed), or as the script released with the paper counts "
            "(reference)."
        ),
    ] = "strict",
    as_json: Json = False,
) -> None:
    """Score prediction files of any system, without running a model.

    Examples:

    - `mnlu score out/runs/biomistral-nlu --json`
    - `mnlu score predictions.jsonl --mode reference`
    """
    from mnlu_instruct.evaluation import scorecard

    _scores(scorecard.score(paths, {}, mode), as_json)


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(help="Folder of a run, or a prediction file.")],
    second: Annotated[Path, typer.Argument(help="Another run or file, on the same questions.")],
    as_json: Json = False,
) -> None:
    """Compare two runs on the same questions: score differences with 95 % intervals and p-values (paired bootstrap).

    Example: `mnlu compare out/runs/biomistral-nlu-ft out/runs/biomistral-nlu`
    """
    from mnlu_instruct.cli.tables import scores as tables
    from mnlu_instruct.evaluation.compare import compare as run

    compared = run(first, second)
    if as_json:
        console.print_json(compared)
    else:
        tables.of_two(compared)


@app.command()
def sensitivity(
    runs: Annotated[
        list[Path], typer.Argument(help="Folders of runs of one model and suite, each with another prompt pack.")
    ],
    as_json: Json = False,
) -> None:
    """Measure how much scores depend on the wording of prompts: mean and spread over runs with different packs.

    Example: `mnlu sensitivity out/runs/mnlu out/runs/paraphrase out/runs/definitions`
    """
    from mnlu_instruct.cli.tables import scores as tables
    from mnlu_instruct.evaluation.sensitivity import sensitivity as run

    found = run(runs)
    if as_json:
        console.print_json(found)
    else:
        tables.over_packs(found)


@app.command()
def report(
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs, as 'mnlu eval --out' writes them.")],
    out: Annotated[Path, typer.Option(help="HTML page to write.")] = Path("report.html"),
    every: Annotated[
        bool, typer.Option("--all", help="Also write all answers into a folder beside the page: report-files.")
    ] = False,
    md: Annotated[Path | None, typer.Option(help="Also write the scores as Markdown to this file.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Also write every metric as CSV to this file.")] = None,
    latex: Annotated[
        Path | None, typer.Option(help="Also write the scores and the paper's Table 5 as LaTeX to this file.")
    ] = None,
) -> None:
    """Write an HTML page about one or several runs: scores with intervals, a section per data set, answers to browse.

    The page works offline and holds a sample of the answers; with --all you can browse all of them, even 100,000.

    Examples:

    - `mnlu report out/runs/a out/runs/b --out report.html --latex scores.tex`
    - `mnlu report out/runs/* --all`
    """
    from mnlu_instruct.report import write

    files = write(runs, out, every, {"markdown": md, "csv": csv, "latex": latex})
    console.line(f"{out}{f' and {files}' if files else ''} written.")


def _scores(scored: Any, as_json: bool) -> None:
    if as_json:
        console.print_json(scored)
    else:
        from mnlu_instruct.cli.tables import scores as tables

        tables.of_run(scored)
