"""Install a training's callbacks, in the order in which they must be called."""

import sys

from datasets import Dataset
from transformers import PrinterCallback, ProgressCallback, Trainer
from transformers.trainer_callback import DefaultFlowCallback

from mnlu_instruct.training.identity import Identity
from mnlu_instruct.training.monitor.checkpoints import Checkpoints
from mnlu_instruct.training.monitor.held_out_answers import Answers
from mnlu_instruct.training.monitor.preemption import Preemption, Request
from mnlu_instruct.training.monitor.progress import Bar, Lines
from mnlu_instruct.training.monitor.speed import Speed
from mnlu_instruct.training.monitor.watchdog import Watchdog


def watch(trainer: Trainer, rows: Dataset, held: Dataset, request: Request, training: Identity) -> Preemption:
    """Install the callbacks of a trainer; returns the one that knows whether the training was stopped.

    Args:
        trainer: the trainer.
        rows: the training data as token ids, before the trainer packed it.
        held: the held-out rows.
        request: tells whether this process is asked to stop.
        training: the training's identity.
    """
    handler = trainer.callback_handler
    preemption = Preemption(request)
    asking = [Answers(trainer, held, request)] if held else []
    ours = [*asking, preemption, Checkpoints(training, trainer), Watchdog(trainer, rows), Speed(trainer)]
    shown = {PrinterCallback: Lines(), ProgressCallback: Bar() if sys.stderr.isatty() else Lines()}
    # Ours come after the flow callback, which decides what is due, and before those that report logs (TensorBoard).
    rest = [shown.get(type(one), one) for one in handler.callbacks if not isinstance(one, DefaultFlowCallback)]
    flow = [one for one in handler.callbacks if isinstance(one, DefaultFlowCallback)]
    handler.callbacks = [*flow, *ours, *rest]
    return preemption
