"""Decisions that all processes of a training must share; otherwise one would leave the others waiting for ever."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch
import torch.distributed as dist

from mnlu_instruct.errors import UserError

Decision = TypeVar("Decision")


def greatest(values: Sequence[float], device: torch.device) -> list[float]:
    """The maximum of each value over all processes (all-reduce); all wait here for each other."""
    if not _together():
        return list(values)
    found = torch.tensor(values, dtype=torch.float64, device=device)
    dist.all_reduce(found, dist.ReduceOp.MAX)
    largest: list[float] = found.tolist()
    return largest


def every(value: Any) -> list[Any]:
    """The values of all processes, in the order of ranks (all-gather)."""
    if not _together():
        return [value]
    found = [None] * dist.get_world_size()
    dist.all_gather_object(found, value)
    return found


def decided(decide: Callable[[], Decision]) -> Decision:
    """Let the first process decide, and return its decision in all of them.

    Raises:
        UserError: the first process raised one; all raise the same.
    """
    if not _together():
        return decide()
    said: list[Any] = [None, None]
    if dist.get_rank() == 0:
        try:
            said[0] = decide()
        except UserError as error:
            said[1] = (error.message, error.hint)
    dist.broadcast_object_list(said, src=0)
    if said[1] is not None:
        raise UserError(*said[1])
    made: Decision = said[0]
    return made


def _together() -> bool:
    return bool(dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1)
