"""docs/add-a-corpus.md: what the page shows is what happens."""

import re
from pathlib import Path

import pytest

from tests.support import ROOT, failed, mnlu

PAGE = (ROOT / "docs" / "add-a-corpus.md").read_text("utf-8")
BLOCKS = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
COMMANDS = re.findall(r"^\$ mnlu (.*)$", PAGE, re.MULTILINE)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files of the page, to work in; it is the data directory too."""
    for name in ("ward-notes/notes.PubTator", "ward_notes.py", "triage/train.csv", "triage.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(BLOCKS[name], "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), "utf-8")


def test_the_declaration_is_short() -> None:
    assert len(BLOCKS["ward_notes.py"].splitlines()) <= 17


def test_every_command_of_the_page_works(desk: Path) -> None:
    assert len(COMMANDS) == 4
    for command in COMMANDS:
        done = mnlu(*command.split(), data=desk)
        assert done.returncode == 0, (command, done.stderr)
    assert (desk / "out/ward-notes/manifest.json").is_file()
    assert "Drug: Metformin ... aspirin" in mnlu("preview", "ward_notes.py", data=desk).stdout


def test_the_table_builds_too(desk: Path) -> None:
    done = mnlu("build", "--tasks", "dc", "--corpus", "triage.py", "--out", "out", data=desk)
    assert done.returncode == 0, done.stderr
    assert "2 rows" in done.stdout


@pytest.mark.parametrize(
    ("shown", "file", "old", "new"),
    [
        ("declaration", "ward_notes.py", "Local(", "Locl("),
        ("label", "ward_notes.py", ', "Dose": "Dose"', ""),
        ("offset", "ward-notes/notes.PubTator", "\t31\t", "\t32\t"),
    ],
)
def test_mistakes_get_the_messages_of_the_page(desk: Path, shown: str, file: str, old: str, new: str) -> None:
    edit(desk / file, old, new)
    done = mnlu("build", "--tasks", "ner", "--corpus", "ward_notes.py", "--out", "out", "--workers", "1", data=desk)
    failed(done, *BLOCKS[shown].splitlines())
