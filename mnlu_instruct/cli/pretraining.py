"""`mnlu pubmed` and `mnlu pretrain`: continued pretraining of BART on abstracts of PubMed."""

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Annotated

import typer

from mnlu_instruct import console
from mnlu_instruct.cli.options import CORES, Address, Executor, Json, Settings, Workers, completing, split
from mnlu_instruct.errors import UserError

app = typer.Typer()


@app.command()
def pubmed(
    folder: Annotated[Path, typer.Argument(help="Folder of PubMed's files (pubmed26n0001.xml.gz, …).")],
    tokenizer: Annotated[
        str | None, typer.Option(help="Tokenizer of the model to pretrain: a name or a folder (facebook/bart-base).")
    ] = None,
    vocabulary: Annotated[
        int | None,
        typer.Option(min=300, help="Instead, train a new tokenizer in the manner of BART's, of so many tokens."),
    ] = None,
    labels: Annotated[
        bool, typer.Option("--labels", help="Write the label of a part of an abstract in front of it (METHODS: …).")
    ] = False,
    titles: Annotated[bool, typer.Option("--titles", help="Write the title in front of the abstract.")] = False,
    language: Annotated[
        str | None,
        typer.Option(help="Only articles in these languages, separated by commas (eng,fre).  [default: all]"),
    ] = None,
    shortest: Annotated[int, typer.Option(min=1, help="Fewest characters of an abstract.")] = 11,
    retracted: Annotated[
        bool, typer.Option("--retracted", help="Keep retracted articles, and the notices of retractions.")
    ] = False,
    notes: Annotated[
        bool, typer.Option("--notes", help="Keep the note (ABSTRACT TRUNCATED AT 250 WORDS) of old abstracts.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder to write the corpus to.")] = Path("out/pubmed"),
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing corpus.")] = False,
    workers: Workers = CORES,
    executor: Executor = "local",
    address: Address = None,
    as_json: Json = False,
) -> None:
    """Make a pretraining corpus of PubMed's XML files: abstracts as token ids, with a manifest and a card.

    Later files replace and delete citations of earlier ones, by the numbers in their names. The same command goes on
    after an interruption.

    Examples:

    - `mnlu pubmed ~/pubmed --tokenizer facebook/bart-base`
    - `mnlu pubmed ~/pubmed --vocabulary 4000 --out out/pubmed-small`
    - `mnlu pubmed ~/pubmed --tokenizer facebook/bart-base --executor ray --address auto`
    """
    from mnlu_instruct import folders
    from mnlu_instruct.cluster import cluster
    from mnlu_instruct.pretraining import corpus, manifest
    from mnlu_instruct.pretraining.extraction import Choice
    from mnlu_instruct.workers import process_pool

    if (tokenizer is None) == (vocabulary is None):
        raise UserError(
            "A corpus has one tokenizer: give --tokenizer, or --vocabulary for a new one.",
            "as in --tokenizer facebook/bart-base.",
        )
    folders.check(out, overwrite, manifest.NAME)
    choice = Choice(shortest, tuple(split(language) or ()), retracted, notes, labels, titles)
    planned = corpus.plan(folder.absolute(), choice, tokenizer, vocabulary or 0)
    with (
        cluster(address, workers) if executor == "ray" else process_pool(workers) as pool,
        console.progress() as report,
    ):
        made = corpus.write(planned, out.absolute(), pool, report)
    if as_json:
        console.print_json(made)
        return
    counts = made["counts"]
    rows = [("citations", counts["citations"]), *((f"− {why}", count) for why, count in made["dropped"].items())]
    console.table(("", ""), [*rows, ("documents", counts["documents"])])
    console.line(f"{counts['documents']:,} abstracts of {counts['tokens']:,} tokens, written to {out}.")
    console.line(f"Next: mnlu pretrain bart-base --set data={out}")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": False})
def pretrain(
    context: typer.Context,
    recipe: Annotated[
        str,
        typer.Argument(
            autocompletion=completing("pretrain/"), help="Pretraining recipe: a name in recipes/pretrain/, or a path."
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only print model, data, steps, memory and hours, and which GPUs it fits.")
    ] = False,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    """Pretrain a BART by text infilling: run `accelerate launch train/infill.py RECIPE`.

    Arguments after `--` go to the launcher; `--config_file` may name a file in recipes/accelerate/. The same command
    resumes from the last complete checkpoint.

    Examples:

    - `mnlu pretrain tiny`
    - `mnlu pretrain bart-base --set data=out/pubmed --set trainer.max_steps=40000`
    - `mnlu pretrain bart-base --dry-run -- --num_processes 8`
    - `mnlu pretrain bart-large -- --config_file zero2`
    """
    from mnlu_instruct.training.launch.launcher import check_installed

    check_installed()
    if dry_run:
        with redirect_stdout(StringIO()):  # where DeepSpeed puts its log
            from mnlu_instruct.cli.tables import training as tables
            from mnlu_instruct.pretraining.plan import plan

            planned = plan(recipe, context.args, settings or ())
        if as_json:
            console.print_json(planned)
        else:
            tables.pretraining(planned)
        return
    if as_json:
        raise UserError("--json needs --dry-run.", "add --dry-run, or leave --json out.")
    from mnlu_instruct.pretraining.launch import launch

    raise typer.Exit(launch(recipe, context.args, settings or ()))
