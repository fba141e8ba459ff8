"""Folders: outputs that appear under their name whole, or not at all; and places for one process at a time."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mnlu_instruct.errors import UserError


def check(out: Path, overwrite: bool, mark: str) -> None:
    """That a folder can be written at `out`; better said before hours of work than after.

    Args:
        out: the folder to be.
        overwrite: whether what is there may be replaced.
        mark: the file that shows that what is there was written by this program.

    Raises:
        UserError: it can't be written, or what is there must not be lost.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=out.parent).close()
    except OSError as error:
        raise UserError(
            f"{out} can't be written: {error.strerror}.", "choose another folder: --out, or `out` in the recipe."
        ) from error
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not overwrite:
        raise UserError(f"{out} is there already.", "add --overwrite, or choose another folder.")
    if not (out / mark).is_file():
        raise UserError(
            f"{out} holds no {mark}, so it is not overwritten.", "choose another folder: --out, or `out` in the recipe."
        )


@contextmanager
def appearing(out: Path) -> Iterator[Path]:
    """A hidden folder beside `out` to write into: it takes `out`'s place in the end, or vanishes if anything fails."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as hidden:
        folder = Path(hidden) / "new"
        folder.mkdir()
        yield folder
        if out.exists():
            out.replace(Path(hidden) / "old")
        folder.replace(out)


@contextmanager
def growing(out: Path, key: str) -> Iterator[Path]:
    """A hidden folder beside `out` to write into, which takes `out`'s place in the end and stays if anything fails.

    The next call with the same key goes on in it; what was begun with another key goes in the end.

    Raises:
        UserError: another process is writing there.
    """
    hidden = out.parent / f".{out.name}.part"
    new, old = hidden / key, hidden / "old"
    with alone_in(hidden, f"Another process is writing {out}."):
        new.mkdir(exist_ok=True)
        yield new
        if out.exists():
            shutil.rmtree(old, ignore_errors=True)
            out.replace(old)
        new.replace(out)
        shutil.rmtree(hidden)


@contextmanager
def alone_in(folder: Path, busy: str = "") -> Iterator[None]:
    """Keep other processes that ask out of a folder, which is made if need be.

    Args:
        folder: where this process wants to be alone.
        busy: what to say if another process is there; without it, that one is waited for.

    Raises:
        UserError: another process is there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | (fcntl.LOCK_NB if busy else 0))
        yield
    except BlockingIOError as error:
        raise UserError(busy, "wait for it to end.") from error
    finally:
        os.close(held)
