"""The leakage search in training corpora, or in the units of a build."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from itertools import chain
from pathlib import Path

from msgspec import Struct

from mnlu_instruct import corpora, workers
from mnlu_instruct.errors import UserError
from mnlu_instruct.leakage.documents import HeldOut, held_out, index_of, listed, pieces
from mnlu_instruct.leakage.overlap import Link, Overlap, merged, overlap
from mnlu_instruct.leakage.report import Cell, cells
from mnlu_instruct.sources import reading
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.sources.unit import Unit
from mnlu_instruct.workers import Progress

Suites = tuple[str, ...]


class Found(Struct, frozen=True):
    """The results of a search.

    Args:
        cells: the table train × test.
        searched: training corpus → number of documents; `listed`: of those known by id only.
        tests: test set → number of documents.
        missing: training corpora and test sets left out of the search, with reasons.
    """

    cells: list[Cell]
    searched: dict[str, int]
    listed: dict[str, int]
    tests: dict[str, int]
    missing: dict[str, str]


class Leaks(Struct, frozen=True):
    """The overlap of a build with test sets: for each unit the documents (groups) that overlap, with reasons."""

    groups: dict[Unit, dict[str, str]]
    cells: list[Cell]


def chosen(names: Sequence[str] | None, data: Path) -> tuple[dict[str, Corpus], dict[str, str]]:
    """The corpora to search: the named ones, or all training corpora with files; and what the others lack.

    Raises:
        UserError: a named corpus is unknown or lacks files, or no training corpus has its files.
    """
    known = corpora.training() if names is None else {}
    for name in names or ():
        known |= corpora.bundled() if name == corpora.DEMO else corpora.named(name)
    missing: dict[str, str] = {}
    for name, corpus in known.items():
        absent = [pattern for split in corpus.training_splits for pattern in reading.missing(corpus, data, split)]
        if absent and names is not None:
            raise UserError(
                f"{name} is not ready: {absent[0]} is missing in {reading.directory(corpus, data)}.",
                f"{corpus.source.advice}; 'mnlu corpora show {name}' says which files go where.",
            )
        if absent:
            missing[name] = f"{absent[0]} is missing"
    ready = {name: corpus for name, corpus in known.items() if name not in missing}
    if not ready:
        raise UserError(f"No training corpus has its files in {data}.", "see 'mnlu corpora' and 'mnlu fetch'.")
    return ready, missing


def search_corpora(
    names: Sequence[str] | None, against: Suites, data: Path, pool: Executor | None, progress: Progress
) -> Found:
    """Search the training splits of the named corpora, or of all training corpora that have their files.

    Raises:
        UserError: a named corpus is unknown or lacks files, one can't be read, or no test set has its files.
    """
    ready, missing = chosen(names, data)
    calls = [(search_splits, (name, corpus.training_splits, against, data, True)) for name, corpus in ready.items()]
    overlaps = workers.spread(calls, pool, progress, "searching")
    return summed_up(overlaps, held_out(against, data), missing)


def leaked(units: Sequence[Unit], suite: str, data: Path, pool: Executor | None, progress: Progress) -> Leaks:
    """The documents of a build's units that overlap with a test set of a suite (for the recipe's `exclude_leaks`).

    Whatever overlap a part of a document has, the whole document has too; so without these documents, the search in the
    built data set finds nothing.

    Raises:
        UserError: a corpus can't be read, there is no such suite, or none of its test sets has its files.
    """
    calls = [(search_splits, (unit.corpus, (unit.split,), (suite,), data, False)) for unit in units]
    overlaps = dict(zip(units, workers.spread(calls, pool, progress, "searching"), strict=True))
    tests = held_out((suite,), data)
    parts: dict[str, list[Overlap]] = {}
    for one in overlaps.values():
        parts.setdefault(one.corpus, []).append(one)
    return Leaks(
        {unit: reasons(one.links, tests) for unit, one in overlaps.items()},
        cells([merged(name, same) for name, same in parts.items()], tests),
    )


def reasons(links: Iterable[Link], tests: HeldOut) -> dict[str, str]:
    """Training document → why it is left out: its surest kind of match, and the first test set with such a match."""
    found: dict[str, tuple[int, int, str]] = {}
    for link in links:
        kind = 0 if link.by_id else 1 if link.by_text else 2
        why = kind, link.document, f"{KINDS[kind]} {tests.documents[link.document].dataset}"
        found[link.group] = min(found.get(link.group, why), why)
    return {group: why for group, (_, _, why) in sorted(found.items())}


KINDS = ("is an article of test set", "has a text of test set", "has words of test set")


def search_splits(reference: str, splits: tuple[str, ...], against: Suites, data: Path, lists: bool) -> Overlap:
    """The overlap of a corpus' splits with test sets; `lists`: whether articles known by id only are searched, too."""
    corpus = corpora.get(reference)
    texts = chain.from_iterable(pieces(corpus, split, data) for split in splits)
    known = listed(corpus, splits, data) if lists else ()
    return overlap(corpus.name, held_out(against, data), texts, index_of(corpus), known)


def summed_up(overlaps: Sequence[Overlap], tests: HeldOut, missing: dict[str, str]) -> Found:
    """The overlaps of several corpora as the results of one search; `missing` are corpora not searched."""
    return Found(
        cells(overlaps, tests),
        {one.corpus: one.documents for one in overlaps},
        {one.corpus: one.listed for one in overlaps if one.listed},
        tests.sizes,
        tests.missing | missing,
    )
