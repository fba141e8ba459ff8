"""Shuffle the labels of a question: the order depends only on its id and the seed.

There is no shared random generator, so neither workers, nor file order, nor another task changes an order.
"""

import math
from functools import cache
from hashlib import blake2b

import msgspec

from mnlu_instruct.types import Instance


def shuffled(instance: Instance, seed: int) -> Instance:
    """The instance with its labels in the order that its id and the seed decide.

    The permutation is one digest: its digits in the factorial base say which of the remaining labels comes next.
    256 bits keep every permutation of up to 50 labels equally likely to within 2⁻⁴⁰.
    """
    left = list(instance.labels)
    if len(left) < 2:
        return instance
    hasher = _shuffler(seed).copy()
    hasher.update(instance.id.encode())
    number = int.from_bytes(hasher.digest(), "big") % math.factorial(len(left))  # small numbers divide faster
    order = []
    for choices in range(len(left), 0, -1):
        order.append(left.pop(number % choices))
        number //= choices
    return msgspec.structs.replace(instance, labels=tuple(order))


@cache
def _shuffler(seed: int) -> blake2b:
    """The hash function of the label order, keyed with the seed."""
    return blake2b(digest_size=32, key=str(seed).encode(), person=b"mnlu-shuffle")
