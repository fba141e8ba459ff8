"""Forward a scheduler's signals to the processes that train; loads nothing of torch.

Slurm sends SIGTERM, and the signal of `sbatch --signal`, to every process of a job; `kill` and `timeout` send theirs to
one. The launchers in between handle them badly: accelerate's dies at once and leaves the training running, torchrun's
gives it thirty seconds, too few to save a large model. So signals are blocked for them, and this process forwards them.
"""

import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import FrameType

from mnlu_instruct import console

ASKING = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)
"""The signals that ask a training to save and stop."""
UNHEARD = (signal.SIGUSR2,)
"""Signals that a scheduler sends to all processes though they are meant for this one alone (submitit); they would end
processes without a handler."""
AGAIN = 1.0
"""Seconds after which the request is repeated, as another process may have started meanwhile."""


def run(command: Sequence[str], environment: Mapping[str, str], script: str) -> int:
    """Run a command whose descendants run a script; returns the command's exit status.

    A signal that asks for a stop is forwarded to those descendants as SIGTERM. A second Ctrl-C kills them at once. The
    command and its descendants start with the signals blocked; the script unblocks them.
    """
    asked: list[int] = []

    def hear(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT and number in asked:
            _send(process.pid, script, signal.SIGKILL)
            process.kill()
            return
        if not asked:
            console.notice(f"{signal.Signals(number).name}: the training saves a checkpoint and stops.")
        asked.append(number)
        _send(process.pid, script, signal.SIGTERM)

    before = {number: signal.signal(number, hear) for number in ASKING}
    held = signal.pthread_sigmask(signal.SIG_BLOCK, ASKING + UNHEARD)
    try:
        process = subprocess.Popen(command, env=dict(environment))
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
        while True:
            try:
                return process.wait(AGAIN)
            except subprocess.TimeoutExpired:
                if asked:
                    _send(process.pid, script, signal.SIGTERM)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
        for number, handler in before.items():
            signal.signal(number, handler)


def _send(root: int, script: str, number: signal.Signals) -> None:
    import psutil  # noqa: PLC0415 (comes with accelerate)

    with suppress(psutil.NoSuchProcess):
        for one in psutil.Process(root).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                if script in one.cmdline():
                    one.send_signal(number)
