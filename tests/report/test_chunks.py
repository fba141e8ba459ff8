"""The answers that fit into a page, and all of them in a folder beside it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation.runs import read
from mnlu_instruct.report import answers, chunks, frame, overview, page, render, write
from tests.report import helpers


def script(path: Path) -> tuple[str, int, str, Any]:
    """What a file of the folder tells the page."""
    words = path.read_text("utf-8")
    ending = ");\n"
    assert words.startswith("arrived(") and words.endswith(ending)
    kind, number, key, content = json.loads(f"[{words.removeprefix('arrived(').removesuffix(ending)}]")
    assert path.name == f"{kind}-{number}.js"
    return kind, number, key, content


def test_a_sample_fits_or_is_smaller(runs: list[Path]) -> None:
    found = read(runs)
    judged = [answers.judge(found, name) for name in overview.datasets(found)]
    before = chunks.fitting(judged, 10_000_000)
    assert (before.limit, before.long) == chunks.LADDER[0]
    size = len(before.index) + sum(map(len, before.chunks))
    for room in (2 * size // 3, size // 4, size // 10):
        sample = chunks.fitting(judged, room)
        assert len(sample.index) + sum(map(len, sample.chunks)) <= room
        assert sample.limit < before.limit
        assert all(count <= sample.limit for count in sample.shown.values())
        before = sample
    assert chunks.fitting(judged, 1_000) == chunks.NOTHING


def test_a_page_is_as_small_as_it_must_be_and_says_what_is_missing(
    runs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = render(runs)
    assert "smaller than usual" not in whole
    largest = len(whole.encode()) - 200_000
    monkeypatch.setattr(page, "LARGEST", largest)
    smaller = render(runs)
    assert len(smaller.encode()) < largest + 10_000
    assert "smaller than usual" in smaller and helpers.cards(smaller)
    monkeypatch.setattr(page, "LARGEST", 1_000)
    assert "Not even one answer" in render(runs)


def test_the_folder_has_every_answer_once_in_the_order_shown(
    runs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "SIZE", 10_000)
    monkeypatch.setattr(chunks, "ENTRIES", 150)
    write(runs, tmp_path / "report.html", every=True)
    files = [script(path) for path in (tmp_path / "report-files").iterdir()]
    facts = helpers.data((tmp_path / "report.html").read_text("utf-8"), "facts")
    assert {key for _, _, key, _ in files} == {facts["key"]}
    index = sorted((number, content) for kind, number, _, content in files if kind == "index")
    cards = {number: content for kind, number, _, content in files if kind == "answers"}
    assert [number for number, _ in index] == list(range(facts["files"]["indexes"])) and len(index) > 1
    parts = [part for _, some in index for part in some]
    assert len(parts) == len(cards) > 10

    found = []
    for number, part in enumerate(parts):
        assert [one[0] for one in part["questions"]] == [card["id"] for card in cards[number]]
        for (_, codes), card in zip(part["questions"], cards[number], strict=True):
            verdicts = list(facts["verdicts"])
            assert [[one["system"], verdicts.index(one["verdict"]), None] for one in card["answers"]] == [
                code[:3] for code in codes
            ]
            for one, (*_, kinds) in zip(card["answers"], codes, strict=True):
                bits = {kind for place, kind in enumerate(facts["kinds"]) if kinds >> place & 1}
                assert bits == set(one.get("errors", {}))
            name = facts["datasets"][part["dataset"]]
            found += [(name, one["system"], card["id"], one["said"]) for one in card["answers"]]
    expected = [
        (name, place, line.instance.id, line.prediction.prediction)
        for place, run in enumerate(read(runs))
        for name, lines in run.lines.items()
        for line in lines
    ]
    assert sorted(found) == sorted(expected)


def test_the_same_runs_give_the_same_folder(runs: list[Path], tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(runs, tmp_path / name / "report.html", every=True)
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / name).rglob("*.*") if path.is_file()}
        for name in ("one", "two")
    )
    assert first == second and "report.html" in first and "answers-0.js" in first


def test_a_folder_of_somebody_else_is_left_alone(runs: list[Path], tmp_path: Path) -> None:
    (tmp_path / "report-files").mkdir()
    (tmp_path / "report-files" / "thesis.tex").write_text("years of work")
    with pytest.raises(UserError, match=r"has no index-0\.js"):
        write(runs, tmp_path / "report.html", every=True)
    assert [path.name for path in tmp_path.iterdir()] == ["report-files"]


def test_a_report_that_fails_leaves_the_one_before(
    runs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(runs[:1], tmp_path / "report.html", every=True)
    before = {path.name: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(chunks, "_script", full)
        with pytest.raises(UserError, match="No space left"):
            write(runs, tmp_path / "report.html", every=True)
    with monkeypatch.context() as patch:
        patch.setattr(frame.Path, "replace", full)
        with pytest.raises(UserError, match="No space left"):
            write(runs, tmp_path / "report.html", every=True)
    assert {path.name: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()} == before


def test_a_report_of_other_answers_has_another_key(runs: list[Path], tmp_path: Path) -> None:
    other = Path(shutil.copytree(runs[1], tmp_path / "other"))
    helpers.spoil(other / "predictions.jsonl", lambda row: row.update(prediction="another"))
    keys = [chunks.fingerprint(read([run])) for run in (runs[1], other, runs[1])]
    assert keys[0] == keys[2] != keys[1]
