"""An executor that runs calls on the machines of a Ray cluster, which must share a file system."""

import os
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from mnlu_instruct.errors import UserError, install

Result = TypeVar("Result")

RETRIES = 10
"""How often a task is retried if its machine fails."""

PATIENCE = 10.0
"""Seconds to wait for a cluster to accept a connection."""


class Cluster(Executor):
    """An executor whose calls are Ray tasks of one core each."""

    def __init__(self, ray: Any) -> None:
        self._task = ray.remote(num_cpus=1, max_retries=RETRIES)(_call)

    def submit(self, function: Callable[..., Result], /, *arguments: Any, **named: Any) -> "Future[Result]":
        """Run one call on some machine of the cluster."""
        future: Future[Result] = self._task.remote(function, arguments, named).future()
        return future


@contextmanager
def cluster(address: str | None, processes: int) -> Iterator[Cluster]:
    """Connect to the cluster at an address ("auto" finds the one on this machine), or start a local one.

    Args:
        address: of a running cluster; None starts one here.
        processes: the processes of the local cluster.

    Raises:
        UserError: Ray is not installed, no cluster answers, or a task's machines failed more often than it is retried.
    """
    try:
        import ray  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise UserError("Ray is not installed.", f"{install('ray')}.") from error
    try:
        _connect(ray, address, processes)
    except OSError as error:
        raise UserError(f"No Ray cluster answers at {address}.", "start one with 'ray start --head'.") from error
    try:
        yield Cluster(ray)
    except ray.exceptions.RayTaskError:  # an error of the call itself, which it is an instance of, too
        raise
    except ray.exceptions.RayError as error:
        reason = str(error).strip().partition("\n")[0]
        raise UserError(
            f"The Ray cluster lost a task: {reason}", "'ray status' shows which machines are left."
        ) from error
    finally:
        ray.shutdown()


def _connect(ray: Any, address: str | None, processes: int) -> None:
    if address is None:
        ray.init(num_cpus=processes, include_dashboard=False, log_to_driver=False)
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if port.isdigit():  # if nothing answers, Ray itself would retry for minutes, and then end the process
        socket.create_connection((host, int(port)), PATIENCE).close()
    ray.init(address, log_to_driver=False, runtime_env={"env_vars": _environment()})


def _environment() -> dict[str, str]:
    """The environment of the tasks: the store is at the same place as here."""
    return {"MNLU_CACHE": str(Path(place).absolute())} if (place := os.environ.get("MNLU_CACHE")) else {}


def _call(function: Callable[..., Result], arguments: tuple[Any, ...], named: dict[str, Any]) -> Result:
    return function(*arguments, **named)
