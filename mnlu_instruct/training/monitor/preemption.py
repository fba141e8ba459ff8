"""Stop a training on a signal: save a checkpoint at the end of a step and exit; the same command resumes.

transformers' `enable_jit_checkpoint` (5.19) is not used: each of its processes waits three seconds by itself and then
saves wherever it is, so that two processes save different steps or wait for each other for ever; and it can save
between computing the gradients and the update, which are then lost.
"""

import os
import signal
import time
from types import FrameType
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from mnlu_instruct import console
from mnlu_instruct.training import rank_consensus
from mnlu_instruct.training.launch.signal_forwarding import ASKING

PERIOD = 1.0
"""Seconds between checks whether any process was asked to stop; after each step, if steps take longer."""

LAUNCHED = "ACCELERATE_MIXED_PRECISION"
"""A variable that accelerate's launcher sets."""


class Request:
    """Whether this process has been asked to stop: by a signal, or because its launcher is gone.

    accelerate's launcher of one process, run without `mnlu train`, dies of the first signal and leaves the training
    running. A second SIGINT ends this process at once; other repeated signals change nothing. Forked processes (data
    loaders) get the signals too, as Slurm sends them to all, and ignore them.
    """

    def __init__(self) -> None:
        self.heard = False
        self.launcher = os.getppid() if LAUNCHED in os.environ else None

    @property
    def made(self) -> bool:
        """Whether this process was asked to stop."""
        return self.heard or self.launcher not in {None, os.getppid()}

    def listen(self) -> None:
        """Handle signals from now on, and those that were blocked since the process began (`signal_forwarding`)."""
        for number in ASKING:
            signal.signal(number, self._hear)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ASKING)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.heard = True
        if number == signal.SIGINT:
            signal.signal(number, signal.default_int_handler)


class Preemption(TrainerCallback):  # type: ignore[misc]
    """Ends a training at the same step in all processes, after one of them was asked to stop.

    The processes exchange requests (one all-reduce of two numbers) about once a second, at steps that all agree on:
    after each step if a step takes a second, after every twentieth if twenty do. A single process checks after each.

    Attributes:
        stopped: whether the training was ended before its last step.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.stopped = False
        self.since = (0, 0.0)
        self.next = 0

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Start counting steps and seconds."""
        self.since = (state.global_step, time.monotonic())
        self.next = state.global_step + 1

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Save and stop, if any process was asked to; skip an evaluation that is due, as it would take too long."""
        if state.global_step < min(self.next, state.max_steps):
            return
        before, then = self.since
        seconds = (time.monotonic() - then) / (state.global_step - before)
        asked, slowest = rank_consensus.greatest((self.request.made, seconds), args.device)
        self.since = (state.global_step, time.monotonic())
        self.next = state.global_step + (max(1, int(PERIOD / slowest)) if args.world_size > 1 else 1)
        if asked and state.global_step < state.max_steps:
            self.stopped = True
            control.should_log = control.should_save = control.should_training_stop = True
            control.should_evaluate = False
            args.save_only_model = False  # without the optimizer's state the training couldn't resume

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Check again after the next step, as an evaluation takes long."""
        self.since = (state.global_step, time.monotonic())
        self.next = state.global_step + 1

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Skip what is due at the end of an epoch, for which the training loop takes a stop."""
        if self.stopped:
            control.should_log = control.should_evaluate = control.should_save = False

    def say(self, state: TrainerState) -> None:
        """Print where the training stopped, in the first process."""
        if state.is_world_process_zero:
            words = f"stopped at step {state.global_step} of {state.max_steps}; the same command goes on."
            console.output.print(words, soft_wrap=True)
