"""Law 1 and 2: who may import whom, and what must not be loaded."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

PACKAGE = ROOT / "mnlu_instruct"
HEAVY = {"torch", "transformers", "vllm", "datasets", "mergekit", "deepspeed", "trl"}
HEAVY_ROOMS = {"training", "engines", "merging"}
FORBIDDEN = {
    "readers": {"tasks", "prompts", "corpora", "corpus", "build", "units", "sampling", "answers"},
    "corpora": {"tasks", "prompts", "build", "units", "sampling", "answers"},
    "tasks": {"corpora", "readers", "reading", "prompts", "build", "units", "sampling"},
    "answers": {"corpora", "corpus", "readers", "tasks", "prompts", "build", "units", "sampling"},
    "scoring": {"tasks", "corpora", "readers", "prompts", "answers", "predictions", "build", "units"},
    "demo": {"corpora", "corpus", "readers", "tasks", "prompts", "answers", "types"},
}


def imported(path: Path) -> set[str]:
    """The modules that a file imports anywhere, `mnlu_instruct.` cut off."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "mnlu_instruct":
            names |= {f"mnlu_instruct.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("room", FORBIDDEN)
def test_rooms_know_only_the_rooms_below(room: str) -> None:
    for path in sorted((PACKAGE / room).glob("*.py")):
        used = {name.split(".")[1] for name in imported(path) if name.startswith("mnlu_instruct.")}
        assert not used & FORBIDDEN[room], path


def test_the_package_imports_no_script_and_only_heavy_rooms_load_anything_heavy_at_the_top() -> None:
    for path in sorted(PACKAGE.rglob("*.py")):
        assert not {name.split(".")[0] for name in imported(path)} & {"train", "merge", "eval"}, path
        top = [
            node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, (ast.Import, ast.ImportFrom))
        ]
        names = {alias.name.split(".")[0] for node in top if isinstance(node, ast.Import) for alias in node.names}
        names |= {(node.module or "").split(".")[0] for node in top if isinstance(node, ast.ImportFrom)}
        assert path.parent.name in HEAVY_ROOMS or not names & HEAVY, path


@pytest.mark.parametrize("code", ["import mnlu_instruct", "from mnlu_instruct.cli import app; app(['--help'])"])
def test_import_and_help_load_nothing_heavy(code: str) -> None:
    report = f"import atexit, sys; atexit.register(lambda: print('LOADED', *sorted(set(sys.modules) & {HEAVY})))\n"
    done = subprocess.run([sys.executable, "-c", report + code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].strip() == "LOADED"
