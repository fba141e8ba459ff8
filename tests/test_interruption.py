"""What is said to be kept of interrupted work."""

from pathlib import Path

import pytest

from mnlu_instruct import interruption
from mnlu_instruct.evaluation import answer_cache
from mnlu_instruct.evaluation.engines.engine import Completion


def test_only_what_was_interrupted_says_what_it_kept() -> None:
    with interruption.keeping(lambda: "Unasked."):
        pass
    with pytest.raises(ValueError) as failed, interruption.keeping(lambda: "Failed."):
        raise ValueError
    assert interruption.kept(failed.value) == ""
    with pytest.raises(KeyboardInterrupt) as stopped, interruption.keeping(lambda: "Outer."):  # noqa: SIM117
        with interruption.keeping(lambda: "Inner."):
            raise KeyboardInterrupt
    assert interruption.kept(stopped.value) == "Inner. Outer."


def test_it_is_found_behind_what_was_raised_because_of_it() -> None:
    with pytest.raises(SystemExit) as ended:
        try:
            with interruption.keeping(lambda: "Kept."):
                raise KeyboardInterrupt
        except KeyboardInterrupt as interrupt:
            try:
                raise RuntimeError from interrupt
            except RuntimeError:
                raise SystemExit(130)  # noqa: B904 (as the command line does)
    assert interruption.kept(ended.value) == "Kept."


def test_nothing_is_said_where_nothing_is_kept() -> None:
    with pytest.raises(KeyboardInterrupt) as stopped, interruption.keeping(lambda: ""):
        raise KeyboardInterrupt
    assert interruption.kept(stopped.value) == ""


def test_an_evaluation_says_how_many_answers_it_has(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt) as stopped, answer_cache.opened(tmp_path / "run"):
        raise KeyboardInterrupt
    assert interruption.kept(stopped.value) == ""
    with pytest.raises(KeyboardInterrupt) as stopped, answer_cache.opened(tmp_path / "run") as cache:
        cache.add({str(number): Completion("", "length", 1) for number in range(3)})
        raise KeyboardInterrupt
    words = interruption.kept(stopped.value)
    assert words == f"3 answers are kept in {tmp_path / '.run.part'}, for the same run."
