"""Python programs that start at once: forked from a process that has already imported everything heavy.

Importing torch, TRL, DeepSpeed and vLLM takes 20 seconds of a core, and hundreds of tests start a program.
`python(kind)` is the path of an interpreter that takes `script`, `-m module` or `-c code` like the real one. So do all
programs that these start through `sys.executable`, such as launchers and the ranks of a training. A server
(`server.py`) forks each program; the interpreter (`client.py`) relays signals, exit status, and its own death.

Three things differ from the real interpreter: modules are imported already, in the server's environment; the parent of
a program is the server; signals to a process group reach only the interpreters. Tests about these use `sys.executable`.
"""

import fcntl
import os
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import Literal

Kind = Literal["light", "heavy"]
"""What is imported: this package without what takes seconds, or everything."""

FOLDER = "MNLU_TEST_FORKS"
"""The variable that names the folder of this run of pytest, where its servers listen."""

CONTROLLER = "MNLU_TEST_CONTROLLER"
"""The variable that has the number of the process pytest was started as, with which servers end."""

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PATIENCE = 300
"""Seconds that a server may take to import everything, on a busy machine."""

_started: dict[Kind, subprocess.Popen[bytes]] = {}
"""The servers that this process has started."""


@cache
def python(kind: Kind) -> str:
    """The path of an interpreter whose programs are forked; its server is started, unless another test has done so."""
    start(kind)
    folder = Path(os.environ[FOLDER]) / kind
    end = time.monotonic() + PATIENCE
    while not (folder / "socket").exists():
        dead = kind in _started and _started[kind].poll() is not None
        assert not dead and time.monotonic() < end, (folder / "log").read_text("utf-8")
        time.sleep(0.02)
    return str(folder / "python3")


def start(kind: Kind) -> None:
    """Start an interpreter's server, unless another process of this run has done so; it may take a minute to listen."""
    folder = Path(os.environ[FOLDER]) / kind
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "python3").exists():
            _started[kind] = _server(kind, folder)


def _server(kind: Kind, folder: Path) -> subprocess.Popen[bytes]:
    """Write the interpreter and start its server."""
    client = (HERE / "client.py").read_text("utf-8")
    (folder / "python3").write_text(f"#!{sys.executable} -IS\nSOCKET = {str(folder / 'socket')!r}\n{client}", "utf-8")
    (folder / "python3").chmod(0o755)
    with (folder / "log").open("w") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.forks.server", kind, str(folder), os.environ[CONTROLLER]],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT, start_new_session=True,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"},
        )  # fmt: skip
