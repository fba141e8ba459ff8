"""An index of word n-grams to find in other texts: matched by hash, then verified character by character."""

from collections.abc import Iterable

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from mnlu_instruct.leakage.words import Hashes, Places, Words, batches, joined, words

RUN = 13
"""The length of an n-gram: so many equal words in a row count as overlap (as in Brown et al., 2020, appendix C)."""
SHORTEST = 6
"""Texts of fewer than `RUN` words are searched for as a whole; texts of fewer than this are too common and are not."""

SPARSE = 5
"""Log₂ of the bits per run in the bit table that is looked up first: one in 32 of all other runs passes it."""


class Finds(Struct, frozen=True):
    """Matches: the ordinal of the searched text, and the words of the indexed texts, `count` words from `first` on."""

    text: Places
    first: Places
    count: Places


class Index:
    """An index of the 13-word runs of some texts, and of whole texts of 6 to 12 words, to be found in other texts.

    It takes about 40 bytes per word, and 100 while it is built; a search needs no memory beyond its batch.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        parts = [words(batch) for batch in batches(texts, len)]
        self.words = joined(parts)
        tables = [_Table(length, parts) for length in range(SHORTEST, RUN + 1)]
        self._tables = [table for table in tables if len(table.hashes) or table.length == RUN]

    def find(self, searched: Words) -> Finds:
        """All matches in the searched texts, each once per text, without false positives."""
        found = [table.find(searched, self.words) for table in self._tables]
        return Finds(*(np.concatenate(column) for column in zip(*found, strict=True)))


class _Table:
    """The runs of one length, sorted by hash."""

    def __init__(self, length: int, parts: Iterable[Words]) -> None:
        self.length = length
        firsts, hashes = [np.zeros(0, np.int64)], [np.zeros(0, np.uint64)]
        before = 0
        for part in parts:
            values = part.hashes(length)
            at = np.arange(len(values)) if length == RUN else part.first[:-1][np.diff(part.first) == length]
            at = at[part.within(at, length)]
            firsts.append(at + before)
            hashes.append(values[at])
            before += len(part.starts) - 1
        order = np.argsort(unsorted := np.concatenate(hashes), kind="stable")
        self.hashes, self.firsts = unsorted[order], np.concatenate(firsts)[order]
        size = max(16, len(order).bit_length() + SPARSE)
        self.shift, self.bits = np.uint64(64 - size), np.zeros(1 << (size - 3), np.uint8)
        place, bit = self._place(self.hashes)
        np.bitwise_or.at(self.bits, place, bit)

    def find(self, searched: Words, own: Words) -> tuple[Places, Places, Places]:
        """The columns of `Finds`."""
        hashes = searched.hashes(self.length)
        place, bit = self._place(hashes)
        at = np.flatnonzero(self.bits[place] & bit)
        at = at[searched.within(at, self.length)]
        low, high = (np.searchsorted(self.hashes, hashes[at], side) for side in ("left", "right"))
        at, low, number = at[low < high], low[low < high], (high - low)[low < high]
        _, once = np.unique(searched.texts_of(at) * len(self.hashes) + low, return_index=True)
        at, low, number = at[once], low[once], number[once]
        sources = np.repeat(at, number)
        nth = np.arange(len(sources)) - np.repeat(np.cumsum(number) - number, number)
        firsts = self.firsts[np.repeat(low, number) + nth]
        pairs = zip(sources.tolist(), firsts.tolist(), strict=True)
        same = [searched.run(theirs, self.length) == own.run(ours, self.length) for theirs, ours in pairs]
        sources, firsts = sources[same], firsts[same]
        return searched.texts_of(sources), firsts, np.full(len(firsts), self.length)

    def _place(self, hashes: Hashes) -> tuple[Places, NDArray[np.uint8]]:
        """The place of a hash in the bit table: the byte, and the bit in it."""
        place = hashes >> self.shift
        bit = np.left_shift(np.uint8(1), (place & np.uint64(7)).astype(np.uint8))
        return (place >> np.uint64(3)).view(np.int64), bit
