"""End a training process: exit status, error message, and no hang at exit."""

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
"""Seconds that a process waits for the first process of its machine to print an error that both found."""


def run(work: Callable[[], None]) -> NoReturn:
    """Run a process' work and exit: with status 0, 1 after an error, or 130 after a second Ctrl-C."""
    try:
        work()
    except UserError as error:
        fail(error)
    except KeyboardInterrupt:
        leave(128 + signal.SIGINT)
    except Exception:  # whatever it is: the others would wait for a process that doesn't exit
        traceback.print_exc()
        leave(1)
    leave()


def leave(status: int = 0) -> NoReturn:
    """Exit a process that has saved everything or failed, without shutting down the interpreter.

    A thread of a gloo process group frees the tensors of its last gather late, and needs Python for that. An
    interpreter that shuts down meanwhile is aborted or, if it holds its lock and waits for that thread, never ends
    (torch 2.13: `~AsyncAllgatherWork` against `~Reducer`; seen in one of five runs of two processes on a busy machine).
    """
    atexit._run_exitfuncs()  # trackers such as W&B send their last data
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def fail(error: UserError) -> NoReturn:
    """Print an error and exit with status 1.

    Of an error that all processes find, only the first process of a machine prints it: the launcher ends the others as
    soon as one has failed.
    """
    if os.environ.get("LOCAL_RANK", "0") != "0":
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        time.sleep(PATIENCE)
    console.error(error.message, error.hint)
    leave(1)
