"""Running calls in worker processes, with results in the order of the calls."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

from mnlu_instruct.errors import UserError

Result = TypeVar("Result")
Call = tuple[Callable[..., Result], tuple[object, ...]]
Progress = Callable[[str, float], None]
"""A callback that receives the name of a stage and the share of it that is done (0 to 1)."""


@contextmanager
def process_pool(processes: int) -> Iterator[Executor | None]:
    """A pool of worker processes; None for one process, so that this process does the work.

    Workers are spawned (forking a process that holds a tokenizer's threads can hang). Whatever ends the block early,
    Ctrl-C included, also ends the workers.
    """
    if processes == 1:
        yield None
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_ignore_interrupt)
    try:
        yield pool
    finally:
        for process in multiprocessing.active_children():
            process.terminate()
        # Waits for the pool's thread, which ends at once without workers: an interpreter that exits at the same time
        # may write to a pipe that the thread closes (Python 3.11).
        pool.shutdown(wait=True, cancel_futures=True)


def run(calls: Sequence[Call[Result]], pool: Executor | None, done: Callable[[int], None]) -> list[Result]:
    """The results of (function, arguments) calls, in their order; `done(index)` is called for each finished call.

    Raises:
        UserError: a call raised one, or a worker process died.
    """
    if pool is None:
        return list(_here(calls, done))
    futures: list[Future[Result]] = [pool.submit(function, *arguments) for function, arguments in calls]
    places = {future: index for index, future in enumerate(futures)}
    try:
        for future in as_completed(futures):
            future.result()
            done(places[future])
    except BrokenProcessPool as error:
        raise UserError("A worker process died.", "if memory ran out, use fewer --workers.") from error
    return [future.result() for future in futures]


def spread(
    calls: Sequence[Call[Result]],
    pool: Executor | None,
    progress: Progress,
    stage: str,
    sizes: Sequence[int] | None = None,
) -> list[Result]:
    """The results of calls, in their order; progress is reported after each call.

    Args:
        calls: functions with their arguments.
        pool: worker processes, or None.
        progress: receives the share of the stage that is done.
        stage: the name of the stage.
        sizes: the weight of each call in that share; all equal, if not given.

    Raises:
        UserError: as `run`.
    """
    shares = sizes or [1] * len(calls)
    ended: list[int] = []
    progress(stage, 0.0)

    def done(index: int) -> None:
        ended.append(shares[index])
        progress(stage, sum(ended) / sum(shares))

    return run(calls, pool, done)


def _here(calls: Sequence[Call[Result]], done: Callable[[int], None]) -> Iterator[Result]:
    for index, (function, arguments) in enumerate(calls):
        yield function(*arguments)
        done(index)


def _ignore_interrupt() -> None:
    """Ignore Ctrl-C: the parent process handles it and ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
