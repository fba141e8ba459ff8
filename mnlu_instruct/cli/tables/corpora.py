"""Printed tables of corpora: counts of `mnlu corpora check`, outcomes of `mnlu fetch`."""

from collections.abc import Sequence

from mnlu_instruct import console
from mnlu_instruct.catalogue.check import Reading
from mnlu_instruct.catalogue.fetch import Outcome


def reading(one: Reading) -> None:
    """Print the counts of one split of a corpus, beside the published ones (≠: they differ)."""
    rows: list[tuple[str, str, object, object]] = []
    for name, count in one.totals.items():
        if count or name in one.published:
            flag = " ≠" if name in one.differences else ""
            rows.append((name, "", count, f"{one.published[name]:,}{flag}" if name in one.published else ""))
    for kind in ("mentions", "relations", "events", "instances", "repairs", "drops"):
        rows += [(kind, name, count, "") for name, count in getattr(one, kind).items()]
    console.table(("", "of", "read", "published"), rows, title=f"{one.corpus}/{one.split}")


def fetched(outcomes: Sequence[Outcome]) -> None:
    """Print the outcome for each corpus file: those that are there, what to do for others, errors."""
    ready = [(one.corpus, one.file, one.status, one.words) for one in outcomes if one.status in {"fetched", "there"}]
    if ready:
        console.table(("corpus", "file", "", "how"), ready)
    for one in outcomes:
        if one.status == "by hand":
            console.line(f"{one.corpus}: {one.words}")
        elif one.status == "failed":
            console.error(f"{one.corpus}: {one.words}", one.hint)
