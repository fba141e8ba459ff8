"""Find which rows a step trains on, by replaying the data loader's sampler."""

from copy import copy
from typing import Any

import torch
from accelerate.data_loader import BatchSamplerShard


class Order:
    """The rows of each step, as indices into the training data.

    Args:
        loader: the trainer's data loader.
        processes: the number of training processes.
        accumulation: how many batches of each process make a step (gradient accumulation).
    """

    def __init__(self, loader: Any, processes: int, accumulation: int) -> None:
        self.sampler = loader.batch_sampler
        self.processes = processes
        self.accumulation = accumulation
        self.steps = -(-len(loader) // accumulation)
        self.epoch = -1
        self.batches: list[list[list[int]]] = []

    def rows(self, step: int) -> list[list[int]]:
        """The rows of a step (counted from 1), for each process."""
        epoch, place = divmod(step - 1, self.steps)
        if epoch != self.epoch:
            self.epoch, self.batches = epoch, [self._drawn(epoch, process) for process in range(self.processes)]
        taken = slice(place * self.accumulation, (place + 1) * self.accumulation)
        return [[row for batch in batches[taken] for row in batch] for batches in self.batches]

    def _drawn(self, epoch: int, process: int) -> list[list[int]]:
        """The batches of a process in an epoch; the trainer's own sampler is not advanced."""
        shard = self.sampler if isinstance(self.sampler, BatchSamplerShard) else None
        whole = copy(shard.batch_sampler if shard else self.sampler)
        whole.sampler = copy(whole.sampler)
        if hasattr(whole.sampler, "generator"):
            whole.sampler.generator = torch.Generator()
        if hasattr(whole.sampler, "set_epoch"):
            whole.sampler.set_epoch(epoch)
        if not shard:
            return list(whole)
        return list(BatchSamplerShard(whole, self.processes, process, shard.split_batches, shard.even_batches))
