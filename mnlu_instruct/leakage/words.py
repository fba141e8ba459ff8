"""Texts as words that compare, and the hashes of runs of words.

Normalised: Unicode NFKC, case folded; a word is a run of letters and digits, whatever else only parts words. So
`IL-2 gene`, `IL - 2 gene` (a tokenised corpus) and `Il‐2 Gene` are the same three words.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Item = TypeVar("Item")
Places = NDArray[np.int64]
Hashes = NDArray[np.uint64]

BATCH = 1 << 17
"""Characters that are hashed at a time: arrays of so many numbers stay in a core's cache."""

BLANK = ord(" ")
FOLD = bytes(byte if byte > 127 else ord(chr(byte).lower()) if chr(byte).isalnum() else BLANK for byte in range(256))
"""Byte → byte: ASCII letters in lower case, ASCII signs as blanks; other letters' bytes stay."""
OTHER_SIGNS = re.compile(r"[^\x00-\x7f\w]")

BASE = 0x9E3779B97F4A7C15
INVERSE = pow(BASE, -1, 1 << 64)
MIXER = np.uint64(0xD6E8FEB86659FD93)
CODES = np.multiply.accumulate(np.full(256, MIXER))
"""A number for each byte. The hash of a run is a polynomial in BASE with these as coefficients, modulo 2⁶⁴, mixed."""


def folded(text: str) -> bytes:
    """A text in UTF-8, normalised, with a blank for each sign that is no letter or digit."""
    if not text.isascii():
        text = OTHER_SIGNS.sub(" ", unicodedata.normalize("NFKC", text).casefold())
    return text.encode().translate(FOLD)


@dataclass(frozen=True)
class Words:
    """Texts as words.

    Args:
        written: the words of all texts in UTF-8, one blank after each.
        starts: where each word starts in `written`, and where the last one ended.
        first: the ordinal of each text's first word, and the number of words.
    """

    written: bytes
    starts: Places
    first: Places

    def run(self, word: int, count: int) -> bytes:
        """So many words, as written."""
        return self.written[self.starts[word] : self.starts[word + count]]

    def text(self, ordinal: int) -> bytes:
        """A whole text, as written."""
        return self.written[self.starts[self.first[ordinal]] : self.starts[self.first[ordinal + 1]]]

    def texts_of(self, ordinals: Places) -> Places:
        """The texts that words stand in."""
        return np.searchsorted(self.first, ordinals, side="right") - 1

    def within(self, ordinals: Places, length: int) -> NDArray[np.bool_]:
        """Whether so many words from each of these on stand in one text."""
        same: NDArray[np.bool_] = self.texts_of(ordinals) == self.texts_of(ordinals + (length - 1))
        return same

    def hashes(self, length: int) -> Hashes:
        """The hashes of so many words from each word on, where there are so many; of two texts' words, too."""
        count = max(0, len(self.starts) - length)
        hashes = self._sums[len(self.starts) - count :] - self._sums[:count]
        hashes *= _powers(INVERSE, len(self.written))[self.starts[:count]]
        hashes ^= hashes >> np.uint64(32)
        hashes *= MIXER
        return hashes

    @cached_property
    def _sums(self) -> Hashes:
        """At each word's start, the polynomial of all that is written before it."""
        codes = CODES[np.frombuffer(self.written, np.uint8)]
        sums = np.zeros(len(codes) + 1, np.uint64)
        np.cumsum(codes * _powers(BASE, len(codes)), out=sums[1:])
        return sums[self.starts]


def words(texts: Sequence[str]) -> Words:
    """The words of texts."""
    parts = [folded(text) for text in texts]
    letters = np.frombuffer(b" ".join([*parts, b""]), np.uint8)
    blank = letters == BLANK
    word_end = np.zeros_like(blank)
    word_end[1:] = blank[1:] & ~blank[:-1]
    kept = letters[~blank | word_end]
    starts = np.concatenate([[0], np.flatnonzero(kept == BLANK) + 1])
    text_ends = np.cumsum([len(part) + 1 for part in parts])
    first = np.concatenate([[0], np.searchsorted(np.flatnonzero(word_end), text_ends)])
    return Words(kept.tobytes(), starts, first)


def batches(items: Iterable[Item], size: Callable[[Item], int]) -> Iterator[list[Item]]:
    """Items in lists of about `BATCH` characters."""
    batch: list[Item] = []
    held = 0
    for item in items:
        batch.append(item)
        held += size(item)
        if held >= BATCH:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def joined(parts: Sequence[Words]) -> Words:
    """The words of several batches as one."""
    letters = np.cumsum([0, *(len(part.written) for part in parts)])
    counts = np.cumsum([0, *(len(part.starts) - 1 for part in parts)])
    return Words(
        b"".join(part.written for part in parts),
        np.concatenate([[0], *(part.starts[1:] + at for part, at in zip(parts, letters, strict=False))]),
        np.concatenate([[0], *(part.first[1:] + at for part, at in zip(parts, counts, strict=False))]),
    )


def _powers(base: int, count: int) -> Hashes:
    """The first powers of a base, modulo 2⁶⁴."""
    return _table(base, max(2 * BATCH, 1 << count.bit_length()))[:count]


@cache
def _table(base: int, count: int) -> Hashes:
    factors = np.full(count, base, np.uint64)
    factors[0] = 1
    return np.multiply.accumulate(factors)
