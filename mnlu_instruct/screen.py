"""What is printed: results to standard output; progress, notices and errors to standard error."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import json
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from mnlu_instruct.build import Draft
    from mnlu_instruct.build import Progress as Report
    from mnlu_instruct.check import Reading
    from mnlu_instruct.fetch import Outcome
    from mnlu_instruct.prompts import Message
    from mnlu_instruct.scorecard import Scorecard

SHORT = 20
"""Cells of up to so many characters are never broken."""

output = Console(highlight=False, soft_wrap=False)
notices = Console(stderr=True, highlight=False)


def document(value: object) -> None:
    """One JSON document, and nothing else, on standard output."""
    output.file.write(json.format(json.encode(value), indent=2).decode() + "\n")


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "", totals: Sequence[object] = ()
) -> None:
    """A table; columns whose cells are all numbers are set flush right, with separated thousands."""
    cells = [list(row) for row in rows]
    drawn = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD, show_footer=bool(totals))
    for index, name in enumerate(columns):
        numeric = bool(cells) and all(isinstance(row[index], int | float) for row in cells)
        footer = _cell(totals[index]) if totals else ""
        short = all(len(_cell(row[index])) <= SHORT for row in cells)
        drawn.add_column(name, footer, justify="right" if numeric else "left", overflow="fold", no_wrap=short)
    for row in cells:
        drawn.add_row(*map(_cell, row))
    output.print(drawn)


def mixture(drafted: "Draft", free: int | None = None) -> None:
    """The mixture table: what is available, drawn, its share of the data set, its tokens (if counted), its text in MB.

    Args:
        drafted: the build.
        free: how many bytes are free where it will be written.
    """
    mixed = drafted.mixture
    counted = any(row.tokens is not None for row in mixed.rows)
    columns = ("task", "corpus", "split", "domain", "available", "drawn", "%", *(("tokens",) * counted), "MB")
    rows = [
        (
            *(row.task, row.corpus, row.split, row.domain, row.available, row.drawn, 100 * row.drawn / mixed.total),
            *((row.tokens or 0,) * counted),
            row.characters / 1e6,
        )
        for row in mixed.rows
    ]
    available, tokens = sum(row.available for row in mixed.rows), sum(row.tokens or 0 for row in mixed.rows)
    totals = ("all", "", "", "", available, mixed.total, 100.0, *((tokens,) * counted), mixed.size / 1e6)
    table(columns, rows, title="Mixture", totals=totals)
    if free is not None:
        output.print(f"up to about {mixed.size / 1e6:,.1f} MB on disk; {free / 1e6:,.0f} MB are free", soft_wrap=True)
    for name, reason in drafted.plan.unused.items():
        notices.print(f"not used: {name} {reason}", style="dim")
    for task in drafted.recipe.tasks:
        if not any(row.task == task for row in mixed.rows):
            notice(f"No instance of task '{task}' is there.")
    if drafted.plan.demo:
        notice("No training corpus has its files here, so the bundled synthetic demo corpora stand in.")


def reading(one: "Reading") -> None:
    """One split of a corpus as read."""
    rows: list[tuple[str, str, object, object]] = []
    for name, count in one.totals.items():
        if count or name in one.published:
            flag = " ≠" if name in one.differences else ""
            rows.append((name, "", count, f"{one.published[name]:,}{flag}" if name in one.published else ""))
    for kind in ("mentions", "relations", "events", "instances", "repairs", "drops"):
        rows += [(kind, name, count, "") for name, count in getattr(one, kind).items()]
    table(("", "of", "read", "published"), rows, title=f"{one.corpus}/{one.split}")


def fetched(outcomes: "Sequence[Outcome]") -> None:
    """What became of corpus files: those that are there, what to do for others, what went wrong."""
    ready = [(one.corpus, one.file, one.status, one.words) for one in outcomes if one.status in {"fetched", "there"}]
    if ready:
        table(("corpus", "file", "", "how"), ready)
    for one in outcomes:
        if one.status == "by hand":
            output.print(f"{one.corpus}: {one.words}", soft_wrap=True, markup=False)
        elif one.status == "failed":
            error(f"{one.corpus}: {one.words}", one.hint)


def scores(card: "Scorecard") -> None:
    """Headline scores ×100 with intervals, what stands beside them, and the averages of suites."""
    rows = []
    for name, one in card.datasets.items():
        estimate = one.metrics[one.headline]
        interval = f"{100 * estimate.low:.1f}–{100 * estimate.high:.1f}"
        rows.append((name, one.headline, 100 * estimate.value, interval, 100 * one.unreadable, one.incomplete or one.n))
    table(("data set", "metric", "score", "95 %", "unreadable, %", "questions"), rows, title="Scores")
    for name, average in card.suites.items():
        output.print(f"{name}: mean {average.mean}, by task {average.task_macro} ({average.over} data sets)")


def systems(cards: "Mapping[str, Scorecard]") -> None:
    """Headline scores ×100 of several systems side by side, the best of a row in bold, and their means."""
    columns = list(cards)
    first = next(iter(cards.values()))
    drawn = Table(title="Scores", title_justify="left", box=SIMPLE_HEAD, show_footer=True, collapse_padding=True)
    drawn.add_column("data set", "mean by task", no_wrap=True)
    drawn.add_column("metric", no_wrap=True)
    for system, card in cards.items():
        drawn.add_column(
            system, *(_cell(average.task_macro) for average in card.suites.values()), justify="right", no_wrap=True
        )
    for name, one in first.datasets.items():
        values = [100 * cards[system].datasets[name].metrics[one.headline].value for system in columns]
        cells = [f"[bold]{_cell(value)}[/]" if value == max(values) else _cell(value) for value in values]
        drawn.add_row(escape(name), one.headline, *cells)
    output.print(drawn)


def stage(name: str) -> None:
    """The heading of what comes now."""
    notices.rule(escape(name), align="left", style="cyan")


def conversation(title: str, messages: "Iterable[Message]") -> None:
    """Messages, each in a frame; the gold answer is the assistant's."""
    output.rule(escape(title), align="left")
    for message in messages:
        style = "green" if message["role"] == "assistant" else "none"
        output.print(Panel(escape(message["content"]), title=message["role"], title_align="left", border_style=style))


def tokens(pieces: Sequence[str], prompt_length: int) -> None:
    """Tokens as text, divided by bars: those of the prompt dim, those that are trained green."""
    shown = Text()
    for place, piece in enumerate(pieces):
        shown.append(piece.replace("\n", "⏎\n"), "dim" if place < prompt_length else "green")
        shown.append("|", "bright_black")
    trained = len(pieces) - prompt_length
    output.print(Panel(shown, title=f"{len(pieces)} tokens, {trained} trained", title_align="left"))


def notice(words: str) -> None:
    """Something to know."""
    notices.print(escape(words), style="yellow")


def error(message: str, hint: str) -> None:
    """What went wrong, and what to do."""
    notices.print(f"[bold red]error:[/] {escape(message)}", soft_wrap=True)
    if hint:
        notices.print(f"[bold]hint:[/] {escape(hint)}", soft_wrap=True)


@contextmanager
def progress() -> "Iterator[Report]":
    """A bar a stage, on a terminal's standard error."""
    columns = (TextColumn("{task.description:>8}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=notices) as bars:
        stages: dict[str, TaskID] = {}

        def report(stage: str, share: float) -> None:
            if stage not in stages:
                stages[stage] = bars.add_task(stage, total=1.0)
            bars.update(stages[stage], completed=share)

        yield report


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else escape(str(value))
