"""What a built data set consists of, in tables: the same on its card, on the terminal, and on a page."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from msgspec import Struct

from mnlu_instruct import tasks
from mnlu_instruct.dataset.manifest import Manifest

Cells = tuple[str | int | float, ...]
Entry = dict[str, Any]

DUPLICATE = "duplicate"
"""The stage at which documents are left out that repeat others."""

NONE = "None: the share of answers that state nothing."

KINDS = list(tasks.TASKS)
"""Of questions, in their order."""


class Table(Struct, frozen=True):
    """A table with a title; `words` are said of it, and are all there is where it has no rows.

    `bars` names the column of counts that may be drawn.
    """

    title: str
    columns: tuple[str, ...] = ()
    rows: tuple[Cells, ...] = ()
    words: str = ""
    bars: str = ""


def rows(manifest: Manifest) -> tuple[Table, ...]:
    """What its rows ask, of which corpora."""
    domains = {one["name"]: one["domain"] for one in manifest["corpora"]}
    place = ("kind", "corpus", "split")
    return (
        _counted("Kinds of questions", ("kind",), manifest, lambda row: (row["kind"],), NONE),
        _counted("Domains", ("domain",), manifest, lambda row: (domains[row["corpus"]],)),
        _counted("Kinds of questions by corpus", place, manifest, lambda row: tuple(row[name] for name in place)),
        Table("Mixture", *_columns(manifest["mixture"], "task", "corpus", "split", "available", "drawn")),
    )


def provenance(manifest: Manifest) -> tuple[Table, ...]:
    """What was mended and left out on the way; on which terms the texts are there."""
    return (
        _repairs(manifest),
        _drops(manifest),
        _duplicates(manifest),
        _leaks(manifest),
        licences(manifest),
    )


def restricted(manifest: Manifest) -> str:
    """That the data set must not be passed on, and because of which corpora; empty where none forbids it."""
    named = held(manifest)
    return f"This data set must not be passed on. It holds texts of {named}." if named else ""


def held(manifest: Manifest) -> str:
    """The corpora that must not be passed on, each with the reason; empty where there is none."""
    return ", ".join(f"{one['name']} ({one['restriction']})" for one in manifest["corpora"] if one["restriction"])


def labels(manifest: Manifest) -> dict[tuple[str, str], dict[str, int]]:
    """How often the answers state each label, the most frequent first, by kind of question and corpus.

    Of types it is their spans that are counted, of options the rows where they hold.
    """
    found: dict[tuple[str, str], dict[str, int]] = {}
    for row in sorted(manifest["labels"], key=lambda row: (KINDS.index(row["kind"]), row["corpus"])):
        counts = found.setdefault((row["kind"], row["corpus"]), {})
        counts[row["label"]] = counts.get(row["label"], 0) + row["count"]
    return {key: dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))) for key, counts in found.items()}


def cell(value: str | int | float) -> str:
    """A cell in words: thousands separated, one decimal of fractions."""
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else value


def _counted(
    title: str, names: Sequence[str], manifest: Manifest, key: Callable[[Entry], Cells], words: str = ""
) -> Table:
    """Rows, and answers that state nothing, by a key."""
    counts: dict[Cells, tuple[int, int]] = {}
    for row in sorted(manifest["written"], key=lambda row: (KINDS.index(row["kind"]), row["corpus"])):
        rows, empty = counts.get(key(row), (0, 0))
        counts[key(row)] = rows + row["rows"], empty + row["empty"]
    cells = [
        (*names, rows, 100 * rows / manifest["rows"], 100 * empty / rows) for names, (rows, empty) in counts.items()
    ]
    return Table(title, (*names, "rows", "%", "None, %"), tuple(cells), words, bars="rows")


def _repairs(manifest: Manifest) -> Table:
    words = "Known defects of the corpora that reading mended." if manifest["repairs"] else "Nothing was mended."
    return Table("Repairs", *_columns(manifest["repairs"], "corpus", "split", "rule", "count"), words)


def _drops(manifest: Manifest) -> Table:
    words = "What was left out; dropped.jsonl has examples." if manifest["drops"] else "Nothing was left out."
    return Table("Drops", *_columns(manifest["drops"], "corpus", "split", "stage", "reason", "count"), words)


def _duplicates(manifest: Manifest) -> Table:
    how = {"exact": "say word for word what others say", "near": "say, or nearly, what others say"}
    kind = manifest["recipe"]["duplicates"]
    if kind not in how:
        return Table("Duplicates", words="Copies of documents were not looked for; 'mnlu duplicates' does that.")
    count = sum(drop["count"] for drop in manifest["drops"] if drop["stage"] == DUPLICATE)
    return Table("Duplicates", words=f"Documents that {how[kind]} were left out: {count:,}.")


def _leaks(manifest: Manifest) -> Table:
    suite, leaks = manifest["recipe"]["exclude_leaks"], manifest["leaks"]
    if leaks is None:
        return Table("Leaks", words="Test sets were not searched for; 'mnlu leakage --train DIR' does that.")
    if not leaks:
        return Table("Leaks", words=f"The corpora share no document with the test sets of {suite}.")
    words = (
        f"Documents of the test sets of {suite} that training corpora share, by article id, by a whole text, by 13 "
        "words in a row. The training documents that share them were left out (stage leak of the drops)."
    )
    return Table("Leaks", *_columns(leaks, "test", "train", "documents", "shared", "id", "text", "words"), words)


def licences(manifest: Manifest) -> Table:
    """On which terms the texts are there."""
    cells = [(one["name"], one["licence"], one["access"], one["restriction"] or "–") for one in manifest["corpora"]]
    words = "The texts are the corpora's. Where a licence is unknown or not stated, ask their authors."
    return Table("Licences", ("corpus", "licence", "access", "not to be passed on"), tuple(cells), words)


def _columns(rows: Iterable[Entry], *names: str) -> tuple[tuple[str, ...], tuple[Cells, ...]]:
    return names, tuple(tuple(row[name] for name in names) for row in rows)
