"""Which file of a data set each row is in, and at which place: decided by hashes, so that workers need not agree."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from mnlu_instruct.dataset.sampling_keys import rank

Order = Literal["shuffled", "corpus"]
TRAIN, VALIDATION = "train", "validation"
SPLITS = (TRAIN, VALIDATION)

ROWS = 20_000
"""About how many rows a shard has; one worker writes a shard at a time."""
SPAN = 2**64
"""The number of ranks."""


class Layout(Struct, frozen=True):
    """The shards of a data set, and which rows they have.

    Shuffled, a row is in the shard, and at the place in it, that the hash of its id says, whatever its corpus: shards
    have about the same number of rows, and each is a sample of the whole. In the order of the corpora, a shard has
    the rows of one part of one corpus. The rows of a document are all in the same split, by the hash of its article
    or document, which depends neither on `n` nor on other corpora.

    Args:
        order: the order of the rows.
        validation: the fraction of the documents whose rows are in the validation split; or the splits of corpora whose
            rows are.
        seed: the seed of the hashes.
        parts: into how many parts workers render the data set.
        shards: the number of shards of the training split and of the validation split.
    """

    order: Order
    validation: float | tuple[str, ...]
    seed: int
    parts: int
    shards: tuple[int, int]

    @property
    def names(self) -> list[str]:
        """The file names of all shards."""
        return [
            f"{split}-{index:05}-of-{count:05}.parquet"
            for split, count in zip(SPLITS, self.shards, strict=True)
            for index in range(count)
        ]

    def shards_of(self, part: int, held: NDArray[np.bool_], places: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The shard of each row, as an index into `names`.

        Args:
            part: the part that the rows are of.
            held: whether they are in the validation split.
            places: their places.
        """
        train, validation = self.shards
        counts = np.where(held, validation, train).astype(np.uint64)
        if self.order == "corpus":
            within = part * counts // self.parts
        else:
            # 32 bits of a rank times a number of shards fit into 64 bits.
            within = ((places >> np.uint64(32)) * counts) >> np.uint64(32)
        found: NDArray[np.int64] = within.astype(np.int64) + np.where(held, train, 0)
        return found

    def places(self, part: int, ids: Sequence[str]) -> NDArray[np.uint64]:
        """The place of each row; the rows of a shard are sorted by it.

        Args:
            part: the part that the rows are of.
            ids: the ids of all its rows, in the order of its corpus.
        """
        if self.order == "corpus":
            return np.arange(len(ids), dtype=np.uint64) + np.uint64(part << 32)
        return np.array([rank(name, self.seed) for name in ids], np.uint64)

    def held(self, split: str, documents: Sequence[str]) -> NDArray[np.bool_]:
        """Whether the rows of each document in a corpus' split are in the validation split."""
        if isinstance(self.validation, tuple):
            return np.full(len(documents), split in self.validation)
        end = self.validation * SPAN
        return np.array([rank(name, self.seed) < end for name in documents], np.bool_)


def split_of(file: str) -> str:
    """The split of a shard, by its file name."""
    return file.partition("-")[0]


def layout(
    order: Order, validation: float | tuple[str, ...] | None, seed: int, sizes: Sequence[tuple[str, int]]
) -> Layout:
    """The layout of a data set; without `validation`, there is no validation split.

    Args:
        order: the order of the rows.
        validation: as of `Layout`.
        seed: the seed of the hashes.
        sizes: the split that each part is of, and its rows.
    """
    total, share = sum(rows for _, rows in sizes), validation or 0.0
    if isinstance(share, tuple):
        held = sum(rows for split, rows in sizes if split in share)
        train, kept = _shards(total - held), _shards(held)
    else:
        train, kept = _shards(total * (1 - share)), _shards(total * share) if share else 0
    return Layout(order, share, seed, len(sizes), (len(sizes) if order == "corpus" else train, kept))


def _shards(rows: float) -> int:
    return max(1, -int(-rows // ROWS))
