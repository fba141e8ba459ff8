"""Places in the queue: keyed hashes of ids, so that neither workers nor file order nor another task changes a draw."""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
"""One hash of an instance's id each, whatever the seed."""

Ranks = NDArray[np.uint64]
"""One place in the queue each: instances with the smallest are drawn."""

SHIFT, FACTORS = np.uint64(33), (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53)
"""Of MurmurHash3's 64-bit finalizer (Appleby, public domain), a bijection that spreads every bit."""


def key(name: str) -> int:
    """A uniform 64-bit number that an instance's id decides."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8, person=b"mnlu-draw").digest(), "big")


def ranks(keys: Keys, seed: int) -> Ranks:
    """Another uniform 64-bit number for each key, which the seed decides too; equal keys alone have equal ranks."""
    salt = int.from_bytes(blake2b(str(seed).encode(), digest_size=8, person=b"mnlu-seed").digest(), "big")
    mixed = keys ^ np.uint64(salt)
    for factor in FACTORS:
        mixed ^= mixed >> SHIFT
        mixed *= np.uint64(factor)
    mixed ^= mixed >> SHIFT
    return mixed


def rank(name: str, seed: int) -> int:
    """The place of an instance in the queue of its task, a uniform 64-bit number."""
    digest = blake2b(name.encode(), digest_size=8, key=str(seed).encode(), person=b"mnlu-draw").digest()
    return int.from_bytes(digest, "big")
