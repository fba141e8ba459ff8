"""`mnlu build` and `mnlu preview`: data sets."""

import shutil
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from mnlu_instruct import console
from mnlu_instruct.cli.options import (
    CORES,
    Address,
    CorpusName,
    DataDir,
    Executor,
    Json,
    PackName,
    Settings,
    TaskName,
    Workers,
    complete_pack,
    complete_suite,
    complete_task,
    completing,
    split,
)
from mnlu_instruct.data_folder import data_directory, filled_data_directory

app = typer.Typer()


@app.command()
def build(
    names: Annotated[
        str | None,
        typer.Option(
            "--tasks",
            autocompletion=complete_task,
            help="Tasks, separated by commas: ner,re,nli.  [default: all but qa]",
        ),
    ] = None,
    n: Annotated[
        int | None,
        typer.Option("--n", min=1, help="Total number of instances, split equally over the tasks.  [default: all]"),
    ] = None,
    corpus_names: Annotated[
        str | None,
        typer.Option(
            "--corpora",
            help="Build from these corpora only, separated by commas; `demo` names the bundled ones.  "
            "[default: all training corpora with files]",
        ),
    ] = None,
    corpus_files: Annotated[
        list[Path] | None,
        typer.Option(
            "--corpus",
            help="Add your own corpora: a Python file that declares them; FILE.py::NAME adds one. Repeatable.",
        ),
    ] = None,
    exclude: Annotated[str | None, typer.Option(help="Corpora to leave out, separated by commas.")] = None,
    domain: Annotated[
        Literal["biomedical", "clinical", "general", "both"] | None,
        typer.Option(help="Only corpora of this domain; both = biomedical and clinical."),
    ] = None,
    splits: Annotated[
        str | None, typer.Option(help="Splits to read instead of the training splits, separated by commas.")
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option(
            help="Temperature of the sampling over a task's corpora: 1 = proportional to size, larger = closer to "
            "uniform.  [default: 1]"
        ),
    ] = None,
    short: Annotated[
        Literal["error", "accept", "repeat", "redistribute"] | None,
        typer.Option(
            help="If a task has fewer instances than its share: stop (error), take all it has (accept), repeat "
            "instances, or give the rest to other tasks (redistribute).  [default: error]"
        ),
    ] = None,
    exclude_leaks: Annotated[
        str | None,
        typer.Option(
            autocompletion=complete_suite,
            help="Decontaminate: leave out training documents that overlap with this suite's test sets.",
        ),
    ] = None,
    duplicates: Annotated[
        Literal["keep", "exact", "near"] | None,
        typer.Option(
            help="Duplicate documents: keep them, leave out exact copies, or near-duplicates too.  [default: keep]"
        ),
    ] = None,
    max_tokens: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Maximum tokens of a row, counted by --tokenizer; longer ones are split into windows, truncated, or "
            "dropped, depending on the task.",
        ),
    ] = None,
    tokenizer: Annotated[str | None, typer.Option(help="Tokenizer that counts tokens: a name or a path.")] = None,
    template: Annotated[
        str | None, typer.Option(help="Chat template that it counts: own, zephyr, plain, or a path.")
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(
            autocompletion=completing("build/"), help="Build recipe: a name or a path; options given here override it."
        ),
    ] = None,
    settings: Settings = None,
    pack: Annotated[
        str | None, typer.Option(autocompletion=complete_pack, help="Prompt pack: a name or a folder.  [default: mnlu]")
    ] = None,
    order: Annotated[
        Literal["shuffled", "corpus"] | None,
        typer.Option(
            help="Order of the rows: shuffled over all shards, or corpus after corpus, which takes half the space.  "
            "[default: shuffled]"
        ),
    ] = None,
    validation: Annotated[
        float | None,
        typer.Option(help="Fraction of the documents whose rows go into a validation split.  [default: no such split]"),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Seed of the sampling and of the order of labels and rows.  [default: 42]"),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder to write the data set to.")] = Path("out/mnlu-instruct"),
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing data set.")] = False,
    workers: Workers = CORES,
    executor: Executor = "local",
    address: Address = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the mixture table and stop.")] = False,
    verify: Annotated[Path | None, typer.Option(help="Only check this built data set against its manifest.")] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Build an instruction-tuning data set: print the mixture table, then write Parquet shards, manifest and card.

    Examples:

    - `mnlu build --tasks re,nli,ner --n 50000`
    - `mnlu build --recipe demo --out out/demo`
    - `mnlu build --exclude-leaks blurb`
    - `mnlu build --recipe mnlu-instruct --n 50000 --set weights.tasks.re=2`
    - `mnlu build --executor ray --address auto`
    - `mnlu build --verify out/demo`
    """
    from mnlu_instruct import folders
    from mnlu_instruct.cli.tables import datasets as tables
    from mnlu_instruct.cluster import cluster
    from mnlu_instruct.dataset import manifest
    from mnlu_instruct.dataset.build import draft, write
    from mnlu_instruct.dataset.recipe import build_recipe
    from mnlu_instruct.workers import process_pool

    if verify:
        stated = manifest.verify(verify)
        _done(stated, f"{verify} is intact: {stated['rows']:,} rows, content hash {stated['content_hash']}.", as_json)
        return
    options: dict[str, object] = {
        "tasks": split(names),
        "n": n,
        "corpora": split(corpus_names),
        "own": list(map(str, corpus_files or ())) or None,
        "exclude": split(exclude),
        "domain": domain,
        "splits": split(splits),
        "temperature": temperature,
        "short": short,
        "exclude_leaks": exclude_leaks,
        "duplicates": duplicates,
        "max_tokens": max_tokens,
        "tokenizer": tokenizer,
        "template": template,
        "pack": pack,
        "order": order,
        "validation": validation,
        "seed": seed,
    }
    wanted = build_recipe(recipe, options, settings or ())
    if not dry_run:
        folders.check(out, overwrite, manifest.NAME)
    data, free = filled_data_directory(data_dir).absolute(), _free(out)
    with cluster(address, workers) if executor == "ray" else process_pool(workers) as pool:
        with console.progress() as report:
            drafted = draft(wanted, data, pool, report)
        if not as_json:
            tables.mixture(drafted, free)
        if dry_run:
            if as_json:
                disk = {"up_to_about": drafted.mixture.size, "free": free}
                console.print_json({"mixture": drafted.mixture.rows, "unused": drafted.plan.unused, "bytes": disk})
            return
        with console.progress() as report:
            made = write(drafted, out.absolute(), pool, report)
    size = sum(shard["bytes"] for shard in made["shards"]) / 1e6
    _done(made, f"{made['rows']:,} rows in {len(made['shards'])} shards, {size:.1f} MB, written to {out}.", as_json)


@app.command()
def preview(
    name: CorpusName,
    task: TaskName = None,
    split: Annotated[str | None, typer.Option(help="Split to show.  [default: train, or the first one]")] = None,
    pack: PackName = "mnlu",
    count: Annotated[int, typer.Option("-k", min=1, help="Number of questions of each kind.")] = 1,
    model: Annotated[
        str | None, typer.Option(help="Also show tokens and loss mask, by the tokenizer of this model.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Show questions about a corpus as chat messages with gold answers; with --model, also as tokens and loss mask.

    Example: `mnlu preview biored --task re -k 2`
    """
    from mnlu_instruct import corpora, tasks
    from mnlu_instruct.cli.tables import datasets as tables
    from mnlu_instruct.prompting import chat, packs, plain_text, templates
    from mnlu_instruct.prompting.preview import examples, messages, tokens

    if task:
        tasks.parse([task])
    loaded = packs.load(pack)
    tokenizer = chat.load_tokenizer(model) if model else None
    as_plain_text = model is not None and plain_text.is_encoder_decoder(model)
    if tokenizer and not as_plain_text:
        tokenizer.chat_template = templates.chosen(None, tokenizer)
    for instance in examples(corpora.get(name), data_directory(data_dir), task, split, count):
        tables.conversation(instance.id, messages(instance, loaded))
        if tokenizer:
            from mnlu_instruct.training import show_example

            ids, trained = tokens(instance, loaded, tokenizer, as_plain_text)
            show_example.show(ids, trained, tokenizer, console.output, "Tokens")


def _free(out: Path) -> int:
    """The free disk space, in bytes, where a folder will be written."""
    there = next(folder for folder in out.absolute().parents if folder.is_dir())
    return shutil.disk_usage(there).free


def _done(manifest: dict[str, Any], words: str, as_json: bool) -> None:
    from mnlu_instruct.dataset import summary_tables

    if as_json:
        console.print_json(manifest)
        return
    console.line(words)
    if forbidden := summary_tables.restricted(manifest):
        console.line(forbidden)
