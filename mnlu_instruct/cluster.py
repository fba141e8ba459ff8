"""Work spread over the machines of a Ray cluster, which see one file system."""

import os
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from mnlu_instruct.errors import UserError

Result = TypeVar("Result")

RETRIES = 10
"""How often a task is begun anew whose machine went away."""

PATIENCE = 10.0
"""Seconds that a cluster has to answer."""


class Cluster(Executor):
    """An executor whose calls are Ray tasks of one core each."""

    def __init__(self, ray: Any) -> None:
        self._task = ray.remote(num_cpus=1, max_retries=RETRIES)(_call)

    def submit(self, function: Callable[..., Result], /, *arguments: Any, **named: Any) -> "Future[Result]":
        """Have one call done somewhere."""
        future: Future[Result] = self._task.remote(function, arguments, named).future()
        return future


@contextmanager
def cluster(address: str | None, processes: int) -> Iterator[Cluster]:
    """A running cluster by its address ("auto" finds the one of this machine), or one of some processes here.

    Raises:
        UserError: Ray is not installed, no cluster answers, or it loses more machines than it tries again for.
    """
    try:
        import ray  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise UserError("Ray is not installed.", "pip install 'mnlu-instruct[ray]'.") from error
    try:
        _connect(ray, address, processes)
    except OSError as error:
        raise UserError(f"No Ray cluster answers at {address}.", "start one: ray start --head.") from error
    try:
        yield Cluster(ray)
    except ray.exceptions.RayTaskError:  # an error of the call itself, which it is an instance of, too
        raise
    except ray.exceptions.RayError as error:
        reason = str(error).strip().partition("\n")[0]
        raise UserError(f"The Ray cluster lost work: {reason}", "'ray status' says what is left of it.") from error
    finally:
        ray.shutdown()


def _connect(ray: Any, address: str | None, processes: int) -> None:
    if address is None:
        ray.init(num_cpus=processes, include_dashboard=False, log_to_driver=False)
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if port.isdigit():  # where nothing answers, Ray would ask for minutes, and then end the process
        socket.create_connection((host, int(port)), PATIENCE).close()
    ray.init(address, log_to_driver=False, runtime_env={"env_vars": _environment()})


def _environment() -> dict[str, str]:
    """Where the store is: elsewhere as here."""
    return {"MNLU_CACHE": str(Path(place).absolute())} if (place := os.environ.get("MNLU_CACHE")) else {}


def _call(function: Callable[..., Result], arguments: tuple[Any, ...], named: dict[str, Any]) -> Result:
    return function(*arguments, **named)
