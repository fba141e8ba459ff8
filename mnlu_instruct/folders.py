"""Output folders that appear under their name whole, or not at all."""

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
