"""Tables at any width; progress where there is no terminal: a line an interval, with the time left."""

import re
from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from mnlu_instruct import console
from tests.support import ROOT, mnlu


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    return now


def lines(clock: list[float], reports: list[tuple[float, str, float]]) -> list[str]:
    with console.notices.capture() as captured, console.progress() as report:
        for at, stage, share in reports:
            clock[0] = 100 + at
            report(stage, share)
    return captured.get().splitlines()


def test_one_line_an_interval_with_the_time_left(clock: list[float]) -> None:
    steps = [(at, "asking", at / 200) for at in range(0, 201, 5)]
    found = lines(clock, [(float(at), stage, share) for at, stage, share in steps])
    assert len(found) == 200 / console.INTERVAL
    assert found[0] == "asking: 10 %, 3 min 00 left"
    assert found[-1] == "asking: 100 %"


def test_short_work_says_nothing(clock: list[float]) -> None:
    assert lines(clock, [(0, "reading", 0), (5, "reading", 1), (6, "[writing]", 0), (12, "[writing]", 1)]) == []


def test_each_stage_has_its_own_time(clock: list[float]) -> None:
    found = lines(clock, [(0, "reading", 0), (90, "reading", 1), (90, "[b]", 0), (130, "[b]", 0.5)])
    assert found == ["reading: 100 %", "[b]: 50 %, 40 s left"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "0 s"), (12.4, "12 s"), (61, "1 min 01"), (187, "3 min 07"), (3599.6, "1 h 00"), (7_500, "2 h 05")],
)
def test_durations(seconds: float, words: str) -> None:
    assert console.duration(seconds) == words


COUNTS = st.integers(0, 10**12) | st.floats(-1e9, 1e9)
NAMES = st.text("abc def-ghi/", max_size=60)
ROWS = st.integers(1, 6).flatmap(lambda count: st.lists(st.tuples(NAMES, *[COUNTS] * count), min_size=1, max_size=5))


def shown(width: int, columns: Sequence[str], rows: Sequence[Sequence[object]], **more: Any) -> str:
    """A table as printed on a console of this width."""
    with patch.object(console, "output", Console(width=width, highlight=False)), console.output.capture() as captured:
        console.table(columns, rows, **more)
    return captured.get()


@given(ROWS, st.integers(20, 120), st.booleans())
def test_no_number_is_cut_however_narrow_the_console_is(
    rows: list[tuple[object, ...]], width: int, dense: bool
) -> None:
    columns = ["a data set", *(f"column {number}" for number in range(len(rows[0]) - 1))]
    printed = shown(width, columns, rows, title="t", totals=rows[0], dense=dense).split()
    for row in rows:
        assert {console.cell(value) for value in row[1:]} <= set(printed)


def test_a_table_is_as_wide_as_the_console_if_there_is_room() -> None:
    rows = [("ner", "the corpus has none of the requested splits " * 3, 2_000)]
    printed = shown(80, ("task", "why", "rows"), rows)
    assert max(map(len, printed.splitlines())) <= 80
    assert "2,000" in printed


def test_every_table_is_printed_whole() -> None:
    """Tables go through `console.show`; Rich's own `print` cuts their numbers."""
    for path in (ROOT / "mnlu_instruct").rglob("*.py"):
        source = path.read_text("utf-8")
        if path.name != "console.py" and "rich.table" in source:
            assert "console.show(" in source and "print(drawn" not in source, path


@pytest.mark.parametrize(
    "words",
    [
        "corpora",
        "corpora check demo-ner demo-re",
        "build --recipe demo --dry-run",
        "duplicates --corpora demo",
        "leakage --corpora demo --suite demo",
        "suite list",
        "doctor",
    ],
)
def test_what_commands_print_at_80_columns_has_the_numbers_of_300(words: str) -> None:
    def numbers(columns: str) -> list[str]:
        printed = re.sub(r"[\d,]+ MB are free", "", mnlu(*words.split(), COLUMNS=columns).stdout)
        return sorted(re.findall(r"[\d,.]*\d", printed))

    assert numbers("80") == numbers("300") != []
