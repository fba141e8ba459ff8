"""Who is drawn, and in which order labels are shown: decided by keyed hashes of ids alone.

No generator is shared, so neither workers, nor file order, nor another task changes a draw; a larger sample keeps the
picks of a smaller one.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b

import msgspec
import numpy as np
from numpy.typing import NDArray

from mnlu_instruct import tasks
from mnlu_instruct.errors import UserError
from mnlu_instruct.types import Instance

Ranks = NDArray[np.uint64]
"""One rank an instance: those with the smallest are drawn."""


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
    digest = blake2b(instance.id.encode(), digest_size=32, key=str(seed).encode(), person=b"mnlu-shuffle").digest()
    number = int.from_bytes(digest, "big")
    order = []
    while left:
        number, index = divmod(number, len(left))
        order.append(left.pop(index))
    return msgspec.structs.replace(instance, labels=tuple(order))


def shares(names: Sequence[str], n: int | None, available: Mapping[str, int], short: str) -> dict[str, int]:
    """How many instances of each requested task are drawn.

    `n` over k tasks gives n // k each, and one more to the first in the fixed order until n is reached; without `n`,
    every instance is drawn.

    Raises:
        UserError: fewer than one each; or a task has fewer than its share and `short` is "error".
    """
    if n is None:
        return {name: available[name] for name in names}
    if n < len(names):
        raise UserError(f"--n {n} is fewer than the {len(names)} tasks.", f"ask for {len(names)} instances or more.")
    each, rest = divmod(n, len(names))
    wanted = {name: each + (place < rest) for place, name in enumerate(names)}
    lacking = [name for name in names if available[name] < wanted[name]]
    if lacking and short == "error":
        numbers = "; ".join(f"{name} has {available[name]:,} of {wanted[name]:,}" for name in lacking)
        raise UserError(
            f"Too few instances: {numbers}.",
            f"'--short accept' takes what is there; all tasks can fill --n {_largest(names, available)}.",
        )
    return {name: min(wanted[name], available[name]) for name in names}


def draw(ranks: Sequence[Ranks], count: int) -> list[NDArray[np.bool_]]:
    """Which instances of each unit are among the `count` smallest ranks of all units; of equal ranks the first unit's.

    The instances of a unit keep their order, so a mask a unit says it all.
    """
    pooled = np.concatenate([*ranks, np.empty(0, np.uint64)])
    picked = np.zeros(len(pooled), np.bool_)
    picked[np.argsort(pooled, kind="stable")[:count]] = True
    return np.split(picked, np.cumsum([len(unit) for unit in ranks])[:-1]) if ranks else []


def requested_task(kind: str, names: Sequence[str]) -> str:
    """The requested task that a kind of question counts for (`eae` for `ee`, if that was asked for)."""
    return next(name for name in names if kind in tasks.members(name))


def _largest(names: Sequence[str], available: Mapping[str, int]) -> int:
    """The largest n whose shares all tasks can fill: the smallest task's size each, one more for those before it."""
    each = min(available[name] for name in names)
    return each * len(names) + next(place for place, name in enumerate(names) if available[name] == each)
