"""Near-duplicate records: candidate pairs by MinHash sketches of their 13-word runs, then compared run by run.

Two records are near copies if at least 0.8 of the distinct 13-word runs of each are also in the other. Records whose
gold is about two texts never are, since another hypothesis on the same premise is another question. Candidate pairs
share one of the 16 smallest hashes of their runs: near copies share two thirds of all their runs, so one pair in 3¹⁶ is
missed. If many texts share a hash, each is compared with the first of them and with the 8 before it.
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from mnlu_instruct import corpora
from mnlu_instruct.leakage.documents import record_texts
from mnlu_instruct.leakage.index import RUN
from mnlu_instruct.leakage.words import Hashes, Words, batches, words
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources import reading
from mnlu_instruct.sources.unit import Unit
from mnlu_instruct.types import Pair, Question

ALIKE = 0.8
SKETCH = 16
BEFORE = 8


class Sketch(Struct, frozen=True):
    """The records of a unit: for each its document, a digest of its words, and the smallest hashes of its runs."""

    groups: list[str]
    digests: list[bytes]
    smallest: list[Hashes]


def sketch(unit: Unit, data: Path) -> Sketch:
    """Read a unit and sketch its records."""
    found = Sketch([], [], [])
    for batch in batches(_records(unit, data), lambda record: len(record[1])):
        read = words([text for _, text, _ in batch])
        found.groups.extend(group for group, _, _ in batch)
        digests = (hashlib.blake2b(read.text(place), digest_size=16).digest() for place in range(len(batch)))
        found.digests.extend(digests)
        runs = zip(batch, _distinct_runs(read), strict=True)
        found.smallest.extend(some[: SKETCH * single].copy() for (_, _, single), some in runs)
    return found


def runs_of(unit: Unit, data: Path, wanted: Collection[int]) -> dict[int, Hashes]:
    """The distinct runs of the wanted records of a unit, as sorted hashes."""
    chosen = (item for item in enumerate(_records(unit, data)) if item[0] in wanted)
    found: dict[int, Hashes] = {}
    for batch in batches(chosen, lambda item: len(item[1][1])):
        runs = _distinct_runs(words([text for _, (_, text, _) in batch]))
        found.update(zip((place for place, _ in batch), runs, strict=True))
    return found


def _records(unit: Unit, data: Path) -> Iterator[tuple[str, str, bool]]:
    """(document, whole text, whether it can have near copies) for each record."""
    for record in reading.records(corpora.get(unit.corpus), unit.split, data, Ledger()):
        yield record.group, "\n".join(record_texts(record)), not isinstance(record, Pair | Question)


def _distinct_runs(read: Words) -> list[Hashes]:
    """The distinct runs of each text, as sorted hashes."""
    hashes = read.hashes(RUN)
    ends = np.maximum(read.first[:-1], read.first[1:] - (RUN - 1))
    return [np.unique(hashes[start:end]) for start, end in zip(read.first[:-1].tolist(), ends.tolist(), strict=True)]


def candidates(smallest: Sequence[Hashes]) -> NDArray[np.int64]:
    """The pairs of texts to compare, as an array of ordinals of shape (pairs, 2), given the smallest hashes of each."""
    hashes = np.concatenate([np.zeros(0, np.uint64), *smallest])
    texts = np.repeat(np.arange(len(smallest)), [len(some) for some in smallest])
    order = np.argsort(hashes, kind="stable")
    hashes, texts = hashes[order], texts[order]
    first = texts[np.searchsorted(hashes, hashes)]
    pairs = [np.stack([first, texts])]
    for lag in range(1, BEFORE + 1):
        same = hashes[lag:] == hashes[:-lag]
        pairs.append(np.stack([texts[:-lag][same], texts[lag:][same]]))
    found = np.concatenate(pairs, axis=1)
    return np.unique(found[:, found[0] < found[1]], axis=1).T


def alike(one: Hashes, other: Hashes) -> bool:
    """Whether two texts are near copies, given their distinct runs."""
    return len(np.intersect1d(one, other, assume_unique=True)) >= ALIKE * max(len(one), len(other))
