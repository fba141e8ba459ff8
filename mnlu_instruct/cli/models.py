"""`mnlu models`: models as they are."""

from pathlib import Path
from typing import Annotated

import typer

from mnlu_instruct import console
from mnlu_instruct.cli.options import Json

app = typer.Typer(no_args_is_help=True, help="Get models, and check how they are asked.")


@app.command()
def get(
    source: Annotated[str, typer.Argument(help="A .gguf file, or a packaged model: smollm2-135m-instruct.")],
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a model that is there.")] = False,
    as_json: Json = False,
) -> None:
    """Convert a GGUF file to a folder of safetensors, which training, merging and every engine take, and check it.

    smollm2-135m-instruct (Apache-2.0) comes out of a Python package, by pip, where no model hub can be reached.

    Examples:

    - `mnlu models get smollm2-135m-instruct --out out/smollm2`
    - `mnlu models get path/to/model.Q8_0.gguf --out out/model`
    """
    from msgspec.structs import asdict

    from mnlu_instruct.cli.tables import models as tables
    from mnlu_instruct.pretrained.get import get as got

    with console.progress() as progress:
        made = got(source, out, overwrite, progress)
    if as_json:
        console.print_json(asdict(made))
    else:
        tables.converted(made)


@app.command()
def check(
    model: Annotated[str, typer.Option(help="Folder or name of the model.")],
    as_json: Json = False,
) -> None:
    """Check how a model is asked, without loading its weights: chat template, beginning, ends of answers, context.

    Ends with status 1 if its template or tokenizer can't be used.

    Examples:

    - `mnlu models check --model out/tuned`
    - `mnlu models check --model out/tuned --json`
    """
    from msgspec.structs import asdict

    from mnlu_instruct.cli.tables import models as tables
    from mnlu_instruct.evaluation import model_check

    found = model_check.facts(model)
    if as_json:
        console.print_json(asdict(found))
    else:
        tables.facts(found)
