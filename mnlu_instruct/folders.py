"""Output folders that are written completely or not at all, and locks on folders."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mnlu_instruct.errors import UserError


def check(out: Path, overwrite: bool, mark: str) -> None:
    """Check that a folder can be written at `out`, before hours of work instead of after them.

    Args:
        out: the output folder.
        overwrite: whether an existing folder may be replaced.
        mark: the file by which an existing folder is known to be an earlier output of this program.

    Raises:
        UserError: it can't be written, exists without `overwrite`, or is not an earlier output.
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
    if not overwrite and (out / mark).is_file():
        raise UserError(f"{out} exists already.", "add --overwrite, or choose another folder.")
    if not (out / mark).is_file():
        raise UserError(
            f"{out} has no {mark}, so it is no earlier output and is not overwritten.",
            "choose another folder: --out, or `out` in the recipe.",
        )


@contextmanager
def atomic_folder(out: Path) -> Iterator[Path]:
    """A temporary hidden folder beside `out` to write into; it replaces `out` at the end, or is deleted on an error."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as hidden:
        folder = Path(hidden) / "new"
        folder.mkdir()
        yield folder
        if out.exists():
            out.replace(Path(hidden) / "old")
        folder.replace(out)


@contextmanager
def resumable_folder(out: Path, key: str) -> Iterator[Path]:
    """A hidden folder beside `out` to write into; it replaces `out` at the end, and is kept on an error.

    The next call with the same key continues in it. Unfinished folders of other keys are deleted at the end.

    Raises:
        UserError: another process is writing there.
    """
    hidden = out.parent / f".{out.name}.part"
    new, old = hidden / key, hidden / "old"
    with locked(hidden, f"Another process is writing {out}."):
        new.mkdir(exist_ok=True)
        yield new
        if out.exists():
            shutil.rmtree(old, ignore_errors=True)
            out.replace(old)
        new.replace(out)
        shutil.rmtree(hidden)


@contextmanager
def locked(folder: Path, busy: str = "") -> Iterator[None]:
    """Lock a folder against other processes that use this lock; the folder is made if need be.

    Args:
        folder: the folder to lock.
        busy: the error message if another process holds the lock; without it, wait for that process.

    Raises:
        UserError: another process holds the lock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | (fcntl.LOCK_NB if busy else 0))
        yield
    except BlockingIOError as error:
        raise UserError(busy, "wait until it ends.") from error
    finally:
        os.close(held)
