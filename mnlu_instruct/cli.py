"""The command line: thin commands, no logic. Commands import what they need, so that `mnlu --help` answers at once."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from mnlu_instruct import __version__, corpora, screen, tasks
from mnlu_instruct.errors import UserError
from mnlu_instruct.files import data_directory

app = typer.Typer(
    name="mnlu",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Build instruction-tuning sets for medical language understanding from corpora in their native formats.",
)
corpora_app = typer.Typer(invoke_without_command=True)
prompts_app = typer.Typer(no_args_is_help=True, help="Prompt packs: list, lint, show.")
suite_app = typer.Typer(no_args_is_help=True, help="Benchmark suites: list, export.")
app.add_typer(corpora_app, name="corpora")
app.add_typer(prompts_app, name="prompts")
app.add_typer(suite_app, name="suite")


def complete_corpus(incomplete: str) -> list[str]:
    """Corpus names, for tab completion."""
    return [name for name in corpora.registry() if name.startswith(incomplete)]


def complete_task(incomplete: str) -> list[str]:
    """Task names, for tab completion; of a list, the last."""
    before, comma, last = incomplete.rpartition(",")
    return [before + comma + name for name in tasks.ORDER if name.startswith(last)]


def complete_pack(incomplete: str) -> list[str]:
    """Pack names, for tab completion."""
    from mnlu_instruct import prompts

    return [name for name in prompts.available() if name.startswith(incomplete)]


def complete_suite(incomplete: str) -> list[str]:
    """Suite names, for tab completion."""
    from mnlu_instruct import suites

    return [name for name in suites.available() if name.startswith(incomplete)]


DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Where corpus folders lie.  [default: $MNLU_DATA or ~/.cache/mnlu/corpora]"),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
CorpusName = Annotated[str, typer.Argument(autocompletion=complete_corpus, help="A corpus, or the path of its file.")]
TaskName = Annotated[str | None, typer.Option("--task", autocompletion=complete_task, help="Only this task.")]
PackName = Annotated[str, typer.Option("--pack", autocompletion=complete_pack, help="Prompt pack: a name or a folder.")]


SuiteName = Annotated[
    str, typer.Option("--suite", autocompletion=complete_suite, help="A benchmark suite: a name or a path.")
]
Limit = Annotated[int | None, typer.Option(min=1, help="At most so many questions of each data set.")]
SkipMissing = Annotated[bool, typer.Option("--skip-missing", help="Leave out data sets whose files are not there.")]


class Role(StrEnum):
    """What a corpus is for."""

    train = "train"
    eval = "eval"


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", is_eager=True, help="Print the version and exit.")] = False,
) -> None:
    if version:
        screen.output.print(__version__)
        raise typer.Exit


@corpora_app.callback()
def list_corpora(
    context: typer.Context,
    task: TaskName = None,
    role: Annotated[Role | None, typer.Option(help="Only training corpora, or only test sets.")] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """List every registered corpus, or `show` and `check` one.

    Examples: `mnlu corpora --task re --role train`, `mnlu corpora show biored`, `mnlu corpora check`
    """
    if context.invoked_subcommand:
        return
    from mnlu_instruct import inventory

    rows = inventory.listing(data_directory(data_dir), task, role.value if role else None)
    if as_json:
        screen.document(rows)
        return
    columns = ("name", "role", "tasks", "domain", "access", "status")
    screen.table(columns, [[_joined(row[name]) for name in columns] for row in rows])


@corpora_app.command("show")
def show_corpus(name: CorpusName, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Where a corpus' files go, which are there, what to sign and where, its labels, its counts as read.

    Example: `mnlu corpora show n2c2-2022-sdoh`
    """
    from mnlu_instruct import inventory

    shown = inventory.details(name, data_directory(data_dir))
    if as_json:
        screen.document(shown)
        return
    facts = ("title", "role", "tasks", "domain", "access", "licence", "cite", "status", "folder", "get", "differs")
    screen.table(("", shown["name"]), [(fact, _joined(shown[fact])) for fact in facts if shown[fact]])
    screen.table(
        ("split", "file", "sha256"), [(f["split"], f["file"], f["sha256"] or "missing") for f in shown["files"]]
    )
    screen.table(("labels", "label", "shown as"), [(row["of"], row["label"], row["name"]) for row in shown["labels"]])
    if shown["counts"]:
        screen.table(("split", "of", "read"), [(c["split"], c["of"], c["count"]) for c in shown["counts"]])


