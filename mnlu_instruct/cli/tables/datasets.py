"""Data sets: the mixture, a question with its answer."""

from collections.abc import Iterable

from rich.markup import escape
from rich.panel import Panel

from mnlu_instruct import console
from mnlu_instruct.dataset.build import Draft
from mnlu_instruct.prompting.packs import Message


def mixture(drafted: Draft, free: int | None = None) -> None:
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
    console.table(columns, rows, title="Mixture", totals=totals)
    if free is not None:
        console.output.print(
            f"up to about {mixed.size / 1e6:,.1f} MB on disk; {free / 1e6:,.0f} MB are free", soft_wrap=True
        )
    for name, reason in drafted.plan.unused.items():
        console.notices.print(f"not used: {name} {reason}", style="dim")
    for task in drafted.recipe.tasks:
        if not any(row.task == task for row in mixed.rows):
            console.notice(f"No instance of task '{task}' is there.")


def conversation(title: str, messages: Iterable[Message]) -> None:
    """Messages, each in a frame; the gold answer is the assistant's."""
    console.output.rule(escape(title), align="left")
    for message in messages:
        style = "green" if message["role"] == "assistant" else "none"
        console.output.print(
            Panel(escape(message["content"]), title=message["role"], title_align="left", border_style=style)
        )
