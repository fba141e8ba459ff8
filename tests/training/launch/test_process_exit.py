"""How a process ends: with its status, at once, and with one voice."""

import os
import signal
import subprocess
import sys
import time

import pytest

CODE = """
import atexit, sys, threading
from mnlu_instruct.errors import UserError
from mnlu_instruct.training.launch import process_exit
def work():
    atexit.register(print, "last words")
    threading.Thread(target=threading.Event().wait).start()  # an interpreter would wait for it for ever
    print("at work", flush=True)
    {end}
process_exit.run(work)
"""


def ended(end: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CODE.format(end=end)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, **environment},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("end", "status", "words"),
    [
        ("return", 0, ""),
        ("raise UserError('It is wrong.', 'mend it.')", 1, "error: It is wrong.\nhint: mend it.\n"),
        ("raise KeyboardInterrupt", 130, ""),
    ],
)
def test_a_process_ends_with_its_status_and_its_trackers_last_words(end: str, status: int, words: str) -> None:
    process = ended(end)
    said, errors = process.communicate(timeout=30)
    assert (process.returncode, said, errors) == (status, "at work\nlast words\n", words)


def test_a_process_with_an_error_of_ours_ends_too() -> None:
    process = ended("raise RuntimeError('a bug')")
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1 and "RuntimeError: a bug" in errors


def test_what_all_processes_find_one_says() -> None:
    process = ended("raise UserError('It is wrong.', 'mend it.')", LOCAL_RANK="1")
    assert process.stdout is not None and process.stdout.readline() == "at work\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)  # as the launcher does when the first has failed
    assert process.communicate(timeout=30)[1] == ""
    alone = ended("raise UserError('It is wrong.', 'mend it.')", LOCAL_RANK="1")
    assert alone.communicate(timeout=30)[1].startswith("error: It is wrong.")
