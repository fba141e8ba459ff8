"""Answer cache of a run, keyed by engine, model hash and token ids: a run that was killed resumes where it stopped."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct, json

from mnlu_instruct import folders, interruption
from mnlu_instruct.evaluation.engines.engine import Completion

NAME = "answers.jsonl"


class Line(Struct, frozen=True):
    """A cached completion with its key."""

    key: str
    completion: Completion


class AnswerCache:
    """The completions of a run so far, in a file of JSON lines to which each is appended."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: dict[str, Completion] = {}
        path.touch()
        whole, _, cut_off = path.read_bytes().rpartition(b"\n")
        for line in whole.splitlines():
            one = json.decode(line, type=Line)
            self.found[one.key] = one.completion
        if cut_off:
            os.truncate(path, len(whole) + 1 if whole else 0)

    def add(self, completions: Mapping[str, Completion]) -> None:
        """Append completions, by their keys."""
        self.found |= completions
        with self.path.open("ab") as file:
            file.write(b"".join(json.encode(Line(key, one)) + b"\n" for key, one in completions.items()))


@contextmanager
def opened(out: Path) -> Iterator[AnswerCache]:
    """Open the answer cache beside a run's folder; it stays if anything fails, and is removed when the run is written.

    Raises:
        UserError: another process is writing this run.
    """
    hidden = out.parent / f".{out.name}.part"
    with folders.locked(hidden, f"Another process is writing {out}."):
        cache = AnswerCache(hidden / NAME)
        with interruption.keeping(lambda: _kept(cache)):
            yield cache
        shutil.rmtree(hidden)


def _kept(cache: AnswerCache) -> str:
    count = len(cache.found)
    return f"{count:,} answers are kept in {cache.path.parent}, for the same run." if count else ""


def key(engine: str, model: str, sampling: Sequence[object], ids: Sequence[int]) -> str:
    """The cache key of a completion: a hash of everything that decides it.

    Args:
        engine: its name and version, and the address of a server.
        model: the hash of its files.
        sampling: the settings of generation.
        ids: the prompt's tokens.
    """
    return hashlib.blake2b(json.encode([engine, model, sampling, ids]), digest_size=16).hexdigest()
