"""`mnlu prompts`: prompt packs."""

from pathlib import Path
from typing import Annotated

import typer

from mnlu_instruct import console
from mnlu_instruct.cli.options import DataDir, Json, SuiteName, TaskName, complete_pack, joined
from mnlu_instruct.data_folder import data_directory
from mnlu_instruct.errors import UserError

app = typer.Typer(no_args_is_help=True, help="List, check (lint) and show prompt packs, the sets of prompt templates.")


@app.command("list")
def list_packs(as_json: Json = False) -> None:
    """List the prompt packs that come with mnlu-instruct."""
    from mnlu_instruct.prompting import packs

    loaded = [packs.load(name) for name in packs.available()]
    if as_json:
        console.print_json(
            [
                {
                    "name": pack.name,
                    "label": pack.label,
                    "tasks": list(pack.wordings),
                    "wordings": {task: len(wordings) for task, wordings in pack.wordings.items()},
                    "description": pack.description,
                }
                for pack in loaded
            ]
        )
    else:
        rows = [(pack.label, joined(list(pack.wordings)), pack.description) for pack in loaded]
        console.table(("pack", "tasks", "description"), rows)


@app.command("lint")
def lint_pack(
    names: Annotated[
        list[str] | None, typer.Argument(autocompletion=complete_pack, help="Packs: names or folders.  [default: all]")
    ] = None,
    suite: SuiteName = None,
    data_dir: DataDir = None,
) -> None:
    """Check prompt packs for undeclared variables, templates that fail or name an answer, and altered texts or labels.

    Renders every wording of every template. With --suite, looks for examples of instructions in its test sets.

    Examples:

    - `mnlu prompts lint path/to/my-pack`

    - `mnlu prompts lint path/to/my-pack --suite blurb`
    """
    from mnlu_instruct.leakage import examples
    from mnlu_instruct.prompting import lint, packs
    from mnlu_instruct.prompting.preview import samples

    wrong = 0
    for name in names or packs.available():
        pack = packs.load(name)
        findings = list(lint.findings(pack, samples()))
        if suite and (quotes := pack.quoted()):
            found = examples.in_test_sets(quotes, (suite,), data_directory(data_dir))
            findings += [f"{pack.name}/instructions.yaml: {place} {reason}" for place, reason in found.items()]
        for finding in findings:
            console.output.print(finding, markup=False, soft_wrap=True)
        wrong += len(findings)
    if wrong:
        raise UserError(f"{wrong} findings.", "'mnlu prompts show mnlu' prints what a correct pack renders.")
    console.output.print("No findings.")


@app.command("show")
def show_pack(
    name: Annotated[str, typer.Argument(autocompletion=complete_pack, help="Prompt pack: a name or a folder.")],
    task: TaskName = None,
) -> None:
    """Show the prompts of a pack, with answers, for each kind of question and wording, on the demo corpora.

    Example: `mnlu prompts show mnlu --task re`
    """
    from mnlu_instruct import tasks
    from mnlu_instruct.cli.tables import datasets as tables
    from mnlu_instruct.prompting import packs
    from mnlu_instruct.prompting.preview import samples

    pack = packs.load(name)
    wanted = tasks.kinds(tasks.parse([task])) if task else pack.wordings.keys()
    for kind, sample in samples().items():
        if kind in wanted and kind in pack.wordings:
            asked = pack.prompts(sample)
            for number, prompt in enumerate(asked, start=1):
                which = f", wording {number} of {len(asked)}" if len(asked) > 1 else ""
                tables.conversation(f"{kind}{which}  {sample.id}", prompt + pack.completion(sample))


@app.command("from-box")
def from_box(
    file: Annotated[Path, typer.Argument(help="Your copy of In-BoXBART's BoX_instructions.json.", exists=True)],
    out: Annotated[Path, typer.Option("--out", help="The folder of the new pack.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier output.")] = False,
) -> None:
    """Make a pack of BoX's instructions with its examples, which quote corpora and so aren't in the pack `box`.

    Says which examples can't be put into the form of this package's answers, and why.

    Example: `mnlu prompts from-box BoX_instructions.json --out my-box`, then `mnlu prompts lint my-box`
    """
    from mnlu_instruct import folders
    from mnlu_instruct.prompting import box

    folders.check(out, overwrite, "pack.yaml")
    converted = box.convert(file.read_bytes())
    box.write(converted, out)
    console.table(("left out", "because"), list(converted.left_out.items()))
    console.line(f"{len(converted.instructions.quoted())} examples in {out}")
