"""`mnlu eval`, `score`, `compare`, `sensitivity`, `report`: the scores of models."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from mnlu_instruct import console
from mnlu_instruct.cli.options import (
    DataDir,
    Json,
    Limit,
    ModeName,
    OwnCorpora,
    PackName,
    Shots,
    ShotsAs,
    SkipMissing,
    SuiteName,
    TestCorpora,
    asked,
    complete_model,
    complete_run,
    own,
)
from mnlu_instruct.data_folder import data_directory
from mnlu_instruct.errors import UserError

app = typer.Typer()


@app.command("eval", context_settings={"allow_extra_args": True, "ignore_unknown_options": False})
def evaluate(
    context: typer.Context,
    model: Annotated[
        str,
        typer.Option(
            autocompletion=complete_model,
            help="Model: a folder or a name; with --engine baseline: majority, random, dictionary, or copy-all.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder to write the run to: predictions and scores.")],
    suite: SuiteName = None,
    corpus: TestCorpora = None,
    engine: Annotated[
        Literal["vllm", "server", "transformers", "chat", "baseline"],
        typer.Option(help="Inference engine: what generates the answers."),
    ] = "vllm",
    base_url: Annotated[
        str | None, typer.Option(help="Address for --engine server or chat, e.g. of 'vllm serve': http://host:8000/v1.")
    ] = None,
    pack: PackName = "mnlu",
    limit: Limit = None,
    shots: Shots = 0,
    shots_as: ShotsAs = None,
    constrained: Annotated[
        bool,
        typer.Option("--constrained", help="Constrained decoding: only parseable answers (options, spans, relations)."),
    ] = False,
    by: Annotated[
        Literal["generation", "likelihood"],
        typer.Option(help="Generate answers, or choose the option whose letter is the most likely."),
    ] = "generation",
    repeat: Annotated[
        int, typer.Option(min=1, help="Ask each question this often and report how many answers differ.")
    ] = 1,
    too_long: Annotated[
        Literal["stop", "wrong", "shorten"],
        typer.Option(
            help="If a prompt exceeds the model's context: stop, count its answer as wrong, or cut the end of its text "
            "(for summaries and replies)."
        ),
    ] = "stop",
    skip_missing: SkipMissing = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing run.")] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Evaluate a model on a suite, or on test sets of your own: zero-shot, greedy decoding, answers scored.

    Answers are saved as they arrive, so the same command resumes an interrupted run. Arguments after `--` go to vLLM,
    as for `vllm serve`.

    Examples:

    - `mnlu eval --model out/biomistral-nlu --suite blurb --skip-missing --out out/runs/biomistral-nlu`
    - `mnlu eval --model out/biomistral-nlu --corpus ward_test.py --out out/runs/ward`
    - `mnlu eval --model out/biomistral-nlu --suite blue --out out/runs/blue -- --tensor-parallel-size 4`
    - `mnlu eval --engine chat --base-url https://HOST/v1 --model NAME --suite blue --limit 50 --out out/runs/chat`
    - `mnlu eval --engine baseline --model majority --suite blurb --skip-missing --out out/runs/majority`
    """
    from mnlu_instruct import folders
    from mnlu_instruct.catalogue import suites
    from mnlu_instruct.evaluation.evaluate import RUN
    from mnlu_instruct.evaluation.evaluate import evaluate as run
    from mnlu_instruct.evaluation.questions import Settings

    folders.check(out, overwrite, RUN)
    settings = Settings(
        pack, limit, skip_missing, base_url, repeat, too_long, shots, constrained, by, tuple(context.args), shots_as
    )
    wanted = suites.load(asked(suite, corpus))
    with console.progress() as report:
        scored = run(model, engine, wanted, data_directory(data_dir), out, settings, report)
    _scores(scored, as_json)


@app.command()
def score(
    paths: Annotated[
        list[Path],
        typer.Argument(autocompletion=complete_run, help="Prediction files (JSON lines), or folders of them."),
    ],
    mode: ModeName = "strict",
    skip_broken: Annotated[
        bool,
        typer.Option("--skip-broken", help="Leave out data sets that a mode can't score, and say so."),
    ] = False,
    corpus: OwnCorpora = None,
    bertscore: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER:LAYER",
            help="Also score summaries and replies by BERTScore, with these weights: roberta-large:17.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Also write a run that 'mnlu report' and 'compare' take, named by --name.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="The system's name in reports, for --out.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing run.")] = False,
    as_json: Json = False,
) -> None:
    """Score prediction files of any system, without running a model.

    Examples:

    - `mnlu score out/runs/biomistral-nlu --json`
    - `mnlu score predictions.jsonl --mode reference --skip-broken`
    - `mnlu score out/runs/t5-base --mode biogpt-cdr --skip-broken`
    - `mnlu score out/runs/biobart --mode biobart:facebook/bart-base --bertscore models/roberta-large:17`
    - `mnlu score predictions.jsonl --corpus ward_test.py`
    - `mnlu score answers/ --name GPT-4 --out out/runs/gpt-4`
    """
    from mnlu_instruct.evaluation import foreign, scorecard
    from mnlu_instruct.evaluation.bertscore import weights

    if (out is None) != (name is None):
        raise UserError("--out and --name go together.", "--name GPT-4 --out out/runs/gpt-4")
    by = weights(bertscore) if bertscore else None
    if out and name:
        if mode != "strict":
            raise UserError(f"A run has strict scores, not {mode} ones.", "leave --mode or --out out.")
        if by:
            raise UserError("A run has strict scores, without BERTScore.", "leave --bertscore or --out out.")
        _scores(foreign.adopt(paths, name, own(corpus), out, overwrite), as_json)
        return
    _scores(scorecard.score(paths, {}, mode, skip_broken, own(corpus), by), as_json)


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(autocompletion=complete_run, help="Folder of a run, or a prediction file.")],
    second: Annotated[
        Path, typer.Argument(autocompletion=complete_run, help="Another run or file, on the same questions.")
    ],
    mode: ModeName = "strict",
    metric: Annotated[
        str | None, typer.Option(help="Metric to compare, such as recall.  [default: each data set's headline]")
    ] = None,
    corpus: OwnCorpora = None,
    as_json: Json = False,
) -> None:
    """Compare two runs on the same questions: score differences with 95 % intervals and p-values (paired bootstrap).

    Examples:

    - `mnlu compare out/runs/biomistral-nlu-ft out/runs/biomistral-nlu`
    - `mnlu compare out/runs/cadec-bart out/runs/cadec-biobart --mode places --metric f1_discontinuous`
    """
    from mnlu_instruct.cli.tables import scores as tables
    from mnlu_instruct.evaluation.compare import compare as run

    compared = run(first, second, own(corpus), mode, metric)
    if as_json:
        console.print_json(compared)
    else:
        tables.of_two(compared)


@app.command()
def sensitivity(
    runs: Annotated[
        list[Path],
        typer.Argument(
            autocompletion=complete_run, help="Folders of runs of one model and suite, each with another prompt pack."
        ),
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
    runs: Annotated[
        list[Path],
        typer.Argument(autocompletion=complete_run, help="Folders of runs, as 'mnlu eval --out' writes them."),
    ],
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
