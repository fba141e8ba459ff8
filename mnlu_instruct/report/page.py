"""The page: what is shown of some runs, in one file that needs no other and no network."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from mnlu_instruct.errors import UserError
from mnlu_instruct.report import answers, overview, plots, runs

HERE = Path(__file__).parent


def render(folders: Sequence[Path]) -> str:
    """The page about runs, as HTML; the same runs give the same page.

    Args:
        folders: the runs' folders, in the order in which the systems are shown.

    Raises:
        UserError: as `runs.read`.
    """
    read = runs.read(folders)
    names = overview.datasets(read)
    cards = answers.cards(read, names)
    counts = {(name, run.system): (0, len(run.lines[name])) for name in names for run in read if name in run.lines}
    for card in cards:
        for one in card.answers:
            shown, total = counts[card.dataset, one.system]
            counts[card.dataset, one.system] = shown + 1, total
    found = {one.verdict for card in cards for one in card.answers}
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            runs=read,
            modes=sorted({run.card.mode for run in read}),
            datasets=names,
            rows=overview.rows(read),
            averages=overview.averages(read),
            details=overview.details(read),
            plots=plots.plots(read),
            cards=cards,
            counts=counts,
            verdicts={key: words for key, words in answers.VERDICTS.items() if key != "free" or key in found},
            limit=answers.LIMIT,
            each=answers.EACH,
            style=_inlined("style.css"),
            script=_inlined("script.js"),
        )
    )


def write(folders: Sequence[Path], out: Path) -> None:
    """Write the page about runs to a file, which appears whole or not at all.

    Raises:
        UserError: as `render`; or the file can't be written.
    """
    page = render(folders)
    hidden = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        hidden.write_text(page, "utf-8", newline="\n")
        hidden.replace(out)
    except OSError as error:
        with suppress(OSError):
            hidden.unlink()
        raise UserError(f"{out} can't be written: {error.strerror}.", "choose another --out.") from error


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _inlined(name: str) -> Markup:
    """A file of this folder, which is ours and needs no escaping."""
    return Markup((HERE / name).read_text("utf-8"))
