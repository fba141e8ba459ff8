"""The command line: thin commands, no logic. Commands import what they need, so that `mnlu --help` answers at once."""

import sys
from typing import Annotated

import typer

from mnlu_instruct import __version__, console
from mnlu_instruct.cli import (
    ablations,
    cache,
    corpora,
    data,
    evaluation,
    fetch,
    leakage,
    machine,
    models,
    prompts,
    stats,
    suites,
    training,
)
from mnlu_instruct.errors import UserError

INTERRUPTED = 130

app = typer.Typer(
    name="mnlu",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Build instruction-tuning data sets for medical language understanding; train, merge and evaluate models.",
)
for commands in (fetch, data, stats, leakage, training, evaluation, ablations, machine):
    app.add_typer(commands.app)
app.add_typer(cache.app, name="cache")
app.add_typer(corpora.app, name="corpora")
app.add_typer(models.app, name="models")
app.add_typer(prompts.app, name="prompts")
app.add_typer(suites.app, name="suite")


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", is_eager=True, help="Print the version and exit.")] = False,
) -> None:
    if version:
        console.output.print(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line; a `UserError` is printed as one sentence and a hint, without a traceback."""
    try:
        app()
    except UserError as error:
        console.error(error.message, error.hint)
        sys.exit(1)
    except OSError as error:
        console.error(
            f"{error.filename or 'A file'}: {error.strerror}.", "check the path, its permissions, and free space."
        )
        sys.exit(1)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            console.error("Interrupted; nothing half-written was left.", "run the same command again.")
        raise
