"""`mnlu fetch` against a server on this machine that does all that servers do."""

import fcntl
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mnlu_instruct import corpora
from mnlu_instruct.catalogue import fetch
from mnlu_instruct.cli.options import complete_corpus
from mnlu_instruct.errors import UserError
from mnlu_instruct.sources import download, unpacking
from mnlu_instruct.sources.declaration import Corpus, Download, Remote, github
from tests.support import HEEDING, failed, mnlu

CONTENT = bytes(range(256)) * 1024
"""A quarter of a megabyte: several chunks."""

MARK = '"first"'

Behaviour = Callable[["Handler", bytes], None]


@dataclass
class Place:
    """What a server has, what it does at the next requests of a path instead of serving it well, what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    next: dict[str, list[Behaviour]] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    mark: str = MARK
    over: threading.Event = field(default_factory=threading.Event)
    url: str = ""


class Handler(BaseHTTPRequestHandler):
    place: Place

    def do_GET(self) -> None:
        path = self.path.lstrip("/")
        self.place.asked.append((path, self.headers["Range"]))
        content = self.place.files.get(path)
        if waiting := self.place.next.get(path):
            waiting.pop(0)(self, content or b"")
        elif content is None:
            self.send_error(404)
        else:
            self.well(content)

    def well(self, content: bytes) -> None:
        """Serve as a good server does: a stretch, if it is of the version asked for."""
        same = self.headers["If-Range"] in {None, self.place.mark}
        start = int((self.headers["Range"] or "bytes=0-")[6:-1]) if same else 0
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.begin(len(content) - start)
        self.wfile.write(content[start:])

    def begin(self, length: int | None, kind: str = "application/octet-stream") -> None:
        self.send_header("Content-Type", kind)
        self.send_header("ETag", self.place.mark)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def cut(after: int) -> Behaviour:
    """Promise all, and close the connection early."""

    def behave(handler: Handler, content: bytes) -> None:
        handler.send_response(200)
        handler.begin(len(content))
        handler.wfile.write(content[:after])

    return behave


def endless_length(handler: Handler, content: bytes) -> None:
    handler.send_response(200)
    handler.begin(1 << 60)


def without_length(handler: Handler, content: bytes) -> None:
    handler.send_response(200)
    handler.begin(None)
    handler.wfile.write(content)


def status(code: int) -> Behaviour:
    return lambda handler, _: handler.send_error(code)


def redirect(url: str) -> Behaviour:
    def behave(handler: Handler, _: bytes) -> None:
        handler.send_response(302)
        handler.send_header("Location", url)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return behave


def slow(handler: Handler, content: bytes) -> None:
    """A drop at a time."""
    handler.send_response(200)
    handler.begin(len(content))
    for start in range(0, len(content), 1 << 15):
        handler.wfile.write(content[start : start + (1 << 15)])
        handler.wfile.flush()
        time.sleep(0.03)


def stall(handler: Handler, content: bytes) -> None:
    """Half of it, then silence."""
    handler.send_response(200)
    handler.begin(len(content))
    handler.wfile.write(content[: len(content) // 2])
    handler.wfile.flush()
    handler.place.over.wait(30)


def login_page(handler: Handler, _: bytes) -> None:
    handler.send_response(200)
    handler.begin(6, "text/html; charset=utf-8")
    handler.wfile.write(b"<html>")


@pytest.fixture
def place() -> Iterator[Place]:
    served = Place()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Handler,), {"place": served}))
    served.url = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    served.over.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAUSES", (0, 0, 0))
    monkeypatch.setattr(download, "TIMEOUT", (2.0, 0.3))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def corpus(*files: Remote, bases: tuple[str, ...]) -> Corpus:
    source = Download("http://example.org/page", bases=bases, files=files)
    return replace(corpora.get("bc2gm"), name="mine", folder="", source=source)


def run(wanted: Corpus, data: Path, shares: list[float] | None = None) -> list[fetch.Outcome]:
    return fetch.fetch([wanted], data, lambda _, share: None if shares is None else shares.append(share))


def one(place: Place, data: Path, *mirrors: str, known: bool = True, **about: object) -> fetch.Outcome:
    """Fetch data.tsv, whose declaration states the checksum of CONTENT, or none."""
    given = {"sha256": sha256(CONTENT)} if known else {"sha256": None, "unverified": "a test"}
    (outcome,) = run(corpus(Remote("data.tsv", **given, **about), bases=(place.url, *mirrors)), data)  # type: ignore[arg-type]
    return outcome


def there(data: Path) -> set[str]:
    """All that lies in the corpus' folder, hidden files too."""
    return {path.relative_to(data / "mine").as_posix() for path in (data / "mine").rglob("*") if path.is_file()}


