"""Splits that no files make: records of one file are parted by their order, or by a seeded shuffle."""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise
from random import Random

from mnlu_instruct.types import Record

Parted = Callable[[Sequence[Record]], Mapping[str, Sequence[Record]]]
"""From all records, in the order of their file, to those of each split."""


def in_order(first: str, count: int, last: str) -> Parted:
    """The first `count` records are one split, the others another."""

    def parted(found: Sequence[Record]) -> Mapping[str, Sequence[Record]]:
        return {first: found[:count], last: found[count:]}

    return parted


def shuffled(seed: int, shares: Mapping[str, float], last: str) -> Parted:
    """Python's shuffle (`random.seed`, `random.shuffle`), then stretches of these shares, rounded down, and the rest.

    So the splits of published scripts come out as they were.
    """

    def parted(found: Sequence[Record]) -> Mapping[str, Sequence[Record]]:
        order = list(found)
        Random(seed).shuffle(order)
        ends = [0, *accumulate(int(len(order) * share) for share in shares.values()), len(order)]
        return {split: order[start:end] for split, (start, end) in zip([*shares, last], pairwise(ends), strict=True)}

    return parted
