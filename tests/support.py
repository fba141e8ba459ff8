"""What several tests need: where the fixtures and the real corpora are, and a corpus' instances."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mnlu_instruct import corpora, tasks
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources import reading
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.types import Instance

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "tests" / "fixtures"
REAL = ROOT.parent / "shared" / "corpora"

needs_real_corpora = pytest.mark.skipif(
    not REAL.is_dir(), reason=f"no corpus files in ../shared/corpora beside {ROOT.name}"
)


def splits(data: Path) -> list[tuple[str, str]]:
    """Every split of every registered corpus whose files are in a data directory."""
    return [
        (corpus.name, split)
        for corpus in corpora.registry().values()
        for split in corpus.splits
        if not reading.missing(corpus, data, split)
    ]


def instances(corpus: Corpus, split: str, data: Path, ledger: Ledger) -> Iterator[Instance]:
    """All questions of a split, of every kind that the corpus serves."""
    for record in reading.records(corpus, split, data, ledger):
        yield from tasks.instances(record, corpus, tasks.kinds(corpus.tasks), ledger)


def mnlu(*arguments: str | Path, data: Path = FIXTURES, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", "from mnlu_instruct.cli import main; main()", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={
            "PATH": "/usr/bin:/bin",
            "MNLU_DATA": str(data),
            "MNLU_CACHE": os.environ["MNLU_CACHE"],
            "COLUMNS": "120",
            **environment,
        },
    )


def failed(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Assert that a command ended as bad input must: status 1, one sentence with the words, a hint, no traceback."""
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stderr.count("error:") == 1, done.stderr
    assert "hint:" in done.stderr, done.stderr
    for word in words:
        assert word in done.stderr, (word, done.stderr)


HEEDING = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
"""Undoes what a shell does to its background jobs: they, and all that they start, ignore Ctrl-C."""
