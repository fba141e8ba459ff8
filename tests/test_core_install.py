"""Without extras: what can't run says which extra it lacks. Simulated by hiding what the core doesn't depend on."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support import FIXTURES, ROOT

CODE = """
import importlib.metadata as metadata
import re
import sys
from importlib.machinery import PathFinder
from packaging.requirements import Requirement

def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()

needed, waiting = set(), ["mnlu-instruct"]
while waiting:
    name = normal(waiting.pop())
    if name in needed:
        continue
    needed.add(name)
    try:
        requirements = map(Requirement, metadata.requires(name) or [])
    except metadata.PackageNotFoundError:
        continue
    waiting += [one.name for one in requirements if not one.marker or one.marker.evaluate({"extra": ""})]

ours = {m for m, found in metadata.packages_distributions().items() if needed & set(map(normal, found))}
others = metadata.packages_distributions().keys() - ours

class Core(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in others else PathFinder.find_spec(name, path, target)

sys.meta_path[:] = [Core if one is PathFinder else one for one in sys.meta_path]
for name in list(sys.modules):
    if name.partition(".")[0] in others:
        del sys.modules[name]
from mnlu_instruct.cli import main
main()
"""
RUNS = {
    "eval --engine baseline --model majority --suite demo --limit 2 --out run": 0,
    "build --recipe demo --set n=70 --out data": 0,
    "suite export demo --limit 1 --out questions": 0,
    "corpora check demo-re": 0,
    "leakage --corpora demo --suite demo": 0,
    "doctor": 0,
}
LACKS = {
    "train tiny": "train",
    "train tiny --dry-run": "train",
    "merge dare": "merge",
    "merge dare --sweep weight=0.3": "merge",
    "ablate re_task_diversity-tiny --dry-run": "train",
    "eval --model x --suite demo --out run": "eval",
    "eval --engine transformers --model x --suite demo --out run": "eval",
    "eval --engine server --base-url http://localhost:1/v1 --model x --suite demo --out run": "eval",
    "models check --model x": "tokens",
    "models get x.gguf --out y": "gguf",
    "preview demo-ner --model x": "tokens",
    "build --recipe demo --tokenizer x --max-tokens 100 --workers 1 --out data": "tokens",
    "quickstart": "train,merge,eval",
    "push m me/x": "share",
}


def ran(words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "x.gguf").write_bytes(b"GGUF")
    (folder / "m").mkdir()
    (folder / "m" / "config.json").write_text("{}", "utf-8")
    return subprocess.run(
        [sys.executable, "-c", CODE, *words.split()],
        cwd=folder, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(ROOT), "MNLU_DATA": str(FIXTURES), "MNLU_CACHE": str(folder / "cache"), "COLUMNS": "99"},
    )  # fmt: skip


@pytest.mark.parametrize("words", RUNS)
def test_what_runs_without_extras(words: str, tmp_path: Path) -> None:
    done = ran(words, tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("words", LACKS)
def test_what_does_not_says_which_extra_it_lacks(words: str, tmp_path: Path) -> None:
    done = ran(words, tmp_path)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert f"pip install -e '.[{LACKS[words]}]' in the clone" in done.stderr, done.stderr
    assert done.stderr.count("error:") == 1


@pytest.mark.slow
def test_a_core_install_in_a_new_environment_builds_and_scores(tmp_path: Path) -> None:
    """With pip, out of the package registry: what is hidden above isn't there at all."""
    clone, python = tmp_path / "clone", tmp_path / "new" / "bin" / "python"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "new"], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", clone], check=True)
    told = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "MNLU_DATA": str(FIXTURES),
        "MNLU_CACHE": str(tmp_path / "c"),
    }
    for words in RUNS:
        done = subprocess.run(
            [python.with_name("mnlu"), *words.split()],
            cwd=tmp_path, capture_output=True, text=True, check=False, env=told,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("lock", "extras"), [("cpu", "train merge eval gguf dev"), ("gpu", "train merge eval gguf gpu")]
)
def test_locks_hold_what_the_extras_ask_for(lock: str, extras: str) -> None:
    lines = (ROOT / "requirements" / f"{lock}.lock").read_text("utf-8").splitlines()
    pins = dict(line.partition(";")[0].strip().split("==") for line in lines if "==" in line)
    absent = {
        line.split()[0] for line in (ROOT / "requirements" / f"overrides-{lock}.txt").read_text("utf-8").splitlines()
    }
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [
        *declared["dependencies"],
        *(one for extra in extras.split() for one in declared["optional-dependencies"][extra]),
    ]
    for requirement in map(Requirement, wanted):
        if requirement.name not in absent:
            assert requirement.specifier.contains(pins[requirement.name], prereleases=True), requirement