@corpora_app.command("check")
def check_corpora(
    names: Annotated[
        list[str] | None, typer.Argument(autocompletion=complete_corpus, help="Corpora; all that are there, if none.")
    ] = None,
    data_dir: DataDir = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = len(os.sched_getaffinity(0)),
    as_json: Json = False,
) -> None:
    """Read corpora and count: documents, mentions, relations, instances; repairs and drops by rule; published counts.

    Example: `mnlu corpora check biored chemprot`
    """
    from mnlu_instruct.check import check

    with screen.progress() as report:
        found = check(names or None, data_directory(data_dir), workers, report)
    if as_json:
        screen.document([reading.as_json() for reading in found])
        return
    for reading in found:
        screen.reading(reading)
    differing = [reading for reading in found if reading.differences]
    screen.output.print(f"{len(found)} splits read; {len(differing)} differ from published counts (≠).")
    for name, words in {reading.corpus: reading.differs for reading in differing if reading.differs}.items():
        screen.output.print(f"{name}: {words}", markup=False)


@app.command()
def build(
    names: Annotated[
        str | None,
        typer.Option(
            "--tasks", autocompletion=complete_task, help="Tasks, separated by commas.  [default: all but qa]"
        ),
    ] = None,
    n: Annotated[int | None, typer.Option("--n", min=1, help="Instances in all, in equal shares by task.")] = None,
    corpus_names: Annotated[
        str | None, typer.Option("--corpora", help="Only these, separated by commas; `demo` names the bundled ones.")
    ] = None,
    corpus_files: Annotated[
        list[Path] | None, typer.Option("--corpus", help="A Python file that declares a corpus of your own, to add.")
    ] = None,
    exclude: Annotated[str | None, typer.Option(help="Corpora to leave out, separated by commas.")] = None,
    domain: Annotated[
        Literal["biomedical", "clinical", "general", "both"] | None,
        typer.Option(help="Only one domain; both = biomedical and clinical."),
    ] = None,
    splits: Annotated[str | None, typer.Option(help="Splits to take instead of the declared ones.")] = None,
    short: Annotated[
        Literal["error", "accept"] | None, typer.Option(help="Where a task has fewer instances than its share.")
    ] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Drop longer examples; needs --tokenizer.")] = None,
    tokenizer: Annotated[str | None, typer.Option(help="Name or path of the tokenizer that counts.")] = None,
    recipe: Annotated[str | None, typer.Option(help="A build recipe: a name or a path; options win over it.")] = None,
    pack: Annotated[
        str | None, typer.Option(autocompletion=complete_pack, help="Prompt pack: a name or a folder.  [default: mnlu]")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Decides the draw and the order of labels.  [default: 42]")
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("out/mnlu-instruct"),
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a data set that is there.")] = False,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = len(os.sched_getaffinity(0)),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the mixture table and stop.")] = False,
    verify: Annotated[Path | None, typer.Option(help="Only check a built data set against its manifest.")] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Build an instruction-tuning set: print the mixture table, then write parquet shards, manifest and card.

    Examples: `mnlu build --tasks re,nli,ner --n 50000`, `mnlu build --recipe demo --out out/demo`,
    `mnlu build --verify out/demo`
    """
    from mnlu_instruct import folders, manifest
    from mnlu_instruct.build import draft, write
    from mnlu_instruct.recipe import build_recipe
    from mnlu_instruct.workers import crew

    if verify:
        stated = manifest.verify(verify)
        _done(stated, f"{verify} is whole: {stated['rows']:,} rows, content hash {stated['content_hash']}.", as_json)
        return
    options: dict[str, object] = {
        "tasks": _split(names),
        "n": n,
        "corpora": _split(corpus_names),
        "own": list(map(str, corpus_files or ())) or None,
        "exclude": _split(exclude),
        "domain": domain,
        "splits": _split(splits),
        "short": short,
        "max_tokens": max_tokens,
        "tokenizer": tokenizer,
        "pack": pack,
        "seed": seed,
    }
    wanted = build_recipe(recipe, options)
    if not dry_run:
        folders.check(out, overwrite, manifest.NAME)
    data = data_directory(data_dir)
    with crew(workers) as pool:
        with screen.progress() as report:
            drafted = draft(wanted, data, pool, report)
        if not as_json:
            screen.mixture(drafted)
        if dry_run:
            if as_json:
                screen.document({"mixture": drafted.mixture.rows, "unused": drafted.plan.unused})
            return
        with screen.progress() as report:
            made = write(drafted, out, pool, report)
    size = sum(shard["bytes"] for shard in made["shards"]) / 1e6
    _done(made, f"{made['rows']:,} rows in {len(made['shards'])} shards, {size:.1f} MB, written to {out}.", as_json)


@app.command()
def preview(
    name: CorpusName,
    task: TaskName = None,
    split: Annotated[str | None, typer.Option(help="A split.  [default: train, else the first]")] = None,
    pack: PackName = "mnlu",
    count: Annotated[int, typer.Option("-k", min=1, help="Questions of each kind.")] = 1,
    data_dir: DataDir = None,
) -> None:
    """Show documents of a corpus as messages, gold beside.

    Example: `mnlu preview biored --task re -k 2`
    """
    from mnlu_instruct import prompts
    from mnlu_instruct.preview import examples, messages

    if task:
        tasks.parse([task])
    loaded = prompts.load(pack)
    for instance in examples(corpora.get(name), data_directory(data_dir), task, split, count):
        screen.conversation(instance.id, messages(instance, loaded))


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
) -> None:
    """Merge a tuned model with its base, as the paper does (DARE), through mergekit.

    Example: `mnlu merge recipes/merge/dare.yaml`
    """
    from mnlu_instruct import merging
    from mnlu_instruct.recipe import merge_recipe

    screen.output.print(f"merged model: {merging.merge(merge_recipe(recipe), overwrite)}", soft_wrap=True, markup=False)


@app.command("eval")
def evaluate(
    model: Annotated[str, typer.Option(help="A model: a folder or a name.")],
    out: Annotated[Path, typer.Option(help="The run's folder.")],
    suite: SuiteName = "demo",
    engine: Annotated[Literal["vllm", "transformers"], typer.Option(help="What generates.")] = "vllm",
    pack: PackName = "mnlu",
    limit: Limit = None,
    skip_missing: SkipMissing = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a run that is there.")] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Evaluate a model zero-shot: put a suite's questions to it, greedily, and score the answers.

    Example: `mnlu eval --model out/biomistral-nlu --suite blurb --skip-missing --out out/runs/biomistral-nlu`
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


@suite_app.command("list")
def list_suites(data_dir: DataDir = None, as_json: Json = False) -> None:
    """List the suites, their data sets, and which of these are there."""
    from mnlu_instruct import suites

    data = data_directory(data_dir)
    rows = [
        {"suite": name, "dataset": dataset.name, "task": dataset.task, "missing": dataset.lacks(data)}
        for name in suites.available()
        for dataset in suites.load(name).datasets
    ]
    if as_json:
        screen.document(rows)
    else:
        screen.table(("suite", "dataset", "task", "missing"), [tuple(row.values()) for row in rows])


@suite_app.command("export")
def export_suite(
    suite: Annotated[str, typer.Argument(autocompletion=complete_suite, help="A suite: a name or a path.")],
    out: Annotated[Path, typer.Option(help="The folder to write.")],
    pack: PackName = "mnlu",
    limit: Limit = None,
    skip_missing: SkipMissing = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an export that is there.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Write a suite's test examples as JSON lines, `<dataset>.jsonl`, for any model to answer.

    Example: `mnlu suite export blurb --skip-missing --out out/blurb`
    """
    from mnlu_instruct import suites
    from mnlu_instruct.evaluate import Settings, export

    count = export(
        suites.load(suite), data_directory(data_dir), Settings(pack, limit, skip_missing), out, overwrite=overwrite
    )
    screen.output.print(f"{count:,} questions written to {out}.", soft_wrap=True, markup=False)