def test_a_good_file_comes_whole_and_is_written_down(place: Place, tmp_path: Path) -> None:
    place.files["data.tsv"] = CONTENT
    shares: list[float] = []
    wanted = corpus(Remote("data.tsv", sha256(CONTENT), len(CONTENT)), bases=(place.url,))
    (outcome,) = run(wanted, tmp_path, shares)
    assert (outcome.status, outcome.sha256) == ("fetched", sha256(CONTENT))
    assert (tmp_path / "mine/data.tsv").read_bytes() == CONTENT
    assert there(tmp_path) == {"data.tsv", ".fetched.json"}
    record = json.loads((tmp_path / "mine/.fetched.json").read_text("utf-8"))
    assert record == {
        "data.tsv": {"url": f"{place.url}data.tsv", "sha256": sha256(CONTENT), "size": len(CONTENT), "unpacked": {}}
    }
    assert shares == sorted(shares)
    assert len(shares) > 3
    assert shares[-1] == 1.0


def test_what_is_there_is_checked_and_not_downloaded_again(place: Place, tmp_path: Path) -> None:
    place.files["data.tsv"] = CONTENT
    one(place, tmp_path)
    assert one(place, tmp_path).status == "there"
    assert len(place.asked) == 1


def test_another_file_under_the_name_is_left_alone(place: Place, tmp_path: Path) -> None:
    place.files["data.tsv"] = CONTENT
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/data.tsv").write_text("my own")
    outcome = one(place, tmp_path)
    assert outcome.status == "failed"
    assert "not the released file" in outcome.words
    assert (tmp_path / "mine/data.tsv").read_text() == "my own"


def test_a_wrong_checksum_leaves_nothing(place: Place, tmp_path: Path) -> None:
    place.files["data.tsv"] = CONTENT[:-1] + b"?"
    outcome = one(place, tmp_path)
    assert outcome.status == "failed"
    assert sha256(CONTENT) in outcome.words
    assert outcome.hint
    assert there(tmp_path) == set()


def test_after_a_wrong_checksum_the_mirror_is_asked(place: Place, tmp_path: Path) -> None:
    place.files |= {"data.tsv": b"damaged", "mirror/data.tsv": CONTENT}
    assert one(place, tmp_path, f"{place.url}mirror/").status == "fetched"


def test_a_file_longer_than_declared_is_not_taken(place: Place, tmp_path: Path) -> None:
    place.files["data.tsv"] = CONTENT
    outcome = one(place, tmp_path, size=1000)
    assert "longer than the expected 1,000 bytes" in outcome.words
    assert there(tmp_path) == set()


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("after", [1, 70_000, len(CONTENT) - 1])
def test_a_cut_download_goes_on_where_it_stopped(place: Place, tmp_path: Path, after: int, known: bool) -> None:
    place.files["data.tsv"] = CONTENT
    place.next["data.tsv"] = [cut(after)]
    assert one(place, tmp_path, known=known).status == "fetched"
    assert place.asked == [("data.tsv", None), ("data.tsv", f"bytes={after}-")]
    assert (tmp_path / "mine/data.tsv").read_bytes() == CONTENT


