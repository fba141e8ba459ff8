"""The command line: thin commands, no logic. Commands import what they need, so that `mnlu --help` answers at once."""

import inspect
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup, TyperOption

from mnlu_instruct import __version__, console, interruption
from mnlu_instruct.cli import (
    ablations,
    cache,
    corpora,
    data,
    evaluation,
    fetch,
    help_panels,
    leakage,
    linking,
    machine,
    models,
    pointer,
    pretraining,
    prompts,
    sharing,
    stats,
    suites,
    training,
)
from mnlu_instruct.errors import UserError, install

INTERRUPTED = 130

SECTIONS = {
    "Data": ("fetch", "corpora", "build", "preview", "stats", "leakage", "duplicates", "pubmed", "prompts", "cache"),
    "Models": ("train", "pretrain", "merge", "ablate", "models", "pointer", "push"),
    "Scores": ("eval", "score", "compare", "sensitivity", "report", "suite", "link", "kb"),
    "This machine": ("doctor", "quickstart"),
}
"""The commands, as `mnlu --help` groups them."""


class Root(TyperGroup):
    """`mnlu` itself: its help is plain text, without Rich, whose import takes longer than all else."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write what commands there are, by section, each with the first paragraph of its help."""
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        for title, names in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, summary(self.commands[name])) for name in names])
        with formatter.section("Options"):
            formatter.write_dl([record for one in self.get_params(ctx) if (record := one.get_help_record(ctx))])
        formatter.write_paragraph()
        formatter.write_text("mnlu COMMAND --help has the options of a command, with examples.")


def summary(command: Any) -> str:
    """The first paragraph of a command's help, in one line and without marks."""
    return inspect.cleandoc(command.help).partition("\n\n")[0].replace("\n", " ").replace("`", "")


app = typer.Typer(
    name="mnlu",
    cls=Root,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Build instruction-tuning data sets for medical language understanding; train, merge and evaluate models.",
)
for commands in (fetch, data, stats, leakage, training, pretraining, evaluation, linking, ablations, sharing, machine):
    app.add_typer(commands.app)
app.add_typer(cache.app, name="cache")
app.add_typer(corpora.app, name="corpora")
app.add_typer(linking.kb, name="kb")
app.add_typer(models.app, name="models")
app.add_typer(pointer.app, name="pointer")
app.add_typer(prompts.app, name="prompts")
app.add_typer(suites.app, name="suite")


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", is_eager=True, help="Print the version and exit.")] = False,
) -> None:
    if version:
        console.output.print(__version__)
        raise typer.Exit


def command() -> TyperGroup:
    """The command line as a Click command; its flags show no type, its many options are in panels."""
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    groups = [root, *(one for one in root.commands.values() if isinstance(one, TyperGroup))]
    for one in (one for group in groups for one in (group, *group.commands.values())):
        for option in (*one.params, one.get_help_option(typer.Context(one))):
            if not isinstance(option, TyperOption):
                continue
            if option.is_flag:
                option.metavar = ""
            if panel := help_panels.panel_of(one.name or "", tuple(option.opts)):
                option.rich_help_panel = panel
    return root


def main() -> None:
    """Run the command line; a `UserError` is printed as one sentence and a hint, without a traceback."""
    try:
        command()()
    except UserError as error:
        console.error(error.message, error.hint)
        sys.exit(1)
    except ModuleNotFoundError as error:
        from mnlu_instruct.cli.diagnosis import extra_of

        if (extra := extra_of(error.name or "")) is None:
            raise
        console.error(f"This needs the package {error.name}.", f"{install(extra)}.")
        sys.exit(1)
    except OSError as error:
        said = str(error).strip() or type(error).__name__  # libraries raise some without a file
        reason = f"{error.filename}: {error.strerror}" if error.filename else said.splitlines()[0]
        console.error(f"{reason.rstrip('.')}.", "check the path, its permissions, and free space.")
        sys.exit(1)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            kept = interruption.kept(ended) or "Nothing half-written was left."
            console.error(f"Interrupted. {kept}", "run the same command again.")
        raise
