"""Every finding is executable, names its pins, stands alone, and is listed."""

import os
import re
from pathlib import Path

import pytest

from tests.support import ROOT

FOLDER = ROOT / "findings"
SCRIPTS = sorted(FOLDER.glob("*.sh"))
INSTALL = re.compile(r"\bpip\S* install ((?:[^\n\\]|\\\n)*)")
PIN = re.compile(r"^[\w.\[\],-]+==[\w.]+$")


def requirements(script: str) -> list[str]:
    """What a script has pip install, options aside."""
    words = [word.strip("'\"") for line in INSTALL.findall(script) for word in line.split() if word != "\\"]
    return [word for word in words if not word.startswith("-")]


def test_there_is_a_readme_that_states_their_form() -> None:
    assert "name==version" in (FOLDER / "README.md").read_text("utf-8")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_finding(path: Path) -> None:
    script = path.read_text("utf-8")
    assert os.access(path, os.X_OK)
    assert script.startswith("#!/usr/bin/env bash\n# ")
    assert "set -euo pipefail" in script
    assert "mktemp -d" in script
    assert requirements(script)
    for word in requirements(script):
        assert PIN.match(word), f"{word} is not pinned"
    assert "mnlu" not in script
    assert f"| `{path.stem}` |" in (FOLDER / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("line", "pinned"),
    [("pip install -q a==1.0 'b[c]==2.1'", True), ("pip install a>=1", False), ("pip install a", False)],
)
def test_what_counts_as_a_pin(line: str, pinned: bool) -> None:
    assert all(PIN.match(word) for word in requirements(line)) == pinned