def test_the_next_call_goes_on_too(place: Place, tmp_path: Path) -> None:
    place.files["data.tsv"] = CONTENT
    place.next["data.tsv"] = [cut(70_000), status(503), status(503)]
    outcome = one(place, tmp_path)
    assert (outcome.status, there(tmp_path)) == ("failed", {".data.tsv.part", ".data.tsv.from"})
    assert "503" in outcome.words
    assert one(place, tmp_path).status == "fetched"
    assert place.asked[-1] == ("data.tsv", "bytes=70000-")
    assert there(tmp_path) == {"data.tsv", ".fetched.json"}


def test_another_version_is_not_continued(place: Place, tmp_path: Path) -> None:
    place.files["data.tsv"] = b"old" * 50_000
    place.next["data.tsv"] = [cut(70_000), status(503), status(503)]
    one(place, tmp_path, known=False)
    place.files["data.tsv"], place.mark = CONTENT, '"second"'
    assert one(place, tmp_path, known=False).status == "fetched"
    assert (tmp_path / "mine/data.tsv").read_bytes() == CONTENT


def test_a_server_that_refuses_to_continue_is_asked_for_all(place: Place, tmp_path: Path) -> None:
    place.files["data.tsv"] = CONTENT
    place.next["data.tsv"] = [cut(70_000), status(416)]
    assert one(place, tmp_path).status == "fetched"
    assert [stretch for _, stretch in place.asked] == [None, "bytes=70000-", None]


def test_a_file_may_lie_elsewhere_than_it_goes(place: Place, tmp_path: Path) -> None:
    place.files["v%202/data.tsv"] = CONTENT
    wanted = corpus(Remote("train/data.tsv", sha256(CONTENT), at="v 2"), bases=(place.url,))
    (outcome,) = run(wanted, tmp_path)
    assert outcome.words == f"from {place.url}v%202/data.tsv"
    assert there(tmp_path) == {"train/data.tsv", ".fetched.json"}


def test_a_file_may_have_an_address_of_its_own(place: Place, tmp_path: Path) -> None:
    place.files["elsewhere/packed.bin"] = CONTENT
    wanted = corpus(Remote("data.tsv", sha256(CONTENT), url=f"{place.url}elsewhere/packed.bin"), bases=("http://x/",))
    (outcome,) = run(wanted, tmp_path)
    assert outcome.words == f"from {place.url}elsewhere/packed.bin"
    assert there(tmp_path) == {"data.tsv", ".fetched.json"}


def test_what_is_left_to_do_by_hand_is_said_until_it_is_done(place: Place, tmp_path: Path) -> None:
    place.files["data.tsv"] = CONTENT
    some = corpus(Remote("data.tsv", sha256(CONTENT)), bases=(place.url,))
    assert isinstance(some.source, Download)
    wanted = replace(
        some, source=replace(some.source, by_hand="ask a friend"), splits={"test": ("data.tsv", "list.tsv")}
    )
    downloaded, rest = run(wanted, tmp_path)
    assert (downloaded.status, rest.status) == ("fetched", "by hand")
    assert rest.words == f"ask a friend; put list.tsv into {tmp_path / 'mine'}"
    (tmp_path / "mine/list.tsv").write_text("1\n", "utf-8")
    assert [outcome.status for outcome in run(wanted, tmp_path)] == ["there", "there"]


def test_404_leads_to_the_mirror(place: Place, tmp_path: Path) -> None:
    place.files["mirror/data.tsv"] = CONTENT
    outcome = one(place, tmp_path, f"{place.url}mirror/")
    assert outcome.words == f"from {place.url}mirror/data.tsv"
    assert [path for path, _ in place.asked] == ["data.tsv", "mirror/data.tsv"]


