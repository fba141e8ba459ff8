"""Measure a training's speed at every log: tokens per second, MFU, and the time left."""

import time
from collections import deque
from itertools import chain
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from datasets import Dataset
from numpy.typing import NDArray
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from mnlu_instruct.training.estimate.flops import arithmetic, peak
from mnlu_instruct.training.preflight.documents import IGNORED
from mnlu_instruct.training.row_order import Order

RECENT = 20
"""The number of logs from which the time left is estimated."""
BATCH = 1_000
Counts = NDArray[np.int64]


class Speed(TrainerCallback):  # type: ignore[misc]
    """Adds to the logs of the first process: `tokens_per_second`, `trained_tokens_per_second` (tokens with a loss),
    `mfu` (model FLOPs utilisation, a fraction of 1; Chowdhery et al., 2022) and `eta_seconds`.

    Tokens are those of the rows, without padding, over all processes. They are counted from the rows' lengths, so that
    no step waits for a count. Time spent on evaluations and checkpoints counts only for the ETA.

    Args:
        trainer: the trainer that this is a callback of; it must come before callbacks that report logs.
    """

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.arithmetic = arithmetic(trainer.model)  # before it is sharded
        self.counts: Counts | None = None
        self.order: Order | None = None
        self.since = 0
        self.idle = self.then = self.step_end = 0.0
        self.pace: deque[tuple[int, float]] = deque(maxlen=RECENT + 1)

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Start counting."""
        if not state.is_world_process_zero:
            return
        self.counts = counts(self.trainer.train_dataset)
        loader = self.trainer.callback_handler.train_dataloader
        self.order = Order(loader, args.world_size, args.gradient_accumulation_steps)
        self.peak = _peak(args) * args.world_size
        self.since, self.idle = state.global_step, 0.0
        self.then = self.step_end = time.monotonic()
        self.pace.append((state.global_step, self.then))

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Note the time, in case the training pauses now."""
        self.step_end = time.monotonic()

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Count the evaluation as a pause."""
        self._pause()

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Count saving as a pause."""
        self._pause()

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any],
        **kwargs: Any,
    ) -> None:
        """Add the speed since the last log to the log, for the callbacks that come after."""
        if "loss" not in logs or self.order is None or self.counts is None or state.global_step == self.since:
            return
        now = time.monotonic()
        seconds = now - self.then - self.idle
        steps = range(self.since + 1, state.global_step + 1)
        rows = np.array(list(chain.from_iterable(chain.from_iterable(map(self.order.rows, steps)))))
        rows %= self.counts.shape[1]  # in pretraining, epoch e numbers its n rows from e · n
        tokens, trained, pairs = self.counts[:, rows].sum(1).tolist()
        added = {"tokens_per_second": tokens / seconds, "trained_tokens_per_second": trained / seconds}
        if self.arithmetic and self.peak:
            added["mfu"] = self.arithmetic.of(tokens, pairs) / seconds / self.peak
        self.pace.append((state.global_step, now))
        (step, then), left = self.pace[0], state.max_steps - state.global_step
        added["eta_seconds"] = left * (now - then) / (state.global_step - step)
        logs.update(added)
        state.log_history[-1].update(added)
        self.since, self.then, self.idle = state.global_step, now, 0.0

    def _pause(self) -> None:
        now = time.monotonic()
        self.idle += now - self.step_end
        self.step_end = now


@runtime_checkable
class Counting(Protocol):
    """Rows that know their counts."""

    def counts(self) -> Counts:
        """What `counts` counts."""


def counts(rows: Dataset | Counting) -> Counts:
    """Count for each row: tokens, tokens with a loss, and pairs of tokens that attend to each other; shape (3, n).

    Args:
        rows: the rows that the trainer prepared: `input_ids` and `labels`, with `seq_lengths` where documents are
            packed; or rows that are made when they are needed, and know their counts.
    """
    if isinstance(rows, Counting):
        return rows.counts()
    columns = [name for name in ("input_ids", "labels", "seq_lengths") if name in rows.column_names]
    batches = rows.select_columns(columns).with_format("arrow").iter(BATCH)
    return np.concatenate([_counted(batch) for batch in batches], axis=1)


def _counted(batch: Any) -> Counts:
    lists = {name: batch[name].combine_chunks() for name in batch.column_names}
    lengths = {name: one.value_lengths().to_numpy().astype(np.int64) for name, one in lists.items()}
    trained = lists["labels"].flatten().to_numpy() != IGNORED
    read, written = lengths["input_ids"], lengths["labels"]
    if not np.array_equal(read, written):  # encoder–decoder: one is the encoder's input, the other the decoder's output
        return np.stack([read + written, _sums(trained, written), read**2 + written**2])
    documents = lists["seq_lengths"].flatten().to_numpy().astype(np.int64) if "seq_lengths" in lists else read
    trained[np.cumsum(documents) - documents] = False  # nothing predicts the first token of a document
    held = lengths["seq_lengths"] if "seq_lengths" in lists else np.ones_like(read)
    return np.stack([read, _sums(trained, read), _sums(documents**2, held)])


def _sums(values: NDArray[Any], lengths: Counts) -> Counts:
    """The sums of consecutive segments of the given lengths, none of which is 0."""
    return np.add.reduceat(values.astype(np.int64), np.cumsum(lengths) - lengths)


def _peak(args: TrainingArguments) -> float:
    """Peak FLOP/s of this process' GPU in bfloat16; 0 if it isn't known, or the training uses another number type."""
    if args.device.type != "cuda" or not args.bf16:
        return 0.0
    return peak(torch.cuda.get_device_name(args.device)) or 0.0
