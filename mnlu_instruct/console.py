"""Printing: results go to standard output; progress, notices and errors to standard error.

Rich is imported when something is printed with it, as `mnlu --help` and tab completion must answer at once. Then
`output` and `notices` are made, too.
"""

import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID
    from rich.table import Table

    from mnlu_instruct.workers import Progress

    output: Console
    notices: Console

INTERVAL = 20.0
"""Seconds between two lines of progress where there is no terminal."""
SHORT = 20
"""Table cells of up to this many characters are never wrapped."""
FOLDED = 12
"""The characters of a line that longer texts in tables are folded to, if there is little room."""
PADDING = 3
"""The most characters between two columns of a table."""
NUMBER = re.compile(r"[+\-−<]? ?[\d,.]+(?: ?%)?")

this = sys.modules[__name__]
"""This module: `this.output` asks `__getattr__` for what isn't made yet, where the bare name would be unknown."""


def __getattr__(name: str) -> "Console":
    if name not in ("output", "notices"):
        raise AttributeError(f"module {__name__} has no attribute {name}")
    from rich.console import Console

    made = Console(stderr=name == "notices", highlight=False)
    setattr(this, name, made)
    return made


def print_json(value: object) -> None:
    """Print a value as an indented JSON document on standard output."""
    from msgspec import json

    this.output.file.write(json.format(json.encode(value), indent=2).decode() + "\n")


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    title: str = "",
    totals: Sequence[object] = (),
    dense: bool = False,
) -> None:
    """Print a table; columns of numbers are right-aligned, with separated thousands, and never cut (`show`).

    Args:
        columns: the column names.
        rows: the cells of each row; an empty cell doesn't count as a number.
        title: a line above the table.
        totals: a row below it.
        dense: whether to put little space between columns.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

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
    show(drawn)


def show(drawn: "Table") -> None:
    """Print a table whole: where the console is too narrow, text is folded, then lines are longer than the console.

    Rich would cut cells instead, so that 2,000 is printed as 2,00 in the 80 columns of a log.
    """
    from rich.segment import Segments
    from rich.text import Text

    room = 1
    for column in drawn.columns:
        cells = [Text.from_markup(str(part)) for part in (*column.cells, column.footer)]
        head = Text.from_markup(str(column.header)).cell_len
        widest = max(part.cell_len for part in cells)
        text = any(part.plain.strip("–") and not NUMBER.fullmatch(part.plain) for part in cells)
        column.min_width = max(widest, head) if column.no_wrap else min(widest, FOLDED) if text else widest
        room += column.min_width + PADDING
    wide = this.output.options.update(width=max(this.output.width, room))
    this.output.print(Segments(this.output.render(drawn, wide)), crop=False, end="")


def line(words: str) -> None:
    """Print one line of a result, unwrapped and without markup."""
    this.output.print(words, soft_wrap=True, markup=False)


def stage(name: str) -> None:
    """Print the heading of a stage to standard error."""
    this.notices.rule(_escaped(name), align="left", style="cyan")


def notice(words: str) -> None:
    """Print a notice to standard error, in one line, so that logs of jobs can be searched."""
    this.notices.print(_escaped(words), style="yellow", soft_wrap=True)


def error(message: str, hint: str) -> None:
    """Print an error and its hint to standard error."""
    this.notices.print(f"[bold red]error:[/] {_escaped(message)}", soft_wrap=True)
    if hint:
        this.notices.print(f"[bold]hint:[/] {_escaped(hint)}", soft_wrap=True)


@contextmanager
def progress() -> Iterator["Progress"]:
    """Progress on standard error: bars, one per stage, or lines where it is no terminal, as in logs of jobs."""
    if not this.notices.is_terminal:
        yield _Lines().report
        return
    from rich import progress as rich

    columns = (rich.TextColumn("{task.description:>8}"), rich.BarColumn(), rich.TextColumn("{task.percentage:>3.0f} %"))
    times = rich.TimeElapsedColumn(), rich.TimeRemainingColumn()
    with rich.Progress(*columns, *times, console=this.notices) as bars:
        stages: dict[str, TaskID] = {}

        def report(stage: str, share: float) -> None:
            if stage not in stages:
                stages[stage] = bars.add_task(stage, total=1.0)
            bars.update(stages[stage], completed=share)

        yield report


class _Lines:
    """Progress as lines: one an interval, with the time left at the speed so far; none of stages that are shorter."""

    def __init__(self) -> None:
        self.began: dict[str, float] = {}
        self.said = time.monotonic()

    def report(self, stage: str, share: float) -> None:
        """Print the share of a stage that is done, if the interval is over."""
        now = time.monotonic()
        taken = now - self.began.setdefault(stage, now)
        if now - self.said >= INTERVAL:
            self.said = now
            left = f", {duration(taken * (1 - share) / share)} left" if 0 < share < 1 and taken else ""
            this.notices.print(f"{_escaped(stage)}: {100 * share:.0f} %{left}", soft_wrap=True)


def duration(seconds: float) -> str:
    """Format seconds as hours and minutes, minutes and seconds, or seconds: `2 h 05`, `3 min 07`, `12 s`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60:02}" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60:02}"


def cell(value: object) -> str:
    """A value as a table cell: integers with separated thousands, floats with one decimal."""
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else _escaped(str(value))


def _escaped(words: str) -> str:
    """Words without markup."""
    from rich.markup import escape

    return escape(words)
