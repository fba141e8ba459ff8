"""What the program says: results to standard output; progress, notices and errors to standard error."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from msgspec import json
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from mnlu_instruct import workers

SHORT = 20
"""Cells of up to so many characters are never broken."""

output = Console(highlight=False, soft_wrap=False)
notices = Console(stderr=True, highlight=False)


def document(value: object) -> None:
    """One JSON document, and nothing else, on standard output."""
    output.file.write(json.format(json.encode(value), indent=2).decode() + "\n")


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    title: str = "",
    totals: Sequence[object] = (),
    dense: bool = False,
) -> None:
    """A table; columns whose cells are all numbers are set flush right, with separated thousands.

    Args:
        columns: their names.
        rows: their cells; an empty one is no number.
        title: above it.
        totals: below it.
        dense: with little space between columns.
    """
    cells = [list(row) for row in rows]
    drawn = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD, show_footer=bool(totals))
    drawn.collapse_padding, drawn.pad_edge = dense, not dense
    for index, name in enumerate(columns):
        numbers = [isinstance(row[index], int | float) for row in cells if row[index] != ""]
        numeric = bool(numbers) and all(numbers)
        footer = cell(totals[index]) if totals else ""
        short = all(len(cell(row[index])) <= SHORT for row in cells)
        drawn.add_column(name, footer, justify="right" if numeric else "left", overflow="fold", no_wrap=short)
    for row in cells:
        drawn.add_row(*map(cell, row))
    output.print(drawn)


def line(words: str) -> None:
    """A line of a result, as it is: the terminal alone wraps it."""
    output.print(words, soft_wrap=True, markup=False)


def stage(name: str) -> None:
    """The heading of what comes now."""
    notices.rule(escape(name), align="left", style="cyan")


def notice(words: str) -> None:
    """Something to know, in one line: it may stand in the log of a job."""
    notices.print(escape(words), style="yellow", soft_wrap=True)


def error(message: str, hint: str) -> None:
    """What went wrong, and what to do."""
    notices.print(f"[bold red]error:[/] {escape(message)}", soft_wrap=True)
    if hint:
        notices.print(f"[bold]hint:[/] {escape(hint)}", soft_wrap=True)


@contextmanager
def progress() -> Iterator[workers.Progress]:
    """A bar a stage, on a terminal's standard error."""
    columns = (TextColumn("{task.description:>8}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=notices) as bars:
        stages: dict[str, TaskID] = {}

        def report(stage: str, share: float) -> None:
            if stage not in stages:
                stages[stage] = bars.add_task(stage, total=1.0)
            bars.update(stages[stage], completed=share)

        yield report


def cell(value: object) -> str:
    """A value in a table: whole numbers with separated thousands, others with one decimal."""
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else escape(str(value))
