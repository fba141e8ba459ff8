"""Texts that examples in a prompt pack's instructions quote: those of test sets, and those of training documents."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path

import numpy as np

from mnlu_instruct import corpora, workers
from mnlu_instruct.leakage.documents import held_out, pieces
from mnlu_instruct.leakage.index import SHORTEST, Index
from mnlu_instruct.leakage.overlap import overlap
from mnlu_instruct.leakage.search import Suites, reasons
from mnlu_instruct.leakage.words import batches, words
from mnlu_instruct.sources.unit import Unit
from mnlu_instruct.workers import Progress

QUOTED = "is quoted by an example of the pack's instructions"
"""The reason of such drops; their stage is "example"."""


def in_test_sets(examples: Mapping[str, str], suites: Suites, data: Path) -> dict[str, str]:
    """The examples (name → input) that have a text, or thirteen words in a row, of a test set; with reasons.

    Raises:
        UserError: there is no such suite, or none of its test sets has its files.
    """
    tests = held_out(suites, data)
    return reasons(overlap("", tests, examples.items(), None).links, tests)


def quoted(
    units: Sequence[Unit], examples: Iterable[str], data: Path, pool: Executor | None, progress: Progress
) -> dict[Unit, list[str]]:
    """The documents (groups) of each unit that the inputs of examples quote.

    Raises:
        UserError: a corpus can't be read.
    """
    calls = [(_quoted, (unit, tuple(examples), data)) for unit in units]
    return dict(zip(units, workers.spread(calls, pool, progress, "searching"), strict=True))


def _quoted(unit: Unit, examples: tuple[str, ...], data: Path) -> list[str]:
    """Documents with thirteen words in a row of an example, or a whole text of at least six words that is in one."""
    index = Index(examples)
    said = b" " + index.words.written
    groups: dict[str, None] = {}
    for batch in batches(pieces(corpora.get(unit.corpus), unit.split, data), lambda piece: len(piece[1])):
        searched = words([text for _, text in batch])
        found = set(index.find(searched).text.tolist())
        for place in np.flatnonzero(np.diff(searched.first) >= SHORTEST).tolist():
            if b" " + searched.text(place) in said:
                found.add(place)
        groups.update((batch[place][0], None) for place in sorted(found))
    return list(groups)
