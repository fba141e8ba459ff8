"""A build that is killed goes on from what is whole, and ends with the same bytes."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from mnlu_instruct import folders, interruption
from mnlu_instruct.dataset import build, layout, manifest, rendering
from mnlu_instruct.dataset.recipe import build_recipe
from mnlu_instruct.errors import UserError
from mnlu_instruct.leakage.search import Leaks
from mnlu_instruct.sources.unit import Unit
from tests.dataset.test_build import same
from tests.support import FIXTURES, MAIN, failed, mnlu

OPTIONS = {"corpora": ["demo"], "tasks": ["ner", "dc", "re", "nli", "sts", "summ"], "n": 12_000, "short": "accept"}
COMMAND = ["build", "--corpora", "demo", "--tasks", "ner,dc,re,nli,sts,summ", "--n", "12000", "--short", "accept"]


def begin(out: Path, store: Path, workers: int) -> "subprocess.Popen[bytes]":
    """Start a build in a process group of its own."""
    command = [sys.executable, "-c", MAIN, *COMMAND]
    return subprocess.Popen(
        [*command, "--out", str(out), "--workers", str(workers)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "MNLU_DATA": str(FIXTURES), "MNLU_CACHE": str(store)},
    )


def kill_at(moments: Sequence[float], folder: Path) -> None:
    """Kill a build at moments of its time, which grow with the machine's; then let one end, and compare."""
    started = time.monotonic()
    assert begin(folder / "whole", folder / "first", 2).wait() == 0
    takes = time.monotonic() - started
    for moment in moments:
        running = begin(folder / "killed", folder / "second", 2)
        time.sleep(moment * takes)
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        if (folder / "killed").exists():
            assert same(folder / "whole", folder / "killed")
            shutil.rmtree(folder / "killed")
    assert begin(folder / "killed", folder / "second", 2).wait() == 0
    assert same(folder / "whole", folder / "killed")
    assert {path.name for path in folder.iterdir()} == {"whole", "killed", "first", "second"}


def test_killed_at_three_moments_the_bytes_are_the_same(tmp_path: Path) -> None:
    kill_at((0.5, 0.7, 0.9), tmp_path)


@pytest.mark.slow
def test_killed_at_twenty_random_moments_the_bytes_are_the_same(tmp_path: Path) -> None:
    kill_at([random.uniform(0.1, 1.0) for _ in range(20)], tmp_path)


@pytest.mark.parametrize("order", ["shuffled", "corpus"])
@pytest.mark.parametrize("stopped", ["rendering", "writing"])
def test_what_is_whole_is_not_written_again(
    stopped: str, order: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "ROWS", 2_000)
    drafted = build.draft(build_recipe(None, {**OPTIONS, "order": order}), FIXTURES, None, lambda *_: None)
    build.write(drafted, tmp_path / "whole", None, lambda *_: None)

    def stop(stage: str, share: float) -> None:
        if stage == stopped and share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as stopping:
        build.write(drafted, tmp_path / "again", None, stop)
    (hidden,) = (tmp_path / ".again.part").iterdir()
    kept = f"{len(list(hidden.glob('*.json')))} finished files are kept in {hidden.parent}"
    assert kept in interruption.kept(stopping.value)
    done = sorted(hidden.glob("*.arrow" if stopped == "rendering" else "*.parquet"))
    assert done
    times = {path.name: path.stat().st_mtime_ns for path in done}

    def check(stage: str, share: float) -> None:
        if stage == "writing" and share == 1:
            assert times == {path.name: path.stat().st_mtime_ns for path in done}

    build.write(drafted, tmp_path / "again", None, check)
    assert same(tmp_path / "whole", tmp_path / "again")


def test_another_build_does_not_go_on_with_these_shards(tmp_path: Path) -> None:
    drafted = build.draft(build_recipe(None, OPTIONS), FIXTURES, None, lambda *_: None)

    def stop(stage: str, share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build.write(drafted, tmp_path / "x", None, stop)
    other = build.draft(build_recipe(None, {**OPTIONS, "seed": 7}), FIXTURES, None, lambda *_: None)
    build.write(other, tmp_path / "x", None, lambda *_: None)
    build.write(other, tmp_path / "y", None, lambda *_: None)
    assert same(tmp_path / "x", tmp_path / "y")
    assert {path.name for path in tmp_path.iterdir()} == {"x", "y"}


def test_a_build_whose_drawn_rows_are_others_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = build_recipe(None, {"corpora": ["demo"], "tasks": ["dc"], "exclude_leaks": "demo"})
    keys = []
    for groups in ({}, {}, {"demo-dc/1": "text of a test set"}):
        leaks = Leaks({Unit("demo-dc", "train"): groups}, [])
        monkeypatch.setattr(build, "leaked", lambda *_, leaks=leaks: leaks)
        keys.append(build.key(build.draft(recipe, FIXTURES, None, lambda *_: None)))
    assert keys[0] == keys[1] != keys[2]


def test_a_second_build_of_the_same_folder_is_refused(tmp_path: Path) -> None:
    with folders.locked(tmp_path / ".x.part"):
        failed(mnlu("build", "--recipe", "demo", "--out", tmp_path / "x"), "Another process is writing")


def test_a_shard_cut_short_before_its_sheet_is_written_anew(tmp_path: Path) -> None:
    ordered = build_recipe(None, {**OPTIONS, "order": "corpus"})
    drafted = build.draft(ordered, FIXTURES, None, lambda *_: None)
    build.write(drafted, tmp_path / "whole", None, lambda *_: None)
    names = sorted(path.name for path in (tmp_path / "whole").glob("*.parquet"))
    with pytest.raises(UserError), folders.resumable_folder(tmp_path / "x", build.key(drafted)) as hidden:
        (hidden / names[0]).write_bytes(b"PAR1")
        (hidden / names[1]).with_suffix(f"{rendering.SHEET}.part").write_bytes(b"{")
        raise UserError("killed here.", "a test")
    build.write(drafted, tmp_path / "x", None, lambda *_: None)
    assert same(tmp_path / "whole", tmp_path / "x")
    manifest.verify(tmp_path / "x")


def test_a_disk_that_fills_up_leaves_no_broken_file_and_no_traceback(tmp_path: Path) -> None:
    out = tmp_path / "small"
    out.mkdir()
    mount = f"mount -t tmpfs -o size=300k tmpfs {out}"
    if subprocess.run(["unshare", "-rm", "sh", "-c", mount], capture_output=True, check=False).returncode:
        pytest.skip("no small file system can be mounted here")
    command = f"{sys.executable} -c 'from mnlu_instruct.cli import main; main()' {' '.join(COMMAND)} --workers 2"
    script = (
        f"{mount} && {command} --out {out}/x; code=$?; find {out} -name '*.parquet' -not -path '*.part/*'; exit $code"
    )
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MNLU_DATA": str(FIXTURES)},
    )
    failed(done, "No space left on device")
    assert not [line for line in done.stdout.splitlines() if line.endswith(".parquet")]
