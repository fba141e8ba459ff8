"""What is said to be kept of interrupted work."""

from pathlib import Path

import pytest

from mnlu_instruct import interruption
from mnlu_instruct.evaluation import answer_cache
from mnlu_instruct.evaluation.engines.engine import Completion


@pytest.fixture(autouse=True)
def _nothing_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interruption, "_kept", [])


def test_only_what_was_interrupted_says_what_it_kept() -> None:
    with interruption.keeping(lambda: "Unasked."):
        pass
    with pytest.raises(ValueError), interruption.keeping(lambda: "Failed."):
        raise ValueError
    assert interruption.kept() == ""
    with (
        pytest.raises(KeyboardInterrupt),
        interruption.keeping(lambda: "Outer."),
        interruption.keeping(lambda: "Inner."),
    ):
        raise KeyboardInterrupt
    assert interruption.kept() == "Inner. Outer."


def test_nothing_is_said_where_nothing_is_kept() -> None:
    with pytest.raises(KeyboardInterrupt), interruption.keeping(lambda: ""):
        raise KeyboardInterrupt
    assert interruption.kept() == ""


def test_an_evaluation_says_how_many_answers_it_has(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), answer_cache.opened(tmp_path / "run") as cache:
        cache.add({str(number): Completion("", "length", 1) for number in range(3)})
        raise KeyboardInterrupt
    assert interruption.kept() == f"3 answers are kept in {tmp_path / '.run.part'}; the run goes on from them."
