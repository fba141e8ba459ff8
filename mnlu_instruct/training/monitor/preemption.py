"""A training that is asked to stop saves a checkpoint at the end of a step and leaves; the same command goes on.

transformers' `enable_jit_checkpoint` (5.19) is not used: each of its processes waits three seconds for itself and then
saves where it stands, so that two processes save different steps or wait for each other for ever; and it can save
between the gradients and the update, which are then lost.
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
"""How often the processes ask each other, in seconds; a step that takes longer is asked after each."""

LAUNCHED = "ACCELERATE_MIXED_PRECISION"
"""A variable that accelerate's launcher sets."""


class Request:
    """Whether this process has been asked to stop: by a signal, or because its launcher is gone.

    accelerate's launcher of one process, run without `mnlu train`, dies of the first signal and leaves the training
    behind. A second SIGINT ends it at once; any other signal that comes again changes nothing. Processes forked from
    this one (those that load data) hear the signals too, as Slurm sends them to all, and go on.
    """

    def __init__(self) -> None:
        self.heard = False
        self.launcher = os.getppid() if LAUNCHED in os.environ else None

    @property
    def made(self) -> bool:
        """Whether it was."""
        return self.heard or self.launcher not in {None, os.getppid()}

    def listen(self) -> None:
        """Hear signals from now on, and those that were held back since the process began (`forwarding`)."""
        for number in ASKING:
            signal.signal(number, self._hear)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ASKING)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.heard = True
        if number == signal.SIGINT:
            signal.signal(number, signal.default_int_handler)


class Preemption(TrainerCallback):  # type: ignore[misc]
    """Ends a training at the same step in all processes, after one of them was asked to.

    They ask each other (one all-reduce of two numbers) about once a second, at steps that all know: after each, where a
    step takes a second, after every twentieth, where twenty do. A process alone asks itself after each.

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
        """Begin to count steps and seconds."""
        self.since = (state.global_step, time.monotonic())
        self.next = state.global_step + 1

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Save and stop, if that was asked; an evaluation that is due would take too long."""
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
            args.save_only_model = False  # without the optimizer's state it could not go on

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Ask again after the next step: an evaluation takes long."""
        self.since = (state.global_step, time.monotonic())
        self.next = state.global_step + 1

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """The loop takes a stop for an epoch's end; all that is due then was done or can wait."""
        if self.stopped:
            control.should_log = control.should_evaluate = control.should_save = False

    def say(self, state: TrainerState) -> None:
        """Where the training stopped, in the first process."""
        if state.is_world_process_zero:
            words = f"stopped at step {state.global_step} of {state.max_steps}; the same command goes on."
            console.output.print(words, soft_wrap=True)
