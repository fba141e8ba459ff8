"""The tables that describe a built data set, the same in its card, on the terminal, and in an HTML page."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from msgspec import Struct

from mnlu_instruct import tasks
from mnlu_instruct.dataset.manifest import Manifest

Cells = tuple[str | int | float, ...]
Entry = dict[str, Any]

DUPLICATE = "duplicate"
"""The stage of the ledger at which duplicate documents are dropped."""

NOTHING = (
    "nothing, %: the share of answers that find nothing: no span of any type, no option that holds, or that there is "
    "no relation. `thin` in a recipe leaves out some of them."
)

KINDS = list(tasks.TASKS)
"""The kinds of questions, in their order."""


class Table(Struct, frozen=True):
    """A table with a title. `words` is a sentence about it, and everything there is if it has no rows.

    `bars` names the column of counts that may be drawn as a chart.
    """

    title: str
    columns: tuple[str, ...] = ()
    rows: tuple[Cells, ...] = ()
    words: str = ""
    bars: str = ""


def rows(manifest: Manifest) -> tuple[Table, ...]:
    """The tables of its rows: kinds of questions, domains, corpora, mixture."""
    domains = {one["name"]: one["domain"] for one in manifest["corpora"]}
    place = ("kind", "corpus", "split")
    return (
        _counted("Kinds of questions", ("kind",), manifest, lambda row: (row["kind"],), NOTHING),
        _counted("Domains", ("domain",), manifest, lambda row: (domains[row["corpus"]],)),
        _counted("Kinds of questions by corpus", place, manifest, lambda row: tuple(row[name] for name in place)),
        Table("Mixture", *_columns(manifest["mixture"], "task", "corpus", "split", "available", "drawn")),
    )


def provenance(manifest: Manifest) -> tuple[Table, ...]:
    """The tables of repairs, drops, duplicates, leaks, and licences."""
    return (
        _repairs(manifest),
        _drops(manifest),
        _duplicates(manifest),
        _leaks(manifest),
        licences(manifest),
    )


def languages(manifest: Manifest) -> list[str]:
    """The languages of its texts; data sets built before declarations named them are in English."""
    return sorted({one.get("language", "en") for one in manifest["corpora"]})


def synthetic(manifest: Manifest) -> str:
    """A warning that texts are synthetic, with the corpora; empty if none is."""
    named = [one["name"] for one in manifest["corpora"] if one.get("synthetic")]
    whole = "All its texts are" if len(named) == len(manifest["corpora"]) else f"The texts of {', '.join(named)} are"
    return (
        f"Synthetic data. {whole} generated for trying the program out; they say nothing about medicine."
        if named
        else ""
    )


def restricted(manifest: Manifest) -> str:
    """A warning that the data set must not be redistributed, with the corpora that forbid it; empty if none does."""
    named = restricted_corpora(manifest)
    return f"This data set must not be redistributed. It contains texts of {named}." if named else ""


def restricted_corpora(manifest: Manifest) -> str:
    """The corpora that must not be redistributed, each with the reason; empty if there are none."""
    return ", ".join(f"{one['name']} ({one['restriction']})" for one in manifest["corpora"] if one["restriction"])


def labels(manifest: Manifest) -> dict[tuple[str, str], dict[str, int]]:
    """How often the gold answers contain each label, by kind of question and corpus, the most frequent first.

    For types, spans are counted; for options, the rows in which they hold.
    """
    found: dict[tuple[str, str], dict[str, int]] = {}
    for row in sorted(manifest["labels"], key=lambda row: (KINDS.index(row["kind"]), row["corpus"])):
        counts = found.setdefault((row["kind"], row["corpus"]), {})
        counts[row["label"]] = counts.get(row["label"], 0) + row["count"]
    return {key: dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))) for key, counts in found.items()}


def cell(value: str | int | float) -> str:
    """A value as a table cell: thousands separated, floats with one decimal."""
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else value


def _counted(
    title: str, names: Sequence[str], manifest: Manifest, key: Callable[[Entry], Cells], words: str = ""
) -> Table:
    """A table of rows and of the share of answers that find nothing, by a key."""
    counts: dict[Cells, tuple[int, int]] = {}
    for row in sorted(manifest["written"], key=lambda row: (KINDS.index(row["kind"]), row["corpus"])):
        rows, nothing = counts.get(key(row), (0, 0))
        counts[key(row)] = rows + row["rows"], nothing + row["nothing"]
    cells = [
        (*names, rows, 100 * rows / manifest["rows"], 100 * nothing / rows) for names, (rows, nothing) in counts.items()
    ]
    return Table(title, (*names, "rows", "%", "nothing, %"), tuple(cells), words, bars="rows")


def _repairs(manifest: Manifest) -> Table:
    words = "Known defects of the corpora that were repaired." if manifest["repairs"] else "Nothing was repaired."
    return Table("Repairs", *_columns(manifest["repairs"], "corpus", "split", "rule", "count"), words)


def _drops(manifest: Manifest) -> Table:
    words = "What was left out; dropped.jsonl has examples." if manifest["drops"] else "Nothing was left out."
    return Table("Drops", *_columns(manifest["drops"], "corpus", "split", "stage", "reason", "count"), words)


def _duplicates(manifest: Manifest) -> Table:
    how = {"exact": "exact copies of others", "near": "exact or near copies of others"}
    kind = manifest["recipe"]["duplicates"]
    if kind not in how:
        return Table("Duplicates", words="The build did not look for duplicate documents; 'mnlu duplicates' does.")
    count = sum(drop["count"] for drop in manifest["drops"] if drop["stage"] == DUPLICATE)
    return Table("Duplicates", words=f"Documents left out as {how[kind]}: {count:,}.")


def _leaks(manifest: Manifest) -> Table:
    suite, leaks = manifest["recipe"]["exclude_leaks"], manifest["leaks"]
    if leaks is None:
        return Table(
            "Leaks", words="The build did not look for overlap with test sets; 'mnlu leakage --train DIR' does."
        )
    if not leaks:
        return Table("Leaks", words=f"The corpora share no document with the test sets of {suite}.")
    words = (
        f"Documents of the test sets of {suite} that training corpora contain: the same article id, the same whole "
        "text, or 13 words in a row. The training documents were left out (stage leak of the drops)."
    )
    return Table("Leaks", *_columns(leaks, "test", "train", "documents", "shared", "id", "text", "words"), words)


def licences(manifest: Manifest) -> Table:
    """The table of licences and restrictions by corpus."""
    cells = [(one["name"], one["licence"], one["access"], one["restriction"] or "–") for one in manifest["corpora"]]
    words = "The texts keep the licences of their corpora. If a licence is unknown or not stated, ask the authors."
    return Table("Licences", ("corpus", "licence", "access", "no redistribution"), tuple(cells), words)


def _columns(rows: Iterable[Entry], *names: str) -> tuple[tuple[str, ...], tuple[Cells, ...]]:
    return names, tuple(tuple(row[name] for name in names) for row in rows)
