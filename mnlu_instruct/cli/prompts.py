"""`mnlu prompts`: packs."""

from typing import Annotated

import typer

from mnlu_instruct import screen, tasks
from mnlu_instruct.cli.options import Json, TaskName, complete_pack, joined
from mnlu_instruct.errors import UserError

app = typer.Typer(no_args_is_help=True, help="Prompt packs: list, lint, show.")


@app.command("list")
def list_packs(as_json: Json = False) -> None:
    """List the packs that come with mnlu-instruct."""
    from mnlu_instruct import prompts

    packs = [prompts.load(name) for name in prompts.available()]
    rows = [{"name": p.name, "label": p.label, "tasks": list(p.templates), "description": p.description} for p in packs]
    if as_json:
        screen.document(rows)
    else:
        screen.table(
            ("pack", "tasks", "description"), [(r["label"], joined(r["tasks"]), r["description"]) for r in rows]
        )


@app.command("lint")
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


@app.command("show")
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
