"""`mnlu build` and `mnlu preview`: data sets."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from mnlu_instruct import corpora, screen, tasks
from mnlu_instruct.cli.options import (
    CORES,
    CorpusName,
    DataDir,
    Json,
    PackName,
    TaskName,
    Workers,
    complete_pack,
    complete_task,
    split,
)
from mnlu_instruct.files import data_directory

app = typer.Typer()


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
    workers: Workers = CORES,
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
        "tasks": split(names),
        "n": n,
        "corpora": split(corpus_names),
        "own": list(map(str, corpus_files or ())) or None,
        "exclude": split(exclude),
        "domain": domain,
        "splits": split(splits),
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
    model: Annotated[str | None, typer.Option(help="Show tokens and loss mask, by this model's tokenizer.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Show documents of a corpus as messages, gold beside; with a model, as the tokens that it is trained on.

    Example: `mnlu preview biored --task re -k 2`
    """
    from mnlu_instruct import chat, prompts
    from mnlu_instruct.preview import examples, messages

    if task:
        tasks.parse([task])
    loaded = prompts.load(pack)
    tokenizer = chat.load_tokenizer(model) if model else None
    for instance in examples(corpora.get(name), data_directory(data_dir), task, split, count):
        screen.conversation(instance.id, messages(instance, loaded))
        if tokenizer:
            tokenizer.chat_template = chat.TEMPLATE
            (example,) = chat.examples(tokenizer, [loaded.prompt(instance)], [prompts.completion(instance)])
            screen.tokens([tokenizer.decode([token]) for token in example.ids], example.prompt_length)


def _done(manifest: dict[str, Any], words: str, as_json: bool) -> None:
    if as_json:
        screen.document(manifest)
    else:
        screen.output.print(words, soft_wrap=True, markup=False)
