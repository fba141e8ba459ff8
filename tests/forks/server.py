"""The server of forks: imports what is heavy, then forks a program for each client that asks.

`python -m tests.forks.server KIND FOLDER CONTROLLER`; it ends with the process CONTROLLER, the pytest that needs it.
"""

import array
import atexit
import gc
import importlib
import multiprocessing
import os
import pkgutil
import random
import runpy
import selectors
import signal
import socket
import struct
import sys
import threading
import time
import traceback
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, NoReturn

HEAVY = (
    *("torch", "transformers", "datasets", "accelerate.commands.launch", "torch.distributed.run", "deepspeed", "peft"),
    *("trl", "mergekit.merge", "tensorboard", "torch.utils.tensorboard", "xgrammar", "vllm", "openai"),
    *("vllm.v1.worker.cpu_worker", "nltk"),
)
LATE = {"mnlu_instruct.evaluation.engines.vllm_offline", "mnlu_instruct.demo.__main__"}
"""Modules that set the environment of the program that imports them, or are programs themselves."""
HEAVY_ROOMS = tuple(
    f"mnlu_instruct.{name}"
    for name in ("training", "merging", "evaluation.engines", "ablation", "cli.tables.training", "cli.tables.ablations")
)


class Asked(NamedTuple):
    """A program, and what it inherits."""

    folder: str
    ignored: list[int]
    blocked: list[int]
    words: list[str]
    environment: dict[str, str]
    descriptors: list[int]


def preload(kind: str) -> None:
    """Import the modules of a kind."""
    import mnlu_instruct  # noqa: PLC0415

    if kind == "heavy":
        os.environ |= {"VLLM_LOGGING_LEVEL": "ERROR", "VLLM_LOGGING_STREAM": "ext://sys.stderr"}  # as vllm_offline does
        for name in HEAVY:
            importlib.import_module(name)
        from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer  # noqa: F401, PLC0415
        from trl import SFTConfig, SFTTrainer  # noqa: F401, PLC0415
        from vllm import EngineArgs, LLMEngine, SamplingParams  # noqa: F401, PLC0415
    for module in pkgutil.walk_packages(mnlu_instruct.__path__, "mnlu_instruct."):
        if module.name not in LATE and (kind == "heavy" or not module.name.startswith(HEAVY_ROOMS)):
            importlib.import_module(module.name)


def serve(listening: socket.socket, controller: int) -> None:
    """Fork for each client, tell it the program's number and then its status; kill the program of one that dies."""
    waiting = selectors.DefaultSelector()
    waiting.register(listening, selectors.EVENT_READ, None)
    waiting.register(os.pidfd_open(controller), selectors.EVENT_READ, -1)
    while True:
        for key, _ in waiting.select():
            if key.data is None:
                client, _ = listening.accept()
                child = _forked(client, waiting)
                client.sendall(b"%d\n" % child)
                ended = os.pidfd_open(child)
                waiting.register(client, selectors.EVENT_READ, child)
                waiting.register(ended, selectors.EVENT_READ, (child, client))
            elif key.data == -1:
                return
            elif isinstance(key.data, int):  # a client says nothing more, unless it died
                os.kill(key.data, signal.SIGKILL)
                waiting.unregister(key.fileobj)
            else:
                child, client = key.data
                status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                waiting.unregister(key.fd)
                os.close(key.fd)
                if client in waiting.get_map():
                    waiting.unregister(client)
                    client.sendall(b"%d\n" % status)
                client.close()


def _forked(client: socket.socket, waiting: selectors.BaseSelector) -> int:
    """The number of a new process that does what a client asks."""
    asked = _asked(client)
    child = os.fork()
    if child == 0:
        for key in list(waiting.get_map().values()):
            os.close(key.fd)
        client.close()
        _become(asked)
    for descriptor in asked.descriptors:
        os.close(descriptor)
    return child


def _asked(client: socket.socket) -> Asked:
    header, rights, _, _ = client.recvmsg(4, socket.CMSG_SPACE(3 * array.array("i").itemsize))
    content = b""
    while len(content) < int.from_bytes(header, "big"):
        content += client.recv(1 << 16)
    folder, ignored, blocked, count, *rest = content.decode("utf-8", "surrogateescape").split("\0")
    pairs = (one.partition("=") for one in rest[int(count) :])
    return Asked(
        folder,
        [int(number) for number in ignored.split(",") if number],
        [int(number) for number in blocked.split(",") if number],
        rest[: int(count)],
        {name: value for name, _, value in pairs},
        list(struct.unpack("3i", rights[0][2])),
    )


def _become(asked: Asked) -> NoReturn:
    """Be the program that is asked for, to its end."""
    os.setsid()
    for target, descriptor in enumerate(asked.descriptors):
        os.dup2(descriptor, target)
        os.close(descriptor)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN if number in asked.ignored else signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN if signal.SIGINT in asked.ignored else signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, asked.blocked)
    os.environ.clear()
    os.environ.update(asked.environment)
    os.chdir(asked.folder)
    time.tzset()
    random.seed()
    _measure()
    status = _ended(asked.words)
    threading._shutdown()  # type: ignore[attr-defined] # waits for threads, as an interpreter does
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)


def _measure() -> None:
    """Let what is printed be as wide as this program's terminal, not the server's."""
    from mnlu_instruct import console  # noqa: PLC0415

    for one in (console.output, console.notices):
        one._width = int(os.environ["COLUMNS"]) if os.environ.get("COLUMNS", "").isdigit() else None


def _ended(words: list[str]) -> int:
    """Run a program; its exit status, or the negative number of the signal that it ends by."""
    try:
        _run(words)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        sys.stderr.write(f"{end.code}\n")
        return 1
    except KeyboardInterrupt:
        traceback.print_exc()
        return -signal.SIGINT
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _run(words: list[str]) -> None:
    """What `python WORDS` does."""
    words = [word for word in words[:1] if word != "-u"] + words[1:]
    kind, rest = words[0], words[1:]
    main = sys.modules["__main__"] = ModuleType("__main__")
    sys.path[0] = "" if kind in ("-c", "-m") else str(Path(kind).absolute().parent)
    sys.path[1:1] = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    if kind == "-c":
        sys.argv = ["-c", *rest[1:]]
        exec(compile(rest[0], "<string>", "exec"), main.__dict__)
    elif kind == "-m":
        sys.argv = ["-m", *rest[1:]]
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = words
        runpy.run_path(kind, run_name="__main__")


def main(kind: str, folder: str, controller: str) -> None:
    """Import, then listen; the socket appears when it can be asked."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})  # as on a machine with one core: commands start no workers, if not told to
    preload(kind)
    os.sched_setaffinity(0, cores)
    multiprocessing.set_executable(sys.executable)  # workers inherit more descriptors than a client passes on
    sys.executable = str(Path(folder) / "python3")
    assert threading.active_count() == 1, [thread.name for thread in threading.enumerate()]
    gc.collect()
    gc.freeze()
    listening = socket.socket(socket.AF_UNIX)
    part = Path(folder) / "part"
    listening.bind(str(part))
    listening.listen(64)
    part.rename(Path(folder) / "socket")
    serve(listening, int(controller))


if __name__ == "__main__":
    main(*sys.argv[1:])
