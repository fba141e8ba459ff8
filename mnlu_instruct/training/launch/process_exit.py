"""How a training process ends."""

import atexit
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import NoReturn

from mnlu_instruct import console
from mnlu_instruct.errors import UserError

PATIENCE = 2.0
"""How many seconds a process waits for the first of its machine to say what both found."""


def run(work: Callable[[], None]) -> NoReturn:
    """Do a process' work and end it: with status 0, 1 after an error, or 130 after a second Ctrl-C."""
    try:
        work()
    except UserError as error:
        fail(error)
    except KeyboardInterrupt:
        leave(128 + signal.SIGINT)
    except Exception:  # whatever it is, a process that stays is waited for
        traceback.print_exc()
        leave(1)
    leave()


def leave(status: int = 0) -> NoReturn:
    """End a process that has saved everything or failed, without taking the interpreter apart.

    A thread of a gloo process group drops the tensors of its last gather late, and needs Python for it. An interpreter
    that goes away meanwhile is aborted or, where it holds its lock and waits for that thread, never ends (torch 2.13:
    `~AsyncAllgatherWork` against `~Reducer`; seen in one of five runs of two processes on a busy machine).
    """
    atexit._run_exitfuncs()  # what trackers such as W&B send last
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def fail(error: UserError) -> NoReturn:
    """End a process with status 1, and say why.

    What all processes find, the first of a machine says: its launcher ends the others, as soon as one has failed.
    """
    if os.environ.get("LOCAL_RANK", "0") != "0":
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        time.sleep(PATIENCE)
    console.error(error.message, error.hint)
    leave(1)
