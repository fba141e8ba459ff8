"""Documents (each a question with its answer) as token arrays: as given to a trainer, and as the trainer packs them."""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset
from msgspec import Struct
from numpy.typing import NDArray

BATCH = 2_000
"""How many rows are checked at a time."""
IGNORED = -100
"""The label that torch's loss ignores."""

Numbers = NDArray[np.int64]


class Documents(Struct, frozen=True):
    """Documents, concatenated.

    Attributes:
        ids: their token ids.
        labels: the label of each token, -100 if it has no loss.
        lengths: the number of tokens of each document.
        rows: the number of tokens of each row of the trainer that holds them.
    """

    ids: Numbers
    labels: Numbers
    lengths: Numbers
    rows: Numbers

    @property
    def ends(self) -> Numbers:
        """The end of each document, as an index into `ids`."""
        return np.cumsum(self.lengths)

    @property
    def trained(self) -> Numbers:
        """How many tokens of each document have a loss."""
        return self.counts(self.labels != IGNORED)

    @property
    def learnt(self) -> list[bool]:
        """For a single document: whether each token has a loss; the first can't, as nothing predicts it."""
        return [place > 0 and label != IGNORED for place, label in enumerate(self.labels.tolist())]

    def counts(self, marked: NDArray[np.bool_]) -> Numbers:
        """How many marked tokens each document has."""
        sums: Numbers = np.concatenate([[0], np.cumsum(marked)])
        found: Numbers = sums[self.ends] - sums[self.ends - self.lengths]
        return found

    def one(self, place: int) -> "Documents":
        """The document at an index, by itself."""
        length = self.lengths[place : place + 1]
        tokens = slice(int(self.ends[place] - length[0]), int(self.ends[place]))
        return Documents(self.ids[tokens], self.labels[tokens], length, length)


def given(rows: Dataset, everything: bool) -> Iterator[Documents]:
    """Documents as given to the trainer of a decoder model (`data.tokenised`).

    Args:
        rows: rows with `input_ids` and `completion_mask`.
        everything: whether every token has a loss.
    """
    for table in tables(rows):
        ids, lengths = numbers(table, "input_ids")
        mask, _ = numbers(table, "completion_mask")
        yield Documents(ids, np.where(everything | (mask == 1), ids, IGNORED), lengths, lengths)


def prepared(rows: Dataset, packing: str, lengths: Numbers) -> Iterator[Documents]:
    """Documents as TRL prepared them: one per row, several per row, or all in one stream.

    Args:
        rows: rows with `input_ids`, `labels` and, where whole documents are packed, `seq_lengths`.
        packing: the recipe's `packing`.
        lengths: the number of tokens of each document; of a stream, in its order.
    """
    whole = _rows(rows, packing == "documents")
    yield from _streamed(whole, lengths) if packing == "stream" else whole


def pairs(rows: Dataset) -> Iterator[Documents]:
    """Documents of an encoder–decoder model: the encoder's tokens, then the decoder's, which alone have a loss.

    Args:
        rows: rows with `input_ids` and `labels`.
    """
    for table in tables(rows):
        read, write = numbers(table, "input_ids"), numbers(table, "labels")
        document = np.concatenate([np.repeat(np.arange(len(table)), lengths) for _, lengths in (read, write)])
        order = np.argsort(document, kind="stable")
        lengths = read[1] + write[1]
        ids, labels = (np.concatenate([ids, write[0]])[order] for ids in (read[0], np.full_like(read[0], IGNORED)))
        yield Documents(ids, labels, lengths, lengths)


def tables(rows: Dataset) -> Iterator[pa.Table]:
    """The rows as Arrow tables of `BATCH` rows."""
    yield from rows.with_format("arrow").iter(BATCH)


def numbers(table: pa.Table, column: str) -> tuple[Numbers, Numbers]:
    """Flatten a column of lists: all their numbers, and the length of each list."""
    lists = table[column]
    flat, lengths = pc.list_flatten(lists), pc.list_value_length(lists)
    return flat.to_numpy().astype(np.int64, copy=False), lengths.to_numpy().astype(np.int64)


def _rows(rows: Dataset, packed: bool) -> Iterator[Documents]:
    for table in tables(rows):
        ids, lengths = numbers(table, "input_ids")
        labels, _ = numbers(table, "labels")
        yield Documents(ids, labels, numbers(table, "seq_lengths")[0] if packed else lengths, lengths)


def _streamed(parts: Iterable[Documents], lengths: Numbers) -> Iterator[Documents]:
    """Cut a stream, whose rows end anywhere, into documents; what is left at the end is one more."""
    ends = np.cumsum(lengths)
    ids = labels = np.zeros(0, np.int64)
    done = first = 0
    for part in parts:
        ids, labels = np.concatenate([ids, part.ids]), np.concatenate([labels, part.labels])
        after = int(np.searchsorted(ends, done + len(ids), side="right"))
        size = int(ends[after - 1]) - done if after > first else 0
        yield Documents(ids[:size], labels[:size], lengths[first:after], part.rows)
        ids, labels, done, first = ids[size:], labels[size:], done + size, after
    if len(ids):
        yield Documents(ids, labels, np.array([len(ids)]), np.zeros(0, np.int64))
