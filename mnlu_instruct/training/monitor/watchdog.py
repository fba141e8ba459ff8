"""Stop a training whose loss is NaN, infinite or diverges; name the rows at fault, and save nothing broken."""

import math
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from mnlu_instruct.errors import UserError
from mnlu_instruct.training import rank_consensus
from mnlu_instruct.training.monitor.checkpoints import last_whole
from mnlu_instruct.training.row_order import Order

STEPS, LOGS = 50, 5
MARGIN = 1.0
SHOWN = 5
LISTED = "suspects.txt"


class Divergence:
    """Tells whether a loss diverges: for `LOGS` logs and `STEPS` steps in a row it is more than `MARGIN` nats above the
    best mean over as many, or above the first loss.

    One nat per token means a perplexity e times as high, whatever the loss was before. Spikes are ignored: in healthy
    trainings of large models, too, the loss jumps and recovers (Chowdhery et al., 2022: PaLM, section 5.1). And as
    every loss has to be that high, a mixture of easy and hard rows in small batches raises no alarm.
    """

    def __init__(self) -> None:
        self.recent: deque[tuple[int, float]] = deque()
        self.best = math.inf

    def add(self, step: int, loss: float) -> bool:
        """Add the mean loss of the steps since the last log; returns whether the loss diverges."""
        self.best = min(self.best, loss) if not self.recent else self.best
        self.recent.append((step, loss))
        while len(self.recent) > LOGS and step - self.recent[1][0] >= STEPS:
            self.recent.popleft()
        if len(self.recent) < LOGS or step - self.recent[0][0] < STEPS:
            return False
        losses = [loss for _, loss in self.recent]
        self.best = min(self.best, math.fsum(losses) / len(losses))
        return min(losses) > self.best + MARGIN


