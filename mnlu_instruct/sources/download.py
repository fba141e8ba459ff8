"""One file over HTTP: from the first of several places that has it, continued where it was cut, checked before use.

What has come so far lies hidden beside the target, `.NAME.part`, with a note of where it comes from and of the server's
mark of that version (RFC 9110: `ETag` or `Last-Modified`), so that only the same version is continued (`If-Range`).
"""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
import urllib3
from msgspec import Struct

from mnlu_instruct import __version__, files
from mnlu_instruct.errors import UserError

CHUNK = 1 << 16
TIMEOUT = (10.0, 60.0)
"""Seconds to wait for a connection, and for the next bytes."""

PAUSES = (0, 1, 3)
"""Seconds before each try at one place."""

BUSY = {429, 500, 502, 503, 504}
"""Statuses after which another try may succeed."""

CUT = (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError)

Share = Callable[[float], None]
"""Told which part of the file has come, from 0 to 1."""


class Seen(Struct, frozen=True):
    """A file as it was downloaded; `unpacked` has the files that were unpacked from it, each with its sha256."""

    url: str
    sha256: str
    size: int
    unpacked: dict[str, str] = {}


class _ElsewhereError(Exception):
    """This place does not have the file; the next one may."""


class _AgainError(Exception):
    """This place may have the file at the next try."""


@contextmanager
def downloaded(
    urls: Sequence[str], target: Path, sha256: str | None, size: int | None, share: Share
) -> Iterator[tuple[Path, Seen]]:
    """The file as a hidden one beside `target`, complete and checked, to be moved or unpacked; gone afterwards.

    What a cut connection left stays, to be continued by the next call. After anything else nothing is left.

    Args:
        urls: the places, in the order in which they are tried.
        target: where the file shall be.
        sha256: what it must be, if known.
        size: in bytes, if known.
        share: progress.

    Raises:
        UserError: no place has the file, or what is there is another.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    transfer = _Transfer(target.with_name(f".{target.name}.part"), sha256, size, share)
    try:
        seen = transfer.from_any(urls)
    except _ElsewhereError as error:
        raise UserError(
            f"{target.name} can't be downloaded: {error}.",
            "try again later: what has come is continued. Behind a proxy, set HTTPS_PROXY.",
        ) from error
    except OSError:
        transfer.forget()
        raise
    try:
        yield transfer.part, seen
    finally:
        transfer.forget()


@dataclass(frozen=True)
class _Transfer:
    """A file that is coming."""

    part: Path
    sha256: str | None
    size: int | None
    share: Share

    @property
    def note(self) -> Path:
        """The place that the part comes from, and the version there."""
        return self.part.with_suffix(".from")

    def forget(self) -> None:
        """Leave nothing of what has come."""
        self.part.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)

    def from_any(self, urls: Sequence[str]) -> Seen:
        """The first right file of several places."""
        failures = []
        wrong: UserError | None = None
        for url in urls:
            try:
                self.from_one(url)
            except _ElsewhereError as error:
                failures.append(f"{url}: {error}")
                continue
            found = Seen(url, files.sha256(self.part), self.part.stat().st_size)
            if found.sha256 == (self.sha256 or found.sha256):
                return found
            wrong = wrong or _is_another(found, self.sha256)
            self.forget()
        if wrong:
            raise wrong
        raise _ElsewhereError("; ".join(failures))

    def from_one(self, url: str) -> None:
        """All of the file from one place, in several tries."""
        failure = ""
        for pause in PAUSES:
            time.sleep(pause)
            try:
                return self.go_on(url)
            except _AgainError as error:
                failure = str(error)
            except CUT as error:
                failure = _in_short(error)
            except requests.RequestException as error:
                raise _ElsewhereError(_in_short(error)) from error
        raise _ElsewhereError(failure)

    def go_on(self, url: str) -> None:
        """Get what is missing, or all of it where the server has another version or can't continue."""
        here = self.part.stat().st_size if self.part.exists() else 0
        headers = {"Accept-Encoding": "identity", "User-Agent": f"mnlu-instruct/{__version__}"}
        headers |= self._stretch(url, here)
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
            if response.status_code == requests.codes.requested_range_not_satisfiable:
                self.forget()
                raise _AgainError("the server refuses to continue what has come")
            _check(response, url, here)
            self.note.write_text(f"{url}\n{_version(response)}", "utf-8")
            self._write(response, here if response.status_code == requests.codes.partial_content else 0)
        if self.size is not None and self.part.stat().st_size < self.size:
            raise _AgainError(f"cut after {self.part.stat().st_size:,} of {self.size:,} bytes")

    def _stretch(self, url: str, here: int) -> dict[str, str]:
        """How to ask for what is missing: of the same version, where the checksum doesn't tell in the end."""
        origin, _, version = self.note.read_text("utf-8").partition("\n") if self.note.exists() else ("", "", "")
        if not here or origin != url or not (version or self.sha256):
            return {}
        return {"Range": f"bytes={here}-"} | ({"If-Range": version} if version else {})

    def _write(self, response: requests.Response, start: int) -> None:
        length = response.headers.get("Content-Length", "")
        total = start + int(length) if length.isdecimal() else self.size
        _check_room((total or 0) - start, self.part.parent)
        with self.part.open("ab" if start else "wb") as out:
            for chunk in response.raw.stream(CHUNK, decode_content=False):
                if self.size is not None and out.tell() + len(chunk) > self.size:
                    self.forget()
                    raise _ElsewhereError(f"longer than the expected {self.size:,} bytes")
                out.write(chunk)
                self.share(out.tell() / total if total else 0.0)


def _is_another(found: Seen, wanted: str | None) -> UserError:
    return UserError(
        f"{found.url} is not the file that it was: {found.size:,} bytes, sha256 {found.sha256}, expected {wanted}.",
        "it may have been damaged on its way or replaced at its place: look at the corpus' page, and report it.",
    )


def _check(response: requests.Response, url: str, here: int) -> None:
    """That this is the file, not an error, a page to log in, or another stretch than asked for."""
    status = f"{response.status_code} {response.reason}"
    if response.status_code in BUSY:
        raise _AgainError(status)
    if not response.ok:
        raise _ElsewhereError(status)
    if url.startswith("https:") and response.url.startswith("http:"):
        raise _ElsewhereError(f"leads from https to {response.url}")
    if "text/html" in response.headers.get("Content-Type", "") and not url.endswith((".html", ".htm")):
        raise _ElsewhereError("a web page came instead of the file")
    stretch = response.headers.get("Content-Range", "")
    if response.status_code == requests.codes.partial_content and not stretch.startswith(f"bytes {here}-"):
        raise _ElsewhereError(f"continues at '{stretch}', expected byte {here}")


def _check_room(missing: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < missing:
        raise UserError(f"{folder} has room for {free:,} bytes, {missing:,} are to come.", "make room there.")


def _version(response: requests.Response) -> str:
    """The server's mark of this version of the file; a weak ETag can't be asked for."""
    mark = response.headers.get("ETag", "")
    return mark if mark.startswith('"') else response.headers.get("Last-Modified", "")


def _in_short(error: Exception) -> str:
    """The words of what went wrong, without the classes around them."""
    reason = error
    while reason.__context__ is not None and isinstance(reason.__context__, Exception):
        reason = reason.__context__
    return str(reason) or type(reason).__name__
