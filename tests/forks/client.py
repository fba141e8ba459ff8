"""An interpreter that asks the server at SOCKET for a fork of itself, and stands for it: signals, exit status, death.

It must start in milliseconds, so it imports little. `forks._start` prepends the line that sets SOCKET.
"""

import array
import os
import signal
import socket
import sys

PASSED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGQUIT)


def main() -> None:
    """Ask for the fork, tell it what an interpreter inherits, and wait for its end."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, PASSED)
    ignored = [number for number in PASSED if signal.getsignal(number) == signal.SIG_IGN]
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(SOCKET)  # type: ignore[name-defined] # noqa: F821
    inherited = [",".join(str(int(number)) for number in numbers) for numbers in (ignored, blocked)]
    environment = [f"{name}={value}" for name, value in os.environ.items()]
    words = [
        os.getcwd(),  # noqa: PTH109 (pathlib takes as long to import as all the rest)
        *inherited,
        str(len(sys.argv) - 1),
        *sys.argv[1:],
        *environment,
    ]
    content = "\0".join(words).encode("utf-8", "surrogateescape")
    descriptors = array.array("i", [0, 1, 2])
    connection.sendmsg(
        [len(content).to_bytes(4, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors.tobytes())]
    )
    connection.sendall(content)
    answers = connection.makefile("rb")
    child = int(answers.readline())
    for number in PASSED:
        signal.signal(number, lambda number, _: os.kill(child, number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED)
    status = int(answers.readline())
    if status < 0:
        if -status != signal.SIGKILL:
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)


main()