class Watchdog(TrainerCallback):  # type: ignore[misc]
    """Raises a `UserError` in all processes if a loss, gradient norm or weight is NaN or infinite, or a loss diverges.

    It checks what is logged, and forces a log before each checkpoint. The loss of each step stays on its device, so
    that the step that broke is found without waiting for the device at each step. The trainer's
    `logging_nan_inf_filter`, which would hide such losses (and wait at each step), is switched off.

    Args:
        trainer: the trainer that this is a callback of.
        rows: the training data in the trainer's order, with `id` and `input_ids`.
    """

    def __init__(self, trainer: Trainer, rows: Dataset) -> None:
        self.trainer = trainer
        self.rows = rows
        self.divergence = Divergence()
        self.sums: list[torch.Tensor] = []
        self.last = 0
        trainer.args.logging_nan_inf_filter = False

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Restore the losses of a training that resumes."""
        self.last = state.global_step
        for entry in state.log_history:
            if "loss" in entry:
                self.divergence.add(entry["step"], entry["loss"])

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Keep the step's loss; check weights before anything is saved."""
        self.sums.append(self.trainer._tr_loss.clone())
        if control.should_save or control.should_evaluate or control.should_training_stop:
            self._look(args, state, control)

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Check weights before anything is saved."""
        if control.should_save or control.should_evaluate:
            self._look(args, state, control)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any],
        **kwargs: Any,
    ) -> None:
        """Stop if the logged loss or gradient norm is NaN or infinite, or the loss diverges.

        Raises:
            UserError: names what is broken, the step, and the rows.
        """
        if "loss" not in logs:
            return
        loss, norm = float(logs["loss"]), float(logs.get("grad_norm", 0.0))
        if not math.isfinite(loss):
            self._stop(state, f"The loss is {loss}")
        if not math.isfinite(norm) and not args.fp16:  # in float16 the scaler passes over such steps
            self._stop(state, f"The gradient norm is {norm}")
        if self.divergence.add(state.global_step, loss):
            best = self.divergence.best
            self._stop(state, f"The loss diverges: {loss:.2f}, for {STEPS} steps far above {best:.2f}")
        self.sums.clear()
        self.last = state.global_step

    def _look(self, args: TrainingArguments, state: TrainerState, control: TrainerControl) -> None:
        control.should_log = True
        (broken,) = rank_consensus.greatest((not _finite(self.trainer.model.parameters()),), args.device)
        if broken:
            self._stop(state, "A weight is NaN or infinite")

    def _stop(self, state: TrainerState, what: str) -> None:
        """Raise the error; if the loss of a single step is broken, name that step, as all else follows from it."""
        order = Order(
            self.trainer.callback_handler.train_dataloader,
            self.trainer.args.world_size,
            self.trainer.args.gradient_accumulation_steps,
        )
        found = self._broken(order)
        if found:
            what, where, places = "The loss is NaN or infinite", f"step {found[0]}", found[1]
        else:
            steps = range(self.last + 1, state.global_step + 1)
            where = f"steps {steps.start} to {steps.stop - 1}" if len(steps) > 1 else f"step {state.global_step}"
            places = [row for step in steps for rows in order.rows(step) for row in rows]
        suspects = self._names(places)
        output = Path(self.trainer.args.output_dir)
        if state.is_world_process_zero:
            output.mkdir(parents=True, exist_ok=True)
            (output / LISTED).write_text("".join(f"{name}\n" for name in suspects), "utf-8")
        rest = f" and {len(suspects) - SHOWN} more, all in {output / LISTED}" if len(suspects) > SHOWN else ""
        whole = last_whole(output)
        raise UserError(
            f"{what}, at {where}. Rows: {', '.join(suspects[:SHOWN])}{rest}. "
            f"Last complete checkpoint: {whole.name if whole else 'none'}.",
            "look at these rows; try a lower learning_rate, a longer warmup or a lower max_grad_norm, with another "
            "output_dir. The same command resumes from the last checkpoint, if there is one, and fails again.",
        )

    def _broken(self, order: Order) -> tuple[int, list[int]] | None:
        """The first step since the last log whose loss is NaN or infinite, and its rows in the processes concerned."""
        finite = torch.isfinite(torch.stack(self.sums)).tolist() if self.sums else []
        for place, alike in enumerate(zip(*rank_consensus.every(finite), strict=True)):
            if not all(alike):
                step = self.last + 1 + place
                parts = zip(order.rows(step), alike, strict=True)
                return step, [row for rows, fine in parts if not fine for row in rows]
        return None

    def _names(self, places: Iterable[int]) -> list[str]:
        """The ids of rows; of packed rows, the ids of the documents in them."""
        prepared = self.trainer.train_dataset
        if "id" in prepared.column_names:
            return [prepared[place]["id"] for place in places]
        return traced([prepared[place]["input_ids"] for place in places], self.rows)


def traced(packed: Iterable[Sequence[int]], rows: Dataset) -> list[str]:
    """The ids of the rows in packed sequences, whole, or cut at a sequence's start or end.

    A row begins after the token that rows end with, with the tokens that all rows begin with.
    """
    ids = {tuple(row["input_ids"]): row["id"] for row in rows.select_columns(["id", "input_ids"])}
    first, last = _common(min(ids), max(ids)), next(iter(ids))[-1:]
    found: dict[str, None] = {}
    for sequence in map(tuple, packed):
        after = [place for place in range(1, len(sequence)) if sequence[place - 1 : place] == last]
        starts = [place for place in after if _agree(sequence[place:], first)]
        for start, end in pairwise([0, *starts, len(sequence)]):
            piece = sequence[start:end]
            held = [piece] if piece in ids else [row for row in ids if _part(piece, row)]
            found.update(dict.fromkeys(ids[row] for row in held))
    return list(found)


def _common(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """The beginning that two sequences share."""
    return one[: next((place for place, pair in enumerate(zip(one, other, strict=False)) if len({*pair}) > 1), None)]


def _agree(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether one sequence begins with the other."""
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]


def _part(piece: tuple[int, ...], row: tuple[int, ...]) -> bool:
    return row[: len(piece)] == piece or row[-len(piece) :] == piece


def _finite(weights: Iterable[torch.Tensor]) -> bool:
    """Whether this process' part of all weights is finite."""
    held = [getattr(weight, "ds_tensor", weight) for weight in weights]
    local = [one.to_local() if hasattr(one, "to_local") else one for one in held]
    tests = [torch.isfinite(one.detach()).all() for one in local if one.is_floating_point() and one.numel()]
    return all(bool(test) for test in tests)
