"""Corpus files as they were downloaded: plain, gzipped, or inside a zip or tar archive that stays packed.

A pattern names files below a corpus' folder. Its parts may contain `*`, and a part `**` matches any number of folders.
After a part that ends in `.zip`, `.tar`, `.tar.gz`, `.tar.bz2` or `.tgz`, the rest of the pattern names files inside
that archive: `training_data.zip/CT json/*.json`. No pattern matches the files `._NAME` that macOS puts beside others
when it copies or packs them (AppleDouble): they hold a file's attributes, not its content.
"""

import gzip
import hashlib
import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from mnlu_instruct.errors import UserError

APPLE_DOUBLE = "._"
LACKING = "add it, or compare the names of the files with the released ones."
"""The hint where a file is missing beside others."""
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tar.bz2", ".tgz")
BROKEN = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, tarfile.TarError)


@dataclass(frozen=True)
class File:
    """A file to read, on disk or in an archive.

    `name` is for messages, `path` the file or archive on disk, `content` the bytes of a file from an archive.
    """

    name: str
    path: Path
    content: bytes | None = None

    def open(self) -> BinaryIO:
        """The decompressed bytes, as a stream.

        Raises:
            UserError: the file can't be opened.
        """
        try:
            if self.name.endswith(".gz"):
                return gzip.open(self.path if self.content is None else io.BytesIO(self.content))  # type: ignore[return-value]
            return self.path.open("rb") if self.content is None else io.BytesIO(self.content)
        except OSError as error:
            raise UserError(f"{self.path} can't be read: {error.strerror}.", "check its permissions.") from error

    def read(self) -> bytes:
        """The whole decompressed content, as bytes.

        Raises:
            UserError: the file can't be opened, or is truncated or damaged.
        """
        try:
            with self.open() as stream:
                return stream.read()
        except BROKEN as error:
            raise self.broken() from error

    def text(self) -> str:
        """The whole content as UTF-8 text, without a byte-order mark; line ends are not changed."""
        content = self.read()
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise self._not_utf8(content.count(b"\n", 0, error.start) + 1) from error

    def lines(self) -> Iterator[tuple[int, str]]:
        """Numbered lines (from 1) of UTF-8 text, without LF or CRLF; other line separators don't end a line."""
        try:
            with self.open() as stream, io.TextIOWrapper(stream, "utf-8-sig", newline="\n") as lines:
                for number, line in enumerate(lines, 1):
                    yield number, line.rstrip("\r\n")
        except BROKEN as error:
            raise self.broken() from error
        except UnicodeDecodeError as error:
            raise self._not_utf8(self._undecodable_line()) from error

    def error(self, line: int | None, message: str, hint: str = "") -> UserError:
        """A `UserError` whose message starts with this file's name and the line."""
        place = f"{self.name}, line {line}" if line else self.name
        return UserError(f"{place}: {message}", hint or f"correct {self.path}, or compare it with the released file.")

    def broken(self) -> UserError:
        """The error for a truncated or damaged file."""
        return UserError(f"{self.name} is truncated or damaged.", f"download it again to {self.path}.")

    def _not_utf8(self, line: int) -> UserError:
        return self.error(line, "this is not UTF-8 text.", "convert the file to UTF-8.")

    def _undecodable_line(self) -> int:
        """The number of the first line that is not UTF-8, which an error in decoding blocks doesn't tell."""
        with self.open() as stream:
            return next(number for number, line in enumerate(stream, 1) if not _is_utf8(line))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def find(folder: Path, pattern: str) -> list[File]:
    """The files below `folder` that a pattern names, sorted by name.

    Raises:
        UserError: an archive in the pattern is truncated, damaged, encrypted, or can't be opened.
    """
    _, inside = split_pattern(pattern)
    paths = on_disk(folder, pattern)
    if not inside:
        return [File(path.relative_to(folder).as_posix(), path) for path in paths]
    return [file for path in paths for file in _members(path, path.relative_to(folder).as_posix(), inside)]


def split_pattern(pattern: str) -> tuple[str, str]:
    """The part of a pattern that names a file on disk, and the part inside the archive ("" if there is none)."""
    parts = PurePosixPath(pattern).parts
    for count, part in enumerate(parts[:-1], 1):
        if part.endswith(ARCHIVES):
            return "/".join(parts[:count]), "/".join(parts[count:])
    return pattern, ""


def on_disk(folder: Path, pattern: str) -> list[Path]:
    """The files or archives on disk that a pattern matches, sorted; empty if they are missing."""
    found = folder.glob(split_pattern(pattern)[0])
    return sorted(path for path in found if path.is_file() and not path.name.startswith(APPLE_DOUBLE))


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _members(archive: Path, name: str, pattern: str) -> list[File]:
    reader = _zip_members if archive.name.endswith(".zip") else _tar_members
    try:
        return sorted(
            (File(f"{name}/{member}", archive, content) for member, content in reader(archive, pattern)),
            key=lambda file: file.name,
        )
    except BROKEN as error:
        raise File(name, archive).broken() from error
    except (OSError, RuntimeError) as error:  # zipfile's words for "encrypted" and "unknown compression"
        raise UserError(
            f"{name} can't be unpacked: {error}.", f"try another program on {archive}, or unpack it by hand."
        ) from error


def _zip_members(archive: Path, pattern: str) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(archive) as packed:
        for info in packed.infolist():
            if not info.is_dir() and _matches(info.filename, pattern):
                yield info.filename, packed.read(info)


def _tar_members(archive: Path, pattern: str) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive) as packed:
        for info in tar_members(packed):
            content = packed.extractfile(info) if info.isfile() and _matches(info.name, pattern) else None
            if content is not None:
                yield info.name, content.read()


def tar_members(packed: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The members of a tar archive, checked for truncation.

    `tarfile` by itself takes a member that it can't read for the end of the archive.

    Raises:
        TarError: the archive doesn't end with a block of zeros, as complete ones do.
    """
    yield from packed
    stream = packed.fileobj
    assert stream is not None
    stream.seek(packed.offset)
    if stream.read(tarfile.BLOCKSIZE) != tarfile.NUL * tarfile.BLOCKSIZE:
        raise tarfile.ReadError("the end is missing")


def _matches(member: str, pattern: str) -> bool:
    path = PurePosixPath(member)
    return not path.name.startswith(APPLE_DOUBLE) and _fits(path.parts, PurePosixPath(pattern).parts)


def _fits(parts: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    if "**" in wanted[:1]:
        return any(_fits(parts[skipped:], wanted[1:]) for skipped in range(len(parts) + 1))
    if not parts or not wanted:
        return parts == wanted
    return fnmatchcase(parts[0], wanted[0]) and _fits(parts[1:], wanted[1:])
