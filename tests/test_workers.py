"""Work in processes: results in order, errors passed on, dead workers named."""

import os
import signal

import pytest

from mnlu_instruct import workers
from mnlu_instruct.errors import UserError


def square(number: int) -> int:
    return number * number


def fail(number: int) -> int:
    raise UserError(f"no {number}", "give another")


def die(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.parametrize("processes", [1, 2])
def test_results_keep_their_order_and_each_end_is_told(processes: int) -> None:
    ended: list[int] = []
    with workers.process_pool(processes) as pool:
        assert workers.run([(square, (number,)) for number in range(6)], pool, ended.append) == [0, 1, 4, 9, 16, 25]
    assert sorted(ended) == list(range(6))


@pytest.mark.parametrize("processes", [1, 2])
def test_a_users_error_comes_through_with_its_hint(processes: int) -> None:
    with pytest.raises(UserError) as caught, workers.process_pool(processes) as pool:
        workers.run([(fail, (3,))], pool, lambda _: None)
    assert (caught.value.message, caught.value.hint) == ("no 3", "give another")


def test_a_worker_that_dies_is_an_error() -> None:
    with pytest.raises(UserError, match="died"), workers.process_pool(2) as pool:
        workers.run([(die, (1,)), (square, (2,))], pool, lambda _: None)
