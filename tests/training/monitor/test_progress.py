"""A line a log."""

from mnlu_instruct.training.monitor.progress import duration, line


def test_the_line_fits_a_terminal() -> None:
    logs = {
        "loss": 0.41234, "grad_norm": 1.234, "tokens_per_second": 12345.6, "trained_tokens_per_second": 987.6,
        "mfu": 0.4567, "eta_seconds": 7500.0,
    }  # fmt: skip
    assert line(120, 1600, logs) == "120/1600  loss 0.4123  norm 1.23  12.3k tok/s (988 trained)  MFU 46 %  2 h 05 left"
    assert [duration(seconds) for seconds in (0.2, 61, 3599.6, 3600)] == ["0 s", "1 min 01", "1 h 00", "1 h 00"]
