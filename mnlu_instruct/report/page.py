"""The evaluation report: one HTML file that needs no other file and no network; and, if asked for, all answers."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec import json

from mnlu_instruct import folders as places
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import runs
from mnlu_instruct.evaluation.runs import Run
from mnlu_instruct.report import answers, beside, chunks, exports, frame, groups, overview, plots, testset
from mnlu_instruct.report.chunks import NOTHING, Answers
from mnlu_instruct.scoring.error_kinds import KINDS

FORMS = {"markdown": exports.as_markdown, "csv": exports.as_csv, "latex": exports.as_latex}
LARGEST = 9_900_000
"""The most bytes of a page; its sample of answers is chosen to fit."""
SCRIPTS = ("views.js", "answers.js", "keys.js", "print.js")


def render(folders: Sequence[Path]) -> str:
    """The page about runs, as HTML; the same runs give the same page.

    Args:
        folders: the runs' folders, in the order in which the systems are shown.

    Raises:
        UserError: as `runs.read`.
    """
    read = runs.read(folders)
    return _page(read, _judged(read))


def write(
    folders: Sequence[Path], out: Path, every: bool = False, forms: Mapping[str, Path | None] | None = None
) -> Path | None:
    """Write the page about runs to a file, which appears whole or not at all; the folder of all answers, if asked for.

    Args:
        folders: the runs' folders, in the order in which the systems are shown.
        out: the page.
        every: put all answers into a folder beside it, `report-files` beside `report.html`.
        forms: files to write the scores to, by form: `markdown`, `csv`, `latex`.

    Raises:
        UserError: as `runs.read`; or a file can't be written; or the folder exists and holds no answers of a report.
    """
    read = runs.read(folders)
    judged = _judged(read)
    files = out.parent / f"{out.stem}-files" if every else None
    if files:
        _whole(read, judged, out, files)
    else:
        frame.write(_page(read, judged), out)
    for form, path in (forms or {}).items():
        if path is not None:
            frame.write(FORMS[form](read), path)
    return files


def _judged(read: Sequence[Run]) -> list[Answers]:
    return [answers.judge(read, name) for name in overview.datasets(read)]


def _whole(read: Sequence[Run], judged: Sequence[Answers], out: Path, files: Path) -> None:
    """Write the page and the folder of all answers."""
    places.check(files, overwrite=True, mark=chunks.INDEX)
    try:
        with places.atomic_folder(files) as folder:
            indexes = chunks.write(judged, chunks.fingerprint(read), folder)
            frame.write(_page(read, judged, {"folder": files.name, "indexes": indexes}), out)
    except OSError as error:
        raise UserError(f"{files} can't be written: {error.strerror}.", "choose another file: --out.") from error


def _page(read: Sequence[Run], judged: Sequence[Answers], files: Mapping[str, object] | None = None) -> str:
    names = overview.datasets(read)
    key = chunks.fingerprint(read)
    every = [one for of_set in judged for some in of_set for one in some]
    found = {one.verdict for one in every}
    verdicts = {name: words for name, words in answers.VERDICTS.items() if name != "free" or name in found}
    facts = {
        "key": key,
        "datasets": names,
        "systems": [run.system for run in read],
        "verdicts": answers.VERDICTS,
        "kinds": KINDS,
        "files": files,
    }
    shell = partial(
        frame.render,
        "report.html.j2",
        runs=read,
        modes=sorted({run.card.mode for run in read}),
        datasets=names,
        rows=overview.rows(read),
        averages=overview.averages(read),
        groups={"task": groups.by_task(read), "domain": groups.by_domain(read)},
        plots=plots.plots(read),
        relations=_relations(read),
        printed=beside.beside(read),
        testsets=[testset.testset(name, read, of_set) for name, of_set in zip(names, judged, strict=True)],
        totals={name: [len(some) for some in of_set] for name, of_set in zip(names, judged, strict=True)},
        verdicts=verdicts,
        kinds=[kind for kind in KINDS if any(kind in one.errors for one in every)],
        restricted=_restricted(read),
        marked=any(one.line.prediction.seen is not None for one in every),
        files=files,
        facts=chunks.inlined(json.encode(facts)),
        key=key,
        most=chunks.LADDER[0][0],
        each=answers.each,
        percent=overview.percent,
        style=frame.inlined("style.css") + frame.inlined("report.css"),
        scripts=[frame.inlined(name) for name in SCRIPTS],
    )
    return shell(sample=chunks.fitting(judged, LARGEST - len(shell(sample=NOTHING).encode())))


def _restricted(read: Sequence[Run]) -> dict[str, str]:
    """By data set, why its texts must not be passed on."""
    declared = [(name, one.declared) for run in read for name, found in run.lines.items() for one in found[:1]]
    return {name: one.restriction for name, one in declared if one and one.restriction}


def _relations(read: Sequence[Run]) -> dict[str, tuple[plots.Span, ...]]:
    """Precision and recall on the data sets for relation extraction."""
    return {
        name: plots.precision_recall(
            [
                (place, run.system, score)
                for place, run in enumerate(read)
                if (score := run.card.datasets.get(name)) and score.task == "re"
            ]
        )
        for name in overview.datasets(read)
        if any(name in run.card.datasets and run.card.datasets[name].task == "re" for run in read)
    }
