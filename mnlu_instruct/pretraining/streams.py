"""Random numbers of documents: a generator for each (seed, epoch, document id), all of them computed together.

The generator is SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014), whose
number i is a function of its key and i. So the numbers of thousands of documents are a few operations on arrays, and a
document gets the same ones in whatever batch, shard, worker or order.
"""

import math
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from mnlu_instruct.pretraining import ragged
from mnlu_instruct.pretraining.ragged import Counts

Keys = NDArray[np.uint64]
"""A key for each document: the state of its generator."""

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIXED = ((np.uint64(30), 0xBF58476D1CE4E5B9), (np.uint64(27), 0x94D049BB133111EB))
LAST = np.uint64(31)
"""The constants of SplitMix64."""
UNIT = 2.0**-53


def keys(seed: int, epochs: NDArray[np.int64] | int, documents: NDArray[np.int64]) -> Keys:
    """The keys of documents, which may be of several epochs."""
    digest = blake2b(str(seed).encode(), digest_size=8, person=b"mnlu-noise").digest()
    seeded = np.full(len(documents), int.from_bytes(digest, "big"), np.uint64)
    return split(split(seeded, epochs), documents)


def split(parents: Keys, children: NDArray[np.int64] | int) -> Keys:
    """The keys of generators that are numbered below others: of the sentences of a document, of the uses of numbers."""
    return _mix(parents + (np.atleast_1d(children).astype(np.uint64) + np.uint64(1)) * GOLDEN)


def uniform(owners: Keys, counts: Counts, skipped: Counts | int = 0) -> NDArray[np.float64]:
    """The next `counts` numbers of each generator, uniform in [0, 1), after the first `skipped` ones."""
    number = ragged.numbered(counts) + (np.repeat(skipped, counts) if isinstance(skipped, np.ndarray) else skipped)
    bits = split(np.repeat(owners, counts), number) >> np.uint64(11)
    return bits.astype(np.float64) * UNIT


def poisson(uniforms: NDArray[np.float64], rate: float) -> Counts:
    """Poisson numbers from uniform ones, by the inverse of the distribution."""
    most = int(rate + 12 * math.sqrt(rate) + 30)
    counts = np.arange(most)
    logarithms = counts * math.log(rate) - rate - np.array([math.lgamma(one + 1) for one in counts])
    return np.searchsorted(np.cumsum(np.exp(logarithms)), uniforms, side="right").astype(np.int64)


def geometric(uniforms: NDArray[np.float64], chance: float) -> Counts:
    """How many failures come before the first success, if each try succeeds with a chance."""
    return np.floor(np.log1p(-uniforms) / math.log1p(-chance)).astype(np.int64)


def _mix(state: Keys) -> Keys:
    for shift, factor in MIXED:
        state ^= state >> shift
        state *= np.uint64(factor)
    state ^= state >> LAST
    return state
