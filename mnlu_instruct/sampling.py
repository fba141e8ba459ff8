"""Who is drawn, and in which order labels are shown: decided by keyed hashes of ids alone.

No generator is shared, so neither workers, nor file order, nor another task changes a draw; a larger sample keeps the
picks of a smaller one.
"""

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from hashlib import blake2b

import msgspec
import numpy as np
from numpy.typing import NDArray

from mnlu_instruct.types import Instance

Places = NDArray[np.float64]
"""One place in the queue of its task an instance: those with the smallest are drawn, infinity never is."""


def rank(name: str, seed: int) -> int:
    """The place of an instance in the queue of its task, a uniform 64-bit number."""
    digest = blake2b(name.encode(), digest_size=8, key=str(seed).encode(), person=b"mnlu-draw").digest()
    return int.from_bytes(digest, "big")


def shuffled(instance: Instance, seed: int) -> Instance:
    """The instance with its labels in the order that its id and the seed decide.

    One digest is the permutation: its number, read in the factorial base, says which of the labels left comes next.
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
    """The hash function of labels' orders, keyed already."""
    return blake2b(digest_size=32, key=str(seed).encode(), person=b"mnlu-shuffle")


def repeated(instance: Instance, times: int) -> Iterator[Instance]:
    """The instance as so many rows: itself, then again as `…~2`, `…~3`, whose labels another order is drawn for."""
    yield instance
    for number in range(2, times + 1):
        yield msgspec.structs.replace(instance, id=f"{instance.id}~{number}")


def first(instance: Instance) -> Instance:
    """The instance that one is a repetition of; itself, if of none."""
    name, mark, number = instance.id.rpartition("~")
    return msgspec.structs.replace(instance, id=name) if mark and number.isdigit() else instance


def apportion(n: int, weights: Mapping[str, float], limits: Mapping[str, int]) -> dict[str, int]:
    """`n` rows in proportion to weights, none beyond its limit; fewer than `n` where all limits are reached.

    The next row always goes to the largest weight / (rows so far + ½) below its limit, the first one of equals: the
    divisor method of Webster and Sainte-Laguë. Unlike with largest remainders, nobody loses a row where `n` grows.
    """
    exact = {name: Fraction(weight) for name, weight in weights.items()}
    given = dict.fromkeys(exact, 0)
    waiting = [name for name in exact if limits[name]]
    while n and waiting:
        total = sum(exact[name] for name in waiting)
        # A share is never smaller than its quota by half the number of shares and a half.
        sure = {name: math.floor(n * exact[name] / total) - len(waiting) for name in waiting}
        if full := [name for name in waiting if limits[name] <= sure[name]]:
            given |= {name: limits[name] for name in full}
            n -= sum(limits[name] for name in full)
            waiting = [name for name in waiting if name not in full]
            continue
        given |= {name: max(sure[name], 0) for name in waiting}
        for _ in range(n - sum(given[name] for name in waiting)):
            waiting = [name for name in waiting if given[name] < limits[name]]
            if waiting:
                given[max(waiting, key=lambda name: exact[name] / (2 * given[name] + 1))] += 1
        break
    return given


def draw(places: Places, count: int) -> NDArray[np.bool_]:
    """Which instances have the `count` smallest places; of equal ones the first."""
    if not 0 < count < len(places):
        return np.full(len(places), count > 0)
    last = np.partition(places, count - 1)[count - 1]
    drawn: NDArray[np.bool_] = places < last
    drawn[np.flatnonzero(places == last)[: count - np.count_nonzero(drawn)]] = True
    return drawn
