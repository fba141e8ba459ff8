"""What code made a stored thing: every module that is reached counts, by what it says."""

import shutil
from pathlib import Path

import pytest

from mnlu_instruct import assets, corpora, tasks
from mnlu_instruct.dataset import code_fingerprint, store
from tests.laws.test_layers import NAME, files, imports


def test_every_module_that_the_store_imports_is_reached() -> None:
    reached = {NAME, f"{NAME}.dataset.store", f"{NAME}.corpora.biored", f"{NAME}.tasks"}
    while more := {other for module in reached for other in imports()[module]} - reached:
        reached |= more
    found = code_fingerprint.reached(corpora.file("biored"), Path(tasks.__file__), Path(store.__file__))
    assert {files()[module] for module in reached} <= {*found, files()[NAME]}
    assert {f"{NAME}.{name}" for name in ("readers.pubtator", "tasks.re", "sources.reading")} <= reached


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small package, and a user's corpus beside it, in a folder of their own."""
    root = tmp_path / "here" / NAME
    (root / "readers").mkdir(parents=True)
    (root / "readers" / "lines.py").write_text("one = 1\n")
    (tmp_path / "here" / "mine.py").write_text(f"from {NAME}.readers.lines import one\n")
    monkeypatch.setattr(assets, "PACKAGE", root)
    return tmp_path


def test_neither_where_it_is_installed_nor_where_a_users_file_lies_counts(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = code_fingerprint.code(package / "here" / "mine.py")
    shutil.copytree(package / "here", package / "there")
    (package / "there" / "mine.py").rename(package / "mine.py")
    monkeypatch.setattr(assets, "PACKAGE", package / "there" / NAME)
    assert code_fingerprint.code(package / "mine.py") == before


def test_another_word_or_another_place_of_a_reached_module_counts(package: Path) -> None:
    mine, lines = package / "here" / "mine.py", assets.PACKAGE / "readers" / "lines.py"
    before = code_fingerprint.code(mine)
    lines.write_text("one = 2\n")
    changed = code_fingerprint.code(mine)
    lines.write_text("one = 1\n")
    assert code_fingerprint.code(mine) == before != changed
    lines.rename(assets.PACKAGE / "lines.py")
    mine.write_text(f"from {NAME}.lines import one\n")
    moved = code_fingerprint.code(mine)
    assert moved not in (before, changed)
