"""The page: what is shown of some runs, in one file that needs no other and no network."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from mnlu_instruct.report import answers, beside, exports, frame, overview, plots, runs

FORMS = {"markdown": exports.as_markdown, "csv": exports.as_csv, "latex": exports.as_latex}


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
    return frame.render(
        "report.html.j2",
        runs=read,
        modes=sorted({run.card.mode for run in read}),
        datasets=names,
        rows=overview.rows(read),
        averages=overview.averages(read),
        details=overview.details(read),
        plots=plots.plots(read),
        beside=beside.beside(read),
        cards=cards,
        counts=counts,
        verdicts={key: words for key, words in answers.VERDICTS.items() if key != "free" or key in found},
        limit=answers.LIMIT,
        each=answers.EACH,
        style=frame.inlined("style.css"),
        script=frame.inlined("script.js"),
    )


def export(folders: Sequence[Path], forms: Mapping[str, Path | None]) -> None:
    """Write scores to files, in the forms that have one: `markdown`, `csv`, `latex`.

    Raises:
        UserError: as `render`; or a file can't be written.
    """
    read = runs.read(folders)
    for form, out in forms.items():
        if out is not None:
            frame.write(FORMS[form](read), out)


def write(folders: Sequence[Path], out: Path) -> None:
    """Write the page about runs to a file, which appears whole or not at all.

    Raises:
        UserError: as `render`; or the file can't be written.
    """
    frame.write(render(folders), out)
