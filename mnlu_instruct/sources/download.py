"""HTTP download of one file: from the first of several URLs that works, resumable, checked before use.

A partial download is a hidden file beside the target, `.NAME.part`. A note beside it has its URL and the server's
version mark (RFC 9110: `ETag` or `Last-Modified`), so that only the same version is resumed (`If-Range`).
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

from mnlu_instruct import __version__, files, interruption
from mnlu_instruct.errors import UserError

CHUNK = 1 << 16
TIMEOUT = (10.0, 60.0)
"""Seconds to wait for a connection, and for the next bytes."""

PAUSES = (0, 1, 3)
"""Seconds to wait before each try of a URL."""

BUSY = {429, 500, 502, 503, 504}
"""HTTP statuses after which another try may succeed."""

CUT = (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError)

Share = Callable[[float], None]
"""A callback that receives the share of the file that is downloaded, from 0 to 1."""


class Seen(Struct, frozen=True):
    """The record of a downloaded file; `unpacked` has the files that were unpacked from it, each with its SHA-256."""

    url: str
    sha256: str
    size: int
    unpacked: dict[str, str] = {}


class _UnavailableError(Exception):
    """The file can't be had from this URL; the next one may have it."""


class _RetryError(Exception):
    """The download failed, but may succeed at the next try of this URL."""


@contextmanager
def downloaded(
    urls: Sequence[str], target: Path, sha256: str | None, size: int | None, share: Share
) -> Iterator[tuple[Path, Seen]]:
    """The downloaded file, complete and checked, as a hidden file beside `target` to be moved or unpacked.

    The hidden file is deleted at the end. If the connection was lost, it stays, and the next call resumes it.

    Args:
        urls: the URLs, in the order in which they are tried.
        target: the path that the file is meant for.
        sha256: the checksum that it must have, if known.
        size: in bytes, if known.
        share: receives the progress.

    Raises:
        UserError: no URL has the file, or what was downloaded has another checksum.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    transfer = _Transfer(target.with_name(f".{target.name}.part"), sha256, size, share)
    try:
        with interruption.keeping(
            lambda: f"What has come of {target.name} is kept; the next download goes on from it."
        ):
            seen = transfer.download_from_any(urls)
    except _UnavailableError as error:
        raise UserError(
            f"{target.name} can't be downloaded: {error}.",
            "try again later; a partial download is resumed. Behind a proxy, set HTTPS_PROXY.",
        ) from error
    except OSError:
        transfer.discard()
        raise
    try:
        yield transfer.part, seen
    finally:
        transfer.discard()


@dataclass(frozen=True)
class _Transfer:
    """A download in progress: `part` is the hidden file."""

    part: Path
    sha256: str | None
    size: int | None
    share: Share

    @property
    def note(self) -> Path:
        """The file beside `part` with its URL and the version there."""
        return self.part.with_suffix(".from")

    def discard(self) -> None:
        """Delete the partial download."""
        self.part.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)

    def download_from_any(self, urls: Sequence[str]) -> Seen:
        """Download from the first URL that has the right file."""
        failures = []
        wrong: UserError | None = None
        for url in urls:
            try:
                self.download_from(url)
            except _UnavailableError as error:
                failures.append(f"{url}: {error}")
                continue
            found = Seen(url, files.sha256(self.part), self.part.stat().st_size)
            if found.sha256 == (self.sha256 or found.sha256):
                return found
            wrong = wrong or _wrong_file(found, self.sha256)
            self.discard()
        if wrong:
            raise wrong
        raise _UnavailableError("; ".join(failures))

    def download_from(self, url: str) -> None:
        """Download the whole file from one URL, in several tries."""
        failure = ""
        for pause in PAUSES:
            time.sleep(pause)
            try:
                return self.resume(url)
            except _RetryError as error:
                failure = str(error)
            except CUT as error:
                failure = _reason(error)
            except requests.RequestException as error:
                raise _UnavailableError(_reason(error)) from error
        raise _UnavailableError(failure)

    def resume(self, url: str) -> None:
        """Download what is missing, or everything if the server has another version or can't resume."""
        here = self.part.stat().st_size if self.part.exists() else 0
        headers = {"Accept-Encoding": "identity", "User-Agent": f"mnlu-instruct/{__version__}"}
        headers |= self._range_headers(url, here)
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
            if response.status_code == requests.codes.requested_range_not_satisfiable:
                self.discard()
                raise _RetryError("the server refused to resume the download")
            _check(response, url, here)
            self.note.write_text(f"{url}\n{_version(response)}", "utf-8")
            self._write(response, here if response.status_code == requests.codes.partial_content else 0)
        if self.size is not None and self.part.stat().st_size < self.size:
            raise _RetryError(f"the connection ended after {self.part.stat().st_size:,} of {self.size:,} bytes")

    def _range_headers(self, url: str, here: int) -> dict[str, str]:
        """The headers that request only the missing part; of the same version, if the server marks versions."""
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
                    self.discard()
                    raise _UnavailableError(f"longer than the expected {self.size:,} bytes")
                out.write(chunk)
                self.share(out.tell() / total if total else 0.0)


def _wrong_file(found: Seen, wanted: str | None) -> UserError:
    return UserError(
        f"{found.url} is not the expected file: {found.size:,} bytes, sha256 {found.sha256}, expected {wanted}.",
        "it may have been damaged in transit or replaced by its owners: look at the corpus' page, and report it.",
    )


def _check(response: requests.Response, url: str, here: int) -> None:
    """Check that a response is the file: not an error, a login page, or another byte range than requested."""
    status = f"{response.status_code} {response.reason}"
    if response.status_code in BUSY:
        raise _RetryError(status)
    if not response.ok:
        raise _UnavailableError(status)
    if url.startswith("https:") and response.url.startswith("http:"):
        raise _UnavailableError(f"redirects from https to {response.url}")
    if "text/html" in response.headers.get("Content-Type", "") and not url.endswith((".html", ".htm")):
        raise _UnavailableError("the server sent a web page instead of the file")
    stretch = response.headers.get("Content-Range", "")
    if response.status_code == requests.codes.partial_content and not stretch.startswith(f"bytes {here}-"):
        raise _UnavailableError(f"the server sent the range '{stretch}', expected one from byte {here}")


def _check_room(missing: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < missing:
        raise UserError(f"{folder} has {free:,} bytes free, and the download needs {missing:,}.", "free space there.")


def _version(response: requests.Response) -> str:
    """The server's mark of the file's version; a weak ETag can't be used to resume."""
    mark = response.headers.get("ETag", "")
    return mark if mark.startswith('"') else response.headers.get("Last-Modified", "")


def _reason(error: Exception) -> str:
    """The message of the innermost exception, without the class names around it."""
    reason = error
    while reason.__context__ is not None and isinstance(reason.__context__, Exception):
        reason = reason.__context__
    return str(reason) or type(reason).__name__
