"""A line a log, and a bar only on a terminal."""

from pathlib import Path

import pytest

from mnlu_instruct.training.monitor.progress import line
from tests.training import inside
from tests.training.conftest import data  # noqa: F401 (a fixture)


def test_the_line_fits_a_terminal() -> None:
    logs = {
        "loss": 0.41234, "grad_norm": 1.234, "tokens_per_second": 12345.6, "trained_tokens_per_second": 987.6,
        "mfu": 0.4567, "eta_seconds": 7500.0,
    }  # fmt: skip
    assert line(120, 1600, logs) == "120/1600  loss 0.4123  norm 1.23  12.3k tok/s (988 trained)  MFU 46 %  2 h 05 left"


def test_without_a_terminal_there_is_a_line_a_log_and_no_bar(
    data: Path,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    inside.trainer(data, tmp_path, disable_tqdm=False, max_steps=3).trainer.train()
    shown = capsys.readouterr()
    assert [one.split("  ")[0] for one in shown.out.splitlines() if "loss" in one] == ["1/3", "2/3", "3/3"]
    assert "\r" not in shown.out
    assert "/3 [" not in shown.err  # the trainer's bar; `quiet_libraries` turns off those of others, for good
