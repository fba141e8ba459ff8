"""The wheel: it carries prompts, recipes and demo corpora, and works without the repository."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support import ROOT


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the contents of the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "site")
    return folder / "site"


def test_only_the_package_is_in_the_wheel(installed: Path) -> None:
    assert sorted(path.name.split("-")[0] for path in installed.iterdir()) == ["mnlu_instruct", "mnlu_instruct"]


def test_it_builds_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = "import mnlu_instruct; print(mnlu_instruct.__file__); from mnlu_instruct.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(installed), "HOME": str(tmp_path), "MNLU_DATA": ""}
    done = subprocess.run(
        [sys.executable, "-c", code, "build", "--recipe", "demo", "--out", str(tmp_path / "out"), "--workers", "1"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(installed))
    assert (tmp_path / "out" / "manifest.json").is_file()
