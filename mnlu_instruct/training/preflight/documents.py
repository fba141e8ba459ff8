"""Whole documents, each a question with its answer, as arrays of tokens: as given to a trainer, and as it has them."""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset
from msgspec import Struct
from numpy.typing import NDArray

BATCH = 2_000
"""How many rows are looked at together."""
IGNORED = -100
"""The label of a token that nothing is learnt from, to torch."""

Numbers = NDArray[np.int64]


class Documents(Struct, frozen=True):
    """Documents, one after the other.

    Attributes:
        ids: their tokens.
        labels: what each token is trained as, or -100.
        lengths: how many tokens each has.
        rows: how many tokens each row of the trainer has, in which they stand.
    """

    ids: Numbers
    labels: Numbers
    lengths: Numbers
    rows: Numbers

    @property
    def ends(self) -> Numbers:
        """Where each ends."""
        return np.cumsum(self.lengths)

    @property
    def trained(self) -> Numbers:
        """How many tokens of each are trained."""
        return self.counts(self.labels != IGNORED)

    @property
    def learnt(self) -> list[bool]:
        """Of one document: whether each token is learnt; the first can't be, as there is none before it."""
        return [place > 0 and label != IGNORED for place, label in enumerate(self.labels.tolist())]

    def counts(self, marked: NDArray[np.bool_]) -> Numbers:
        """How many marked tokens each has."""
        sums: Numbers = np.concatenate([[0], np.cumsum(marked)])
        found: Numbers = sums[self.ends] - sums[self.ends - self.lengths]
        return found

    def one(self, place: int) -> "Documents":
        """One of them, alone."""
        length = self.lengths[place : place + 1]
        tokens = slice(int(self.ends[place] - length[0]), int(self.ends[place]))
        return Documents(self.ids[tokens], self.labels[tokens], length, length)


def given(rows: Dataset, everything: bool) -> Iterator[Documents]:
    """Documents as they are given to the trainer of a decoder model (`data.tokenised`).

    Args:
        rows: with `input_ids` and `completion_mask`.
        everything: train every token.
    """
    for table in tables(rows):
        ids, lengths = numbers(table, "input_ids")
        mask, _ = numbers(table, "completion_mask")
        yield Documents(ids, np.where(everything | (mask == 1), ids, IGNORED), lengths, lengths)


def prepared(rows: Dataset, packing: str, lengths: Numbers) -> Iterator[Documents]:
    """Documents as TRL has prepared them: one a row, several in a row, or all in one stream.

    Args:
        rows: with `input_ids`, `labels` and, where whole documents are packed, `seq_lengths`.
        packing: the recipe's.
        lengths: how many tokens each document has; in a stream, in its order.
    """
    whole = _rows(rows, packing == "documents")
    yield from _streamed(whole, lengths) if packing == "stream" else whole


def pairs(rows: Dataset) -> Iterator[Documents]:
    """Documents of an encoder–decoder model, the tokens to read before those to write, of which alone it learns.

    Args:
        rows: with `input_ids` and `labels`.
    """
    for table in tables(rows):
        read, write = numbers(table, "input_ids"), numbers(table, "labels")
        document = np.concatenate([np.repeat(np.arange(len(table)), lengths) for _, lengths in (read, write)])
        order = np.argsort(document, kind="stable")
        lengths = read[1] + write[1]
        ids, labels = (np.concatenate([ids, write[0]])[order] for ids in (read[0], np.full_like(read[0], IGNORED)))
        yield Documents(ids, labels, lengths, lengths)


def tables(rows: Dataset) -> Iterator[pa.Table]:
    """The rows, some thousand at a time."""
    yield from rows.with_format("arrow").iter(BATCH)


def numbers(table: pa.Table, column: str) -> tuple[Numbers, Numbers]:
    """A column of lists: all their numbers, and how many each list has."""
    lists = table[column]
    flat, lengths = pc.list_flatten(lists), pc.list_value_length(lists)
    return flat.to_numpy().astype(np.int64, copy=False), lengths.to_numpy().astype(np.int64)


def _rows(rows: Dataset, packed: bool) -> Iterator[Documents]:
    for table in tables(rows):
        ids, lengths = numbers(table, "input_ids")
        labels, _ = numbers(table, "labels")
        yield Documents(ids, labels, numbers(table, "seq_lengths")[0] if packed else lengths, lengths)


def _streamed(parts: Iterable[Documents], lengths: Numbers) -> Iterator[Documents]:
    """The documents of a stream whose rows end anywhere; last, as one, what is left of it."""
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
