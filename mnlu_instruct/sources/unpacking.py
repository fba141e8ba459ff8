"""Safe unpacking of downloaded archives: regular files only, inside one folder, up to a maximum size."""

import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from mnlu_instruct import files
from mnlu_instruct.errors import UserError

RATIO = 200
"""Text compresses to a tenth or so; an archive that unpacks to more than 200 times its size is taken for a zip bomb."""

MEMBERS = 100_000


class Member(NamedTuple):
    """A file or folder in an archive; `plain`: it is neither a link nor a device."""

    name: str
    size: int
    plain: bool
    folder: bool
    open: Callable[[], Any]


def unpack(archive: Path, name: str, inside: str, folder: Path) -> dict[str, str]:
    """Unpack the files below a folder of an archive into a folder on disk: all of them, or none.

    Args:
        archive: the path of the archive.
        name: its name, for messages; its ending tells the format.
        inside: the folder in the archive, "." for its root.
        folder: the folder to unpack into.

    Returns:
        The path of each file below `folder`, and its SHA-256.

    Raises:
        UserError: the archive is damaged, or contains links, paths that lead outside, too many files or too much data;
            or a file would replace a different one.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".unpacking.", dir=folder) as hidden:
            unpacked = dict(_extracted(archive, name, PurePosixPath(inside), Path(hidden)))
            if not unpacked:
                raise UserError(f"{name} has no files in '{inside}'.", "its owners may have replaced it; report it.")
            _check_places(unpacked, folder)
            for path in unpacked:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (Path(hidden) / path).replace(folder / path)
            return unpacked
    except files.BROKEN as error:
        raise UserError(f"{name} is truncated or damaged.", "download it again.") from error
    except (RuntimeError, NotImplementedError) as error:  # zipfile's words for "encrypted", "unknown compression"
        raise UserError(f"{name} can't be unpacked: {error}.", "unpack it by hand.") from error


def _extracted(archive: Path, name: str, inside: PurePosixPath, hidden: Path) -> Iterator[tuple[str, str]]:
    room = RATIO * archive.stat().st_size
    with _opened(archive, name) as members:
        for count, member in enumerate(members, 1):
            room -= member.size
            _check(member, name, count, room)
            path = PurePosixPath(member.name)
            if member.folder or not path.is_relative_to(inside):
                continue
            place = path.relative_to(inside)
            (hidden / place).parent.mkdir(parents=True, exist_ok=True)
            with member.open() as packed, (hidden / place).open("xb") as out:
                shutil.copyfileobj(packed, out)
            yield str(place), files.sha256(hidden / place)


def _check(member: Member, name: str, count: int, room: int) -> None:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts:
        problem = f"a path that leads outside, {member.name!r}"
    elif not member.plain:
        problem = f"a link or device, {member.name!r}"
    elif count > MEMBERS:
        problem = f"more than {MEMBERS:,} files"
    elif room < 0:
        problem = f"more than {RATIO} times its own size"
    else:
        return
    raise UserError(
        f"{name} contains {problem}, and is not unpacked.", "no corpus should; report it, or unpack it by hand."
    )


def _check_places(unpacked: dict[str, str], folder: Path) -> None:
    for path, sha256 in unpacked.items():
        place = folder / path
        if place.exists() and not (place.is_file() and files.sha256(place) == sha256):
            raise UserError(f"{place} exists already, with other content.", "move it away to get the released file.")


@contextmanager
def _opened(archive: Path, name: str) -> Iterator[Iterator[Member]]:
    if name.endswith(".zip"):
        with zipfile.ZipFile(archive) as packed:
            yield _zip_members(packed)
    else:
        with tarfile.open(archive) as packed_tar:
            yield _tar_members(packed_tar)


def _zip_members(packed: zipfile.ZipFile) -> Iterator[Member]:
    for info in packed.infolist():
        kind = info.external_attr >> 28  # the file type of a Unix mode: 4 a folder, 8 a file, 0 not said
        yield Member(info.filename, info.file_size, kind in {0, 4, 8}, info.is_dir(), partial(packed.open, info))


def _tar_members(packed: tarfile.TarFile) -> Iterator[Member]:
    for info in files.tar_members(packed):
        plain = info.isfile() or info.isdir()
        yield Member(info.name, info.size, plain, info.isdir(), partial(packed.extractfile, info))