def test_404_everywhere_names_every_place(place: Place, tmp_path: Path) -> None:
    outcome = one(place, tmp_path, f"{place.url}mirror/", "http://127.0.0.1:1/")
    assert outcome.status == "failed"
    assert f"{place.url}data.tsv: 404" in outcome.words
    assert f"{place.url}mirror/data.tsv: 404" in outcome.words
    assert "refused" in outcome.words
    assert there(tmp_path) == set()


def test_a_redirect_is_followed(place: Place, tmp_path: Path) -> None:
    place.files["moved/data.tsv"] = CONTENT
    place.next["data.tsv"] = [redirect(f"{place.url}moved/data.tsv")]
    assert one(place, tmp_path).status == "fetched"


def test_a_redirect_in_a_circle_is_not(place: Place, tmp_path: Path) -> None:
    place.next["data.tsv"] = [redirect(f"{place.url}data.tsv")] * 99
    outcome = one(place, tmp_path)
    assert "redirects" in outcome.words


def test_a_page_to_log_in_is_not_the_file(place: Place, tmp_path: Path) -> None:
    place.next["data.tsv"] = [login_page]
    assert "sent a web page instead" in one(place, tmp_path, known=False).words
    assert there(tmp_path) == set()


def test_slow_is_no_failure_and_progress_moves(place: Place, tmp_path: Path) -> None:
    place.files["data.tsv"] = CONTENT
    place.next["data.tsv"] = [slow]
    shares: list[float] = []
    (outcome,) = run(corpus(Remote("data.tsv", sha256(CONTENT)), bases=(place.url,)), tmp_path, shares)
    assert outcome.status == "fetched"
    assert len(set(shares)) > 2


def test_silence_ends_and_what_came_is_continued(place: Place, tmp_path: Path) -> None:
    place.files["data.tsv"] = CONTENT
    place.next["data.tsv"] = [stall]
    assert one(place, tmp_path).status == "fetched"
    assert place.asked[1] == ("data.tsv", f"bytes={len(CONTENT) // 2}-")


def test_silence_alone_is_a_failure(place: Place, tmp_path: Path) -> None:
    place.files["data.tsv"] = CONTENT
    place.next["data.tsv"] = [stall] * 3
    assert "timed out" in one(place, tmp_path).words


def test_without_a_checksum_what_was_seen_first_counts(place: Place, tmp_path: Path) -> None:
    place.files["data.tsv"] = CONTENT
    outcome = one(place, tmp_path, known=False)
    assert "not verified (a test), later downloads are checked against this one" in outcome.words
    (tmp_path / "mine/data.tsv").unlink()
    place.files["data.tsv"] = b"another"
    outcome = one(place, tmp_path, known=False)
    assert "is not the expected file" in outcome.words
    assert there(tmp_path) == {".fetched.json"}
    place.files["data.tsv"] = CONTENT
    assert one(place, tmp_path, known=False).status == "fetched"


