"""What a stage that needs models hears of their trainings."""

from pathlib import Path

import pytest

from mnlu_instruct.errors import UserError
from mnlu_instruct.training.launch import launcher


def whole(folder: Path) -> Path:
    folder.mkdir()
    (folder / launcher.WHOLE).write_text("{}", "utf-8")
    return folder


def test_of_several_the_first_that_is_not_whole_failed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(launcher, "launch", lambda *_: 1)
    outputs = {Path("a.yaml"): whole(tmp_path / "a"), Path("b.yaml"): tmp_path / "b", Path("c.yaml"): tmp_path / "c"}
    with pytest.raises(UserError, match=r"The training failed: b\.yaml"):
        launcher.finish(outputs, [], {})


def test_a_failure_after_all_are_whole_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(launcher, "launch", lambda *_: 1)
    with pytest.raises(UserError, match=r"The training failed: a\.yaml"):
        launcher.finish({Path("a.yaml"): whole(tmp_path / "a")}, [], {})


def test_one_that_was_asked_to_stop_leaves_nothing_to_go_on_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(launcher, "launch", lambda *_: 0)
    with pytest.raises(KeyboardInterrupt):
        launcher.finish({Path("a.yaml"): whole(tmp_path / "a"), Path("b.yaml"): tmp_path / "b"}, [], {})
