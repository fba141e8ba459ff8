"""Texts as normalised words, and hashes of word n-grams.

Words are normalised by Unicode NFKC and case folding. A word is a run of letters and digits; everything else only
separates words. So `IL-2 gene`, `IL - 2 gene` (a tokenised corpus) and `Il‐2 Gene` are the same three words.
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
"""Characters that are hashed at a time; arrays of this size stay in a core's cache."""

BLANK = ord(" ")
FOLD = bytes(byte if byte > 127 else ord(chr(byte).lower()) if chr(byte).isalnum() else BLANK for byte in range(256))
"""Byte → byte: ASCII letters to lower case, ASCII punctuation to blanks; bytes of other letters don't change."""
OTHER_SIGNS = re.compile(r"[^\x00-\x7f\w]")

BASE = 0x9E3779B97F4A7C15
INVERSE = pow(BASE, -1, 1 << 64)
MIXER = np.uint64(0xD6E8FEB86659FD93)
CODES = np.multiply.accumulate(np.full(256, MIXER))
"""A number for each byte. The hash of a run is a mixed polynomial in BASE with these coefficients, modulo 2⁶⁴."""


def folded(text: str) -> bytes:
    """A text normalised, in UTF-8, with a blank for each character that is not a letter or digit."""
    if not text.isascii():
        text = OTHER_SIGNS.sub(" ", unicodedata.normalize("NFKC", text).casefold())
    return text.encode().translate(FOLD)


@dataclass(frozen=True)
class Words:
    """Texts as words.

    Args:
        written: the words of all texts in UTF-8, each followed by one blank.
        starts: the start of each word in `written`, then the end of the last one.
        first: the ordinal of each text's first word, then the number of words.
    """

    written: bytes
    starts: Places
    first: Places

    def run(self, word: int, count: int) -> bytes:
        """`count` words from `word` on, as written."""
        return self.written[self.starts[word] : self.starts[word + count]]

    def text(self, ordinal: int) -> bytes:
        """The words of one text, as written."""
        return self.written[self.starts[self.first[ordinal]] : self.starts[self.first[ordinal + 1]]]

    def texts_of(self, ordinals: Places) -> Places:
        """The ordinals of the texts that contain words."""
        return np.searchsorted(self.first, ordinals, side="right") - 1

    def within(self, ordinals: Places, length: int) -> NDArray[np.bool_]:
        """A mask: whether `length` words from each of these words on are in the same text."""
        same: NDArray[np.bool_] = self.texts_of(ordinals) == self.texts_of(ordinals + (length - 1))
        return same

    def hashes(self, length: int) -> Hashes:
        """The hash of `length` words from each word on, as far as there are so many, even across texts."""
        count = max(0, len(self.starts) - length)
        hashes = self._sums[len(self.starts) - count :] - self._sums[:count]
        hashes *= _powers(INVERSE, len(self.written))[self.starts[:count]]
        hashes ^= hashes >> np.uint64(32)
        hashes *= MIXER
        return hashes

    @cached_property
    def _sums(self) -> Hashes:
        """For each word's start, the polynomial over all bytes before it."""
        codes = CODES[np.frombuffer(self.written, np.uint8)]
        sums = np.zeros(len(codes) + 1, np.uint64)
        np.cumsum(codes * _powers(BASE, len(codes)), out=sums[1:])
        return sums[self.starts]


def words(texts: Sequence[str]) -> Words:
    """Normalise texts to words."""
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
    """Group items into lists of about `BATCH` characters; `size` gives the characters of an item."""
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
    """Concatenate the words of several batches."""
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
