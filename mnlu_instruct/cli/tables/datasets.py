"""Printed tables of data sets: the mixture, a question with its answer."""

from collections.abc import Iterable, Iterator

from rich.markup import escape
from rich.panel import Panel

from mnlu_instruct import console
from mnlu_instruct.dataset.build import Draft
from mnlu_instruct.prompting.packs import Message

NAMED = 3
"""How many unused corpora are named; of more only the number is said."""


def _doubtful(drafted: Draft) -> Iterator[str]:
    """What of a mixture is probably not meant: relations that are all "none", corpora of one's own without a row."""
    for row in drafted.mixture.rows:
        if row.task == "re" and row.drawn and row.barren:
            yield f"No pair of {row.corpus} has a relation; 'mnlu corpora check' says what became of its relations."
    drawn = {row.corpus for row in drafted.mixture.rows if row.drawn}
    own = {corpus.name for unit, corpus in drafted.plan.units.items() if unit.corpus != corpus.name}
    for name in sorted(own - drawn):
        yield f"No row is drawn from {name}; a weight draws more of it: --set weights.corpora.{name}=10."


def mixture(drafted: Draft, free: int | None = None) -> None:
    """Print the mixture table, a line for each task and corpus split.

    It has the rows available and drawn, the share of drawn ones in all, the share of these whose answers find nothing
    (no relation, no entity), tokens (if counted), MB.

    Args:
        drafted: the build.
        free: the free bytes on the disk that it will be written to.
    """
    mixed = drafted.mixture
    counted = any(row.tokens is not None for row in mixed.rows)
    columns = (
        "task",
        "corpus",
        "split",
        "domain",
        "available",
        "drawn",
        "%",
        "nothing, %",
        *(("tokens",) * counted),
        "MB",
    )
    rows = [
        (
            *(row.task, row.corpus, row.split, row.domain, row.available, row.drawn, 100 * row.drawn / mixed.total),
            100 * row.nothing / row.drawn if row.drawn else "",
            *((row.tokens or 0,) * counted),
            row.characters / 1e6,
        )
        for row in mixed.rows
    ]
    available, tokens = sum(row.available for row in mixed.rows), sum(row.tokens or 0 for row in mixed.rows)
    nothing = 100 * sum(row.nothing for row in mixed.rows) / mixed.total
    totals = ("all", "", "", "", available, mixed.total, 100.0, nothing, *((tokens,) * counted), mixed.size / 1e6)
    console.table(columns, rows, title="Mixture", totals=totals)
    for words in _doubtful(drafted):
        console.notice(words)
    if free is not None:
        console.output.print(
            f"needs up to about {mixed.size / 1e6:,.1f} MB on disk; {free / 1e6:,.0f} MB are free", soft_wrap=True
        )
    if unused := drafted.plan.unused:
        alike: dict[str, list[str]] = {}
        for name, reason in unused.items():
            alike.setdefault("lacks files" if reason.startswith("lacks") else reason, []).append(name)
        counts = ", ".join(
            f"{len(names)} ({reason}{': ' + ', '.join(names) if len(names) <= NAMED else ''})"
            for reason, names in alike.items()
        )
        console.notices.print(f"Corpora not used ('mnlu corpora' lists them): {counts}", style="dim", soft_wrap=True)
    for task in drafted.recipe.tasks:
        if not any(row.task == task for row in mixed.rows):
            console.notice(f"There are no instances of task '{task}'.")


def conversation(title: str, messages: Iterable[Message]) -> None:
    """Print messages, each in a frame; the assistant's message is the gold answer."""
    console.output.rule(escape(title), align="left")
    for message in messages:
        style = "green" if message["role"] == "assistant" else "none"
        console.output.print(
            Panel(escape(message["content"]), title=message["role"], title_align="left", border_style=style)
        )
