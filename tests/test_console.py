"""Progress where there is no terminal: a line an interval, with the time left."""

import pytest

from mnlu_instruct import console


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