def test_a_file_put_there_by_hand_cannot_be_checked_without_a_checksum(place: Place, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/data.tsv").write_text("my own")
    outcome = one(place, tmp_path, known=False)
    assert (outcome.status, outcome.sha256) == ("there", None)
    assert "not checked" in outcome.words


def test_a_damaged_record_is_named(place: Place, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/.fetched.json").write_text("{")
    assert ".fetched.json is damaged" in one(place, tmp_path).words


def test_a_length_that_finds_no_room_is_refused_at_once(place: Place, tmp_path: Path) -> None:
    place.next["data.tsv"] = [endless_length]
    assert "bytes free, and the download needs" in one(place, tmp_path).words
    assert "data.tsv" not in there(tmp_path)


def test_a_full_device_leaves_nothing(place: Place, tmp_path: Path) -> None:
    place.files["data.tsv"] = CONTENT
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/.data.tsv.part").symlink_to("/dev/full")  # every write ends with the kernel's ENOSPC
    outcome = one(place, tmp_path)
    assert "No space left on device" in outcome.words
    assert list((tmp_path / "mine").iterdir()) == []


def test_two_downloads_into_one_folder_keep_apart(place: Place, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    held = os.open(tmp_path / "mine", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    assert "Another process is downloading" in one(place, tmp_path).words
    os.close(held)


# ---------------------------------------------------------------------------------------------------------------------
# Archives


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members:
            packed.writestr(name, content)
    return stream.getvalue()


def tarred(*members: tuple[str | tarfile.TarInfo, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as packed:
        for name, content in members:
            info = tarfile.TarInfo(name) if isinstance(name, str) else name
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def tar_entry(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


def zip_link(name: str, target: str) -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info, target.encode()


def archive(place: Place, data: Path, name: str, content: bytes, inside: str = "Set") -> fetch.Outcome:
    place.files[name] = content
    wanted = corpus(Remote(name, sha256(content), unpack=inside), bases=(place.url,))
    (outcome,) = run(wanted, data)
    return outcome


@pytest.mark.parametrize(("name", "pack"), [("set.zip", zipped), ("set.tar.gz", tarred)])
def test_an_archive_is_unpacked_and_not_kept(
    place: Place, tmp_path: Path, name: str, pack: Callable[..., bytes]
) -> None:
    content = pack(("Set/train.tsv", CONTENT), ("Set/more/dev.tsv", b"dev"), ("LICENCE", b"free"))
    assert archive(place, tmp_path, name, content).status == "fetched"
    assert there(tmp_path) == {"train.tsv", "more/dev.tsv", ".fetched.json"}
    assert (tmp_path / "mine/train.tsv").read_bytes() == CONTENT
    assert archive(place, tmp_path, name, content).status == "there"
    (tmp_path / "mine/train.tsv").unlink()
    assert archive(place, tmp_path, name, content).status == "fetched"
    assert there(tmp_path) == {"train.tsv", "more/dev.tsv", ".fetched.json"}


def test_an_archive_stays_packed_where_the_reader_reads_it_so(place: Place, tmp_path: Path) -> None:
    assert archive(place, tmp_path, "set.zip", zipped(("a", b"b")), inside="").status == "fetched"
    assert there(tmp_path) == {"set.zip", ".fetched.json"}


BAD_ARCHIVES = {
    "zip-slip": ("set.zip", zipped(("Set/a", b"a"), ("../../escaped", b"!")), "leads outside"),
    "zip, absolute": ("set.zip", zipped(("/tmp/mnlu-escaped", b"!")), "leads outside"),
    "zip, up and inside": ("set.zip", zipped(("Set/../../escaped", b"!")), "leads outside"),
    "zip with a link": ("set.zip", zipped(zip_link("Set/a", "/etc/passwd")), "a link"),
    "zip bomb": ("set.zip", zipped(("Set/a", bytes(50_000_000))), "times its own size"),
    "zip twice": ("set.zip", zipped(("Set/a", b"a"), ("Set/./a", b"b")), "File exists"),
    "zip, file and folder": ("set.zip", zipped(("Set/a", b"a"), ("Set/a/b", b"b")), "File exists"),
    "not a zip": ("set.zip", b"PK but not really", "truncated or damaged"),
    "cut zip": ("set.zip", zipped(("Set/a", CONTENT))[:-40], "truncated or damaged"),
    "tar-slip": ("set.tar.gz", tarred(("Set/a", b"a"), ("../../escaped", b"!")), "leads outside"),
    "tar, absolute": ("set.tar.gz", tarred(("/tmp/mnlu-escaped", b"!")), "leads outside"),
    "tar with a symbolic link": ("set.tar.gz", tarred(tar_entry("Set/a", tarfile.SYMTYPE, "/etc")), "a link"),
    "tar with a hard link": ("set.tar.gz", tarred(tar_entry("Set/a", tarfile.LNKTYPE, "/etc/passwd")), "a link"),
    "tar with a device": ("set.tar.gz", tarred(tar_entry("Set/a", tarfile.CHRTYPE)), "a link or device"),
    "tar bomb": ("set.tar.gz", tarred(("Set/a", bytes(50_000_000))), "times its own size"),
    "cut tar": ("set.tar.gz", tarred(("Set/a", os.urandom(100_000)))[:50_000], "truncated or damaged"),
    "nothing inside": ("set.zip", zipped(("Other/a", b"a")), "no files in 'Set'"),
}


@pytest.mark.parametrize(("name", "content", "words"), BAD_ARCHIVES.values(), ids=BAD_ARCHIVES)
def test_a_bad_archive_is_refused_whole(place: Place, tmp_path: Path, name: str, content: bytes, words: str) -> None:
    data = tmp_path / "data"
    outcome = archive(place, data, name, content)
    assert outcome.status == "failed"
    assert words in outcome.words
    assert outcome.hint
    assert list((data / "mine").iterdir()) == []
    assert list(tmp_path.iterdir()) == [data]
    assert not Path("/tmp/mnlu-escaped").exists()


def test_too_many_files_are_refused(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MEMBERS", 3)
    content = zipped(*((f"Set/{number}", b"a") for number in range(4)))
    assert "more than 3 files" in archive(place, tmp_path, "set.zip", content).words


def test_unpacking_takes_no_other_file_s_place(place: Place, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/b").write_text("my own")
    outcome = archive(place, tmp_path, "set.zip", zipped(("Set/a", b"a"), ("Set/b", b"b")))
    assert "exists already, with other content" in outcome.words
    assert there(tmp_path) == {"b"}


# ---------------------------------------------------------------------------------------------------------------------
# The command

DECLARATION = """
import dataclasses
from mnlu_instruct import corpora
from mnlu_instruct.sources.declaration import Download, Remote
files = (Remote("data.tsv", {sha256!r}),)
mine = dataclasses.replace(corpora.get("bc2gm"), name="mine", source=Download("page", bases=({url!r},), files=files))
"""


@pytest.fixture
def mine(place: Place, tmp_path: Path) -> Path:
    place.files["data.tsv"] = CONTENT
    path = tmp_path / "mine.py"
    path.write_text(DECLARATION.format(sha256=sha256(CONTENT), url=place.url), "utf-8")
    return path


def test_the_command_prints_json_and_nothing_else(mine: Path, tmp_path: Path) -> None:
    done = mnlu("fetch", mine, "--json", data=tmp_path)
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)
    assert (row["corpus"], row["file"], row["status"], row["sha256"]) == (
        "mine",
        "data.tsv",
        "fetched",
        sha256(CONTENT),
    )


def test_the_command_fails_with_one_sentence_and_a_hint(mine: Path, place: Place, tmp_path: Path) -> None:
    place.files.clear()
    failed(mnlu("fetch", mine, data=tmp_path), "data.tsv can't be downloaded", "404")


def test_the_command_says_what_to_sign_and_where_files_go(tmp_path: Path) -> None:
    done = mnlu("fetch", "n2c2-2022-sdoh", data=tmp_path)
    assert done.returncode == 0
    assert "sign the n2c2 data use agreement at" in done.stdout
    assert "put train/" in done.stdout
    assert str(tmp_path / "n2c2-2022-sdoh") in done.stdout


def test_an_unknown_corpus_is_named() -> None:
    failed(mnlu("fetch", "biord"), "Unknown corpus 'biord'", "biored")


def test_nothing_named_is_a_usage_error() -> None:
    assert mnlu("fetch").returncode == 2


def test_help_has_examples_and_names_complete() -> None:
    assert "Examples" in mnlu("fetch", "--help").stdout
    assert "biored" in complete_corpus("bior")


def test_a_read_only_folder_is_a_failure_in_words(place: Place, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("a file where the folder should be")
    outcome = one(place, tmp_path)
    assert outcome.status == "failed"
    assert "File exists" in outcome.words


def test_an_interrupted_download_goes_on(mine: Path, place: Place, tmp_path: Path) -> None:
    place.next["data.tsv"] = [stall]
    code = HEEDING + "from mnlu_instruct.cli import main; main()"
    running = subprocess.Popen(
        [sys.executable, "-c", code, "fetch", str(mine), "--data-dir", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    part = tmp_path / "mine" / ".data.tsv.part"
    deadline = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert b"Traceback" not in said
    assert "What has come of data.tsv is kept" in " ".join(said.decode().split())
    assert there(tmp_path) == {".data.tsv.part", ".data.tsv.from"}
    come = part.stat().st_size
    assert mnlu("fetch", mine, data=tmp_path).returncode == 0
    assert place.asked[-1] == ("data.tsv", f"bytes={come}-")
    assert there(tmp_path) == {"data.tsv", ".fetched.json"}


def test_a_disk_that_fills_up_leaves_nothing(mine: Path, place: Place, tmp_path: Path) -> None:
    """A file system of 128 KiB, mounted in a namespace of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size=128k tmpfs {disk}"
    if subprocess.run(["unshare", "-rm", "sh", "-c", mount], capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here, not even in a namespace")
    place.next["data.tsv"] = [without_length]
    command = f"{sys.executable} -c 'from mnlu_instruct.cli import main; main()' fetch {mine} --data-dir {disk}"
    script = f"{mount} && {command}; code=$?; find {disk} -type f; exit $code"
    done = subprocess.run(["unshare", "-rm", "sh", "-c", script], capture_output=True, text=True, check=False)
    failed(done, "No space left on device")
    assert done.stdout == ""


# ---------------------------------------------------------------------------------------------------------------------
# Declarations


def test_a_file_has_a_checksum_or_a_reason_for_none() -> None:
    with pytest.raises(UserError, match="unverified"):
        Remote("data.tsv", None)
    with pytest.raises(UserError, match="either `sha256`, or `unverified`"):
        Remote("data.tsv", "0" * 64, unverified="though it has one")


DOWNLOADS = [
    (found.name, found.source)
    for found in corpora.registry().values()
    if isinstance(found.source, Download) and found.source.files
]


@pytest.mark.parametrize(("name", "source"), DOWNLOADS, ids=[name for name, _ in DOWNLOADS])
def test_declared_downloads_are_sound(name: str, source: Download) -> None:
    assert source.access == "open"
    assert all(base.startswith("https://") and base.endswith("/") for base in source.bases)
    for file in source.files:
        assert source.bases or file.url.startswith("https://") or source.url.endswith(file.place)
        assert file.sha256 is None or (len(file.sha256) == 64 and set(file.sha256) <= set("0123456789abcdef"))
        assert not Path(file.path).is_absolute()
        assert ".." not in Path(file.path).parts


@pytest.mark.parametrize(("name", "source"), DOWNLOADS, ids=[name for name, _ in DOWNLOADS])
def test_what_a_corpus_is_read_from_is_downloaded_or_left_to_a_person_in_words(name: str, source: Download) -> None:
    patterns = {pattern for files in corpora.get(name).splits.values() for pattern in files}
    left = [
        pattern
        for pattern in patterns
        if not any(file.unpack or f"{pattern}/".startswith(f"{file.path}/") for file in source.files)
        and not any(fnmatch(file.path, pattern.partition("/")[0]) for file in source.files)
    ]
    assert not left or source.by_hand, left


def test_github_files_have_a_mirror() -> None:
    assert github("owner/name", "abc", "data/x") == (
        "https://raw.githubusercontent.com/owner/name/abc/data/x/",
        "https://cdn.jsdelivr.net/gh/owner/name@abc/data/x/",
    )
