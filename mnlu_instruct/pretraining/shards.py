"""Shards of a corpus: token ids of many documents, one after the other, as NumPy arrays that are mapped into memory."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from mnlu_instruct import files
from mnlu_instruct.pretraining import ragged
from mnlu_instruct.pretraining.ragged import Counts

TOKENS, DOCUMENTS = ".tokens.npy", ".documents.npy"
"""The suffixes of a shard's two files: its token ids; and for each document its PubMed id and where it ends."""


class Shard(Struct, frozen=True):
    """A shard as the manifest states it.

    Attributes:
        name: the name of its files, without suffix.
        documents: how many documents it has.
        tokens: how many tokens.
        bytes: the size of both files.
        sha256: of both files, by suffix.
    """

    name: str
    documents: int
    tokens: int
    bytes: int
    sha256: dict[str, str]


def write(folder: Path, name: str, tokens: NDArray[Any], counts: Counts, documents: NDArray[np.int64]) -> Shard:
    """Write a shard."""
    arrays = {TOKENS: tokens, DOCUMENTS: np.stack([documents, np.cumsum(counts)], axis=1)}
    for suffix, array in arrays.items():
        hidden = folder / f".{name}{suffix}"
        np.save(hidden, array)
        hidden.replace(folder / f"{name}{suffix}")
    paths = {suffix: folder / f"{name}{suffix}" for suffix in arrays}
    size = sum(path.stat().st_size for path in paths.values())
    digests = {suffix: files.sha256(path) for suffix, path in paths.items()}
    return Shard(name, len(counts), len(tokens), size, digests)


class Corpus:
    """The documents of all shards, numbered in their order.

    Args:
        folder: the corpus.
        names: its shards.
    """

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self.folder = folder
        self.tokens = [np.load(folder / f"{name}{TOKENS}", mmap_mode="r") for name in names]
        tables = [np.load(folder / f"{name}{DOCUMENTS}") for name in names]
        self.sizes = np.array([len(table) for table in tables])
        self.firsts = np.cumsum(self.sizes) - self.sizes
        self.ids = np.concatenate([table[:, 0] for table in tables])
        self.ends = np.concatenate([table[:, 1] for table in tables])
        self.counts = np.concatenate([np.diff(table[:, 1], prepend=0) for table in tables])

    def __len__(self) -> int:
        return len(self.ids)

    def read(self, documents: NDArray[np.int64], most: int) -> tuple[NDArray[Any], Counts]:
        """The token ids of documents, each cut after `most`, and how many each has."""
        counts = np.minimum(self.counts[documents], most)
        shard = np.searchsorted(self.firsts, documents, side="right") - 1
        begins = self.ends[documents] - self.counts[documents]
        found = np.empty(counts.sum(), self.tokens[0].dtype)
        for one, begin, count, to in zip(shard, begins, counts, ragged.starts(counts), strict=True):
            found[to : to + count] = self.tokens[one][begin : begin + count]
        return found, counts
