"""Signals pass the launchers by and reach the processes that train."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CHILD = """
import signal, sys, time
from pathlib import Path
heard = []
signal.signal(signal.SIGTERM, lambda *_: heard.append(1))
Path(sys.argv[1]).touch()
time.sleep(1)                       # a process that still loads: the signal waits
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
while not heard or sys.argv[2] == "deaf":
    time.sleep(0.05)
sys.exit(3)
"""


@pytest.mark.parametrize(("sent", "deaf", "status"), [(["TERM"], False, 3), (["INT", "INT"], True, -9)])
def test_the_launchers_pass_on_what_they_dont_hear(tmp_path: Path, sent: list[str], deaf: bool, status: int) -> None:
    script, ready = tmp_path / "child.py", tmp_path / "ready"
    script.write_text(CHILD, "utf-8")
    child = [sys.executable, str(script), str(ready), "deaf" * deaf]
    between = f"import subprocess, sys; sys.exit(subprocess.run({child}).returncode)"
    code = (
        "import os, sys; from mnlu_instruct.training.launch import signal_forwarding; "
        f"print(signal_forwarding.run({[sys.executable, '-c', between]}, os.environ, {str(script)!r}))"
    )
    outer = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True)
    while not ready.exists():
        assert outer.poll() is None
        time.sleep(0.01)
    for name in sent:
        os.killpg(outer.pid, signal.Signals[f"SIG{name}"])  # the launcher between gets it, too, and bears it
        time.sleep(0.3)
    said, _ = outer.communicate(timeout=30)
    assert int(said) == status
