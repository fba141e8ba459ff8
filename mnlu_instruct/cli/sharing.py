"""`mnlu push`: data sets and models, sent to a model hub."""

from pathlib import Path
from typing import Annotated

import typer

from mnlu_instruct import console
from mnlu_instruct.cli.options import Json, complete_model, complete_run

app = typer.Typer()


@app.command()
def push(
    folder: Annotated[
        Path, typer.Argument(autocompletion=complete_model, help="Folder of a built data set or of a model.")
    ],
    repository: Annotated[str, typer.Argument(help="Where to: owner/name.")],
    results: Annotated[
        list[Path] | None,
        typer.Option(
            autocompletion=complete_run, help="A run of the model, whose scores go into its card. Repeatable."
        ),
    ] = None,
    public: Annotated[bool, typer.Option("--public", help="Let everyone see it; a new repository is private.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be sent and stop.")] = False,
    as_json: Json = False,
) -> None:
    """Send a data set or a model to the Hugging Face hub, with its card; a model with its scores.

    Data sets with texts that must not be passed on are refused, as are models that learnt from such texts.

    Examples:

    - `mnlu push out/demo me/demo-set --dry-run`
    - `mnlu push out/tuned me/tuned --results out/runs/tuned --public`
    """
    from mnlu_instruct.sharing.upload import check_name, prepared

    check_name(repository)
    upload = prepared(folder, results or [])
    for words in upload.left_out:
        console.notice(f"{words} That is no score of the whole test set, and is not sent.")
    if not upload.known:
        console.notice(f"{folder} doesn't say whose texts the model learnt: check that you may pass it on.")
    names = ["README.md", *(path.name for path in upload.files)]
    about = {"repository": repository, "kind": upload.kind, "files": names, "bytes": upload.size}
    said = f"{len(names)} files of a {upload.kind}, {upload.size / 1e6:,.1f} MB"
    said += f", with {upload.scores} scores in its card," if upload.scores else ""
    said += f" to {repository} ({'public' if public else 'private, if it is new'})"
    if dry_run:
        if as_json:
            console.print_json({**about, "scores": upload.scores, "sent": False})
        else:
            console.line(f"Would send {said}: {', '.join(names)}.")
        return

    from mnlu_instruct.sharing import hub

    console.notice(f"Sending {said}.")
    address = hub.send(upload, repository, public)
    if as_json:
        console.print_json({**about, "scores": upload.scores, "sent": True, "address": address})
    else:
        console.line(f"Sent to {address}.")
