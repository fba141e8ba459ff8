"""Sampling by keyed hashes of ids, so that neither workers nor file order nor another task changes a draw."""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
"""The hash of each instance's id, independent of the seed."""

Ranks = NDArray[np.uint64]
"""The rank of each instance: those with the smallest ranks are drawn."""

SHIFT, FACTORS = np.uint64(33), (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53)
"""The constants of MurmurHash3's 64-bit finalizer (Appleby, public domain), a bijection that spreads every bit."""


def key(name: str) -> int:
    """A uniform 64-bit hash of an instance's id."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8, person=b"mnlu-draw").digest(), "big")


def ranks(keys: Keys, seed: int, person: bytes = b"mnlu-seed") -> Ranks:
    """A uniform 64-bit number for each key and the seed; only equal keys have equal ranks.

    Those for another purpose (`person`) are independent of these.
    """
    salt = int.from_bytes(blake2b(str(seed).encode(), digest_size=8, person=person).digest(), "big")
    mixed = keys ^ np.uint64(salt)
    for factor in FACTORS:
        mixed ^= mixed >> SHIFT
        mixed *= np.uint64(factor)
    mixed ^= mixed >> SHIFT
    return mixed


def rank(name: str, seed: int) -> int:
    """A uniform 64-bit hash of an instance's id and the seed."""
    digest = blake2b(name.encode(), digest_size=8, key=str(seed).encode(), person=b"mnlu-draw").digest()
    return int.from_bytes(digest, "big")
