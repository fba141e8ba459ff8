"""Who is told of the logs."""

import pytest
from transformers.integrations import get_available_reporting_integrations

from mnlu_instruct.errors import UserError
from mnlu_instruct.training.monitor.trackers import chosen

THERE = get_available_reporting_integrations()


def test_tensorboard_where_nothing_else_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    installed = "tensorboard" in THERE
    assert chosen(None) == ["tensorboard"] * installed
    assert ("pip install tensorboard" in capfd.readouterr().err) != installed


@pytest.mark.parametrize("asked", ["none", "all", ["none"], []])
def test_what_is_asked_for(asked: str | list[str]) -> None:
    assert chosen(asked) == ([asked] if isinstance(asked, str) else asked)


def test_unknown_trackers_and_those_that_arent_there() -> None:
    with pytest.raises(UserError) as caught:
        chosen("tensorbord")
    assert "did you mean tensorboard" in caught.value.hint
    assert "neptune" not in THERE
    with pytest.raises(UserError, match="neptune isn't installed"):
        chosen(["none", "neptune"])
