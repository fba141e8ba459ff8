"""How long `mnlu --help`, completion and `mnlu doctor` take, here and at an older commit, alternately, in CPU seconds.

python benchmarks/startup.py --against cf961f1
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich import print as say

ROOT = Path(__file__).parents[1]
MAIN = "import sys; sys.argv[0] = 'mnlu'; from mnlu_instruct.cli import main; main()"
CASES: dict[str, tuple[list[str], dict[str, str]]] = {
    "mnlu --help": (["--help"], {}),
    "completion": ([], {"_MNLU_COMPLETE": "complete_bash", "COMP_WORDS": "mnlu corpora show bio", "COMP_CWORD": "3"}),
    "mnlu doctor": (["doctor"], {}),
}


def main(
    against: Annotated[str, typer.Option(help="The older commit.")] = "cf961f1",
    rounds: Annotated[int, typer.Option(min=3, help="Runs of each.")] = 9,
) -> None:
    """Print the median CPU seconds of both, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        older = Path(folder) / "older"
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", str(older), against], cwd=ROOT, check=True)
        try:
            for name, (words, environment) in CASES.items():
                pairs = [(taken(older, words, environment), taken(ROOT, words, environment)) for _ in range(rounds + 1)]
                before, now = (statistics.median(times) for times in zip(*pairs[1:], strict=True))  # the first warms up
                say(f"{name:12}  {against} {before:.2f} s, here {now:.2f} s: {before / now:.2f} times as fast")
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(older)], cwd=ROOT, check=True)


def taken(root: Path, words: list[str], environment: dict[str, str]) -> float:
    """The CPU seconds of a command, user and system."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-c", MAIN, *words],
        env={**os.environ, **environment, "PYTHONPATH": str(root)}, cwd=root, stdout=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    typer.run(main)
