"""Shared by several tests: the folders of fixtures and real corpora, a corpus' instances, runs of the command line."""

import os
import pickle
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from mnlu_instruct import corpora, tasks
from mnlu_instruct.catalogue.check import Reading
from mnlu_instruct.catalogue.check import read_split as read_now
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources import reading
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.types import Instance
from tests import forks

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


def read_split(name: str, split: str, data: Path = REAL) -> Reading:
    """What a check says of a split of the real corpora, which all tests of a run read once."""
    kept = Path(os.environ["MNLU_CACHE"]).with_name("readings") / f"{name} {split}"
    if data != REAL:
        return read_now(name, split, data)
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        part = kept.with_name(f"{kept.name} {os.getpid()}")
        part.write_bytes(pickle.dumps(read_now(name, split, data)))
        part.replace(kept)
    found: Reading = pickle.loads(kept.read_bytes())
    return found


def instances(corpus: Corpus, split: str, data: Path, ledger: Ledger) -> Iterator[Instance]:
    """All questions of a split, of every kind that the corpus supports."""
    for record in reading.records(corpus, split, data, ledger):
        yield from tasks.instances(record, corpus, tasks.kinds(corpus.tasks), ledger)


def some(found: Iterable[Instance], most: int = 300) -> list[Instance]:
    """All of a few questions, and evenly spaced ones of many: the demo corpora's train splits have thousands alike."""
    every = list(found)
    return every[:: -(-len(every) // most)] if every else []


HEAVY = {"train", "pretrain", "pubmed", "merge", "eval", "ablate", "quickstart", "--model", "--tokenizer"}
"""Words of commands that load torch or transformers."""
AT_START = {"PYTHONHASHSEED", "LC_ALL"}
MAIN = "from mnlu_instruct.cli import main; main()"


def mnlu(*arguments: str | Path, data: Path = FIXTURES, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, forked unless the environment has what only a start reads."""
    words = [str(argument) for argument in arguments]
    kind: forks.Kind = "heavy" if HEAVY & set(words) else "light"
    python = sys.executable if AT_START & environment.keys() else forks.python(kind)
    return subprocess.run(
        [python, "-c", MAIN, *words],
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
"""Code that makes a process heed Ctrl-C: a shell's background jobs, and all processes that they start, ignore it."""