@app.command()
def doctor(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Say what is installed, which corpora and devices are there, and what is missing for what."""
    from mnlu_instruct.doctor import diagnose

    found = diagnose(data_directory(data_dir))
    if as_json:
        screen.document({**{key: getattr(found, key) for key in found.__struct_fields__}, "advice": found.advice})
        return
    gpus = ", ".join(found.gpus) or "none"
    facts = [
        ("Python", found.python),
        ("cores", str(found.cores)),
        ("NVIDIA GPUs", gpus),
        ("corpora in", found.data),
    ]
    screen.table(("", "this machine"), facts)
    packages = [
        (p.extra or "core", p.name, p.wanted, p.found or "missing", "ok" if p.fits else "✗") for p in found.packages
    ]
    screen.table(("for", "package", "wanted", "found", ""), packages)
    screen.table(("corpus", "status"), list(found.corpora.items()))
    for words in found.advice:
        screen.notice(words)


@app.command()
def quickstart(
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("out/quickstart"),
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = len(os.sched_getaffinity(0)),
) -> None:
    """Go the whole way on the bundled demo corpora: build a data set and look at it."""
    from mnlu_instruct import quickstart as way

    way.run(out, workers)


@prompts_app.command("list")
def list_packs(as_json: Json = False) -> None:
    """List the packs that come with mnlu-instruct."""
    from mnlu_instruct import prompts

    packs = [prompts.load(name) for name in prompts.available()]
    rows = [{"name": p.name, "label": p.label, "tasks": list(p.templates), "description": p.description} for p in packs]
    if as_json:
        screen.document(rows)
    else:
        screen.table(
            ("pack", "tasks", "description"), [(r["label"], _joined(r["tasks"]), r["description"]) for r in rows]
        )


@prompts_app.command("lint")
def lint_pack(
    names: Annotated[
        list[str] | None, typer.Argument(autocompletion=complete_pack, help="Packs or folders; all packs, if none.")
    ] = None,
) -> None:
    """Find undeclared variables, templates that fail, and questions that are not shown whole.

    Example: `mnlu prompts lint path/to/my-pack`
    """
    from mnlu_instruct import prompts
    from mnlu_instruct.preview import samples

    wrong = 0
    for name in names or prompts.available():
        findings = list(prompts.lint(prompts.load(name), samples()))
        for finding in findings:
            screen.output.print(f"{name}: {finding}", markup=False)
        wrong += len(findings)
    if wrong:
        raise UserError(f"{wrong} findings.", "'mnlu prompts show mnlu' prints templates that are right.")
    screen.output.print("No findings.")


@prompts_app.command("show")
def show_pack(
    name: Annotated[str, typer.Argument(autocompletion=complete_pack, help="A pack, or a folder.")],
    task: TaskName = None,
) -> None:
    """Show how a pack asks each kind of question, on the demo corpora.

    Example: `mnlu prompts show mnlu --task re`
    """
    from mnlu_instruct import prompts
    from mnlu_instruct.preview import messages, samples

    pack = prompts.load(name)
    wanted = tasks.kinds(tasks.parse([task])) if task else pack.templates.keys()
    for kind, sample in samples().items():
        if kind in wanted and kind in pack.templates:
            screen.conversation(f"{kind}  {sample.id}", messages(sample, pack))


def main() -> None:
    """Run the command line; errors of users end with one sentence and a hint, never with a traceback."""
    try:
        app()
    except UserError as error:
        screen.error(error.message, error.hint)
        sys.exit(1)
    except OSError as error:
        screen.error(
            f"{error.filename or 'A file'}: {error.strerror}.", "check the path, its permissions, and free space."
        )
        sys.exit(1)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            screen.error("Interrupted; nothing half-written was left.", "run the same command again.")
        raise


INTERRUPTED = 130


def _scores(scored: Any, as_json: bool) -> None:
    if as_json:
        screen.document(scored)
    else:
        screen.scores(scored)


def _split(names: str | None) -> list[str] | None:
    return None if names is None else [name.strip() for name in names.split(",") if name.strip()]


def _joined(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _done(manifest: dict[str, Any], words: str, as_json: bool) -> None:
    if as_json:
        screen.document(manifest)
    else:
        screen.output.print(words, soft_wrap=True, markup=False)
