"""Completions kept as they come, so that a run that is killed goes on where it stopped."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct, json

from mnlu_instruct import folders
from mnlu_instruct.evaluation.engines.engine import Completion

NAME = "answers.jsonl"


class Line(Struct, frozen=True):
    """A completion with the hash of what it was made from."""

    key: str
    completion: Completion


class Kept:
    """The completions of a run so far, in a file to which each is appended."""

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
        """Keep some more."""
        self.found |= completions
        with self.path.open("ab") as file:
            file.write(b"".join(json.encode(Line(key, one)) + b"\n" for key, one in completions.items()))


@contextmanager
def keeping(out: Path) -> Iterator[Kept]:
    """What is kept for a run beside its folder, where it stays if anything fails, and goes in the end.

    Raises:
        UserError: another process is writing this run.
    """
    hidden = out.parent / f".{out.name}.part"
    with folders.alone_in(hidden, f"Another process is writing {out}."):
        yield Kept(hidden / NAME)
        shutil.rmtree(hidden)


def key(engine: str, model: str, sampling: Sequence[object], ids: Sequence[int]) -> str:
    """The hash of all that decides a completion.

    Args:
        engine: its name and version, and its address, if it is elsewhere.
        model: the hash of its files.
        sampling: how it generates.
        ids: the prompt's tokens.
    """
    return hashlib.blake2b(json.encode([engine, model, sampling, ids]), digest_size=16).hexdigest()
