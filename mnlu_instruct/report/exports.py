"""Export scores: Markdown and LaTeX tables to print, CSV to compute with."""

import csv
from collections.abc import Sequence
from io import StringIO
from itertools import zip_longest

from mnlu_instruct import markdown
from mnlu_instruct.evaluation.runs import Run
from mnlu_instruct.report import overview
from mnlu_instruct.report.beside import Beside, Row, beside

NOTHING = "–"
COLUMNS = (
    *("dataset", "system", "source", "metric", "value", "low", "high"),
    *("questions", "incomplete", "sampled_from", "documents", "unreadable", "seen"),
)
SPECIAL = {"&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}", "−": "$-$"}
SPECIAL |= {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}", "–": "--"}


def as_markdown(runs: Sequence[Run]) -> str:
    """Headline scores ×100 with intervals, shares seen in training, averages, and published scores."""
    columns = ["data set", "metric", *map(_cell, (run.system for run in runs))]
    rows = [
        [_cell(row.dataset), row.measured, *(_score(one) if one else NOTHING for one in row.cells)]
        for row in overview.rows(runs)
    ]
    rows += [
        [row.title, "mean", *(_averaged(one) if one else NOTHING for one in row.cells)]
        for row in overview.averages(runs)
    ]
    parts = [f"# Scores\n\n{markdown.table(columns, rows)}"]
    for found in beside(runs):
        heads = ["data set", "metric", *map(_cell, _systems(found))]
        parts.append(f"## Published scores: {found.table.title}\n\n{markdown.table(heads, _table(found))}")
        said = [[one.system, one.model, one.measured_by, one.shots, one.prompts] for one in found.table.columns]
        parts.append(markdown.table(("published", "model", "measured by", "shots", "prompts"), said))
    return "\n".join(parts)


def as_csv(runs: Sequence[Run]) -> str:
    """Every metric of every data set and system, and published scores (the printed number / 100); fractions of 1."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for run in runs:
        for name, score in run.card.datasets.items():
            counts = (score.n, score.incomplete, score.sampled_from, score.groups, score.unreadable, score.seen)
            for metric, one in score.metrics.items():
                writer.writerow((name, run.system, run.card.mode, metric, one.value, one.low, one.high, *counts))
    for found in beside(runs):
        for column in found.table.columns:
            for row in found.rows:
                if (value := column.printed(row.name, row.key)) is not None:
                    cells = (row.name, column.system, found.table.paper, row.metric, round(value / 100, 4))
                    writer.writerow((*cells, *[""] * 8))
    return out.getvalue()


def as_latex(runs: Sequence[Run]) -> str:
    r"""The runs beside a published table, for `\usepackage{booktabs}`; the runs alone, if none has their data sets.

    Scores are ×100. The runs' columns come first.
    """
    if tables := beside(runs):
        found = tables[0]
        heads, rows, averages = _systems(found), _table(found, averages=False), _table(found)[len(found.rows) :]
    else:
        heads, averages = [run.system for run in runs], []
        rows = [
            [row.dataset, row.measured, *(_valued(one) if one else NOTHING for one in row.cells)]
            for row in overview.rows(runs)
        ]
    lines = [rf"\begin{{tabular}}{{ll{'r' * len(heads)}}}", r"\toprule", _line(["Data set", "Metric", *heads])]
    lines += [r"\midrule", *map(_line, rows)]
    lines += [r"\midrule", *map(_line, averages)] if averages else []
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"]) + "\n"


def _systems(found: Beside) -> list[str]:
    return [*found.systems, *(f"{column.system} (published)" for column in found.table.columns)]


def _table(found: Beside, averages: bool = True) -> list[list[str]]:
    rows = [*found.rows, *(found.averages if averages else ())]
    return [[row.name, row.metric, *_noted(row), *(one or NOTHING for one in row.printed)] for row in rows]


def _noted(row: Row) -> list[str]:
    """The runs' cells of a row; an average over some of the data sets says so."""
    pairs = zip_longest(row.scores, row.notes)
    return [NOTHING if one is None else f"{one} ({note})" if note else one for one, note in pairs]


def _averaged(cell: overview.AverageCell) -> str:
    return f"{cell.mean} {cell.interval} ({', '.join(filter(None, (cell.over, cell.note)))})"


def _valued(cell: overview.Cell) -> str:
    return f"{cell.value} ({cell.note})" if cell.note else cell.value


def _score(cell: overview.Cell) -> str:
    beside = [f"{cell.seen} seen" if cell.seen else "", cell.note]
    return ", ".join(filter(None, (f"{cell.value} {cell.interval}", *beside)))


def _cell(words: str) -> str:
    return " ".join(words.replace("|", r"\|").split())


def _line(cells: Sequence[str]) -> str:
    return " & ".join("".join(SPECIAL.get(letter, letter) for letter in cell) for cell in cells) + r" \\"
