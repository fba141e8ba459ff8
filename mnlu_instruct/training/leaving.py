"""How a training process ends."""

import atexit
import os
import sys
from typing import NoReturn


def leave() -> NoReturn:
    """End a process that has saved everything, with status 0 and without taking the interpreter apart.

    A thread of a gloo process group drops the tensors of its last gather late, and needs Python for it. An interpreter
    that goes away meanwhile is aborted or, where it holds its lock and waits for that thread, never ends (torch 2.13:
    `~AsyncAllgatherWork` against `~Reducer`; seen in one of five runs of two processes on a busy machine).
    """
    atexit._run_exitfuncs()  # what trackers such as W&B send last
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
