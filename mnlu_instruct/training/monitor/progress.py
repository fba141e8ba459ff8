"""Progress output of a training, by the first process: a line for each log, and a progress bar if there is a terminal.

In a file, as on a cluster or in CI, a bar would be redrawn thousands of times.
"""

import sys
from typing import Any

from datasets import disable_progress_bars
from transformers import PrinterCallback, ProgressCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.utils import logging

from mnlu_instruct import console


def quiet_libraries() -> None:
    """Let transformers and datasets draw no progress bars where the output is no terminal."""
    if not sys.stderr.isatty():
        disable_progress_bars()
        logging.disable_progress_bar()


def line(step: int, steps: int, logs: dict[str, Any]) -> str:
    """Format a log as a line: `120/1600  loss 0.4120  norm 1.23  12.3k tok/s (2,104 trained)  MFU 46 %`."""
    parts = [f"{step}/{steps}", f"loss {logs['loss']:.4f}"]
    if "grad_norm" in logs:
        parts.append(f"norm {logs['grad_norm']:.2f}")
    if "tokens_per_second" in logs:
        speeds = (_short(logs["tokens_per_second"]), _short(logs["trained_tokens_per_second"]))
        parts.append("{} tok/s ({} trained)".format(*speeds))
    if "mfu" in logs:
        parts.append(f"MFU {100 * logs['mfu']:.0f} %")
    if "eta_seconds" in logs:
        parts.append(f"{console.duration(logs['eta_seconds'])} left")
    return "  ".join(parts)


class Lines(PrinterCallback):  # type: ignore[misc]
    """Prints a line for each log, without a progress bar."""

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any],
        **kwargs: Any,
    ) -> None:
        """Print it."""
        if state.is_world_process_zero and "loss" in logs:
            console.line(line(state.global_step, state.max_steps, logs))


class Bar(ProgressCallback):  # type: ignore[misc]
    """Prints a line for each log above the progress bar."""

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any],
        **kwargs: Any,
    ) -> None:
        """Print it."""
        if self.training_bar is not None and "loss" in logs:
            self.training_bar.write(line(state.global_step, state.max_steps, logs))


def _short(number: float) -> str:
    return f"{number / 1e3:.1f}k" if number >= 1e4 else f"{number:,.0f}"
