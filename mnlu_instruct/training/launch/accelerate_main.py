"""accelerate's launcher without its traceback: `python -m mnlu_instruct.training.launch.accelerate_main …`."""

import logging
import signal
import subprocess
import sys

from accelerate.commands.launch import main
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

from mnlu_instruct import console


def launch() -> int:
    """Run `accelerate launch` with this process' arguments; returns 0, or 1 if a training process failed."""
    # It warns of each value that it decides itself, and of that it could be told to use another.
    logging.getLogger("accelerate.commands.launch").setLevel(logging.ERROR)
    try:
        main()
    except subprocess.CalledProcessError as error:
        return _failed(0, error.returncode)
    except ChildFailedError as error:
        rank, failure = error.get_first_failure()
        return _failed(rank, failure.exitcode)
    return 0


def _failed(rank: int, status: int) -> int:
    if status < 0:
        console.error(
            f"Process {rank} of the training was ended by {signal.Signals(-status).name}.",
            "a machine that runs out of memory ends processes with SIGKILL; the same command resumes the training.",
        )
    return 1


if __name__ == "__main__":
    sys.exit(launch())
