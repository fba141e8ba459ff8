"""Corpus files brought to where they are read; for those that nobody may simply download, what to do.

What was downloaded is written down beside the files, in `.fetched.json`. A file whose declaration has no checksum is
held to what was seen first.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urljoin

import msgspec
from msgspec import Struct

from mnlu_instruct import corpora, files, folders, tasks
from mnlu_instruct.errors import UserError
from mnlu_instruct.sources import reading
from mnlu_instruct.sources.declaration import Corpus, Download, Remote
from mnlu_instruct.sources.download import Seen, downloaded
from mnlu_instruct.sources.unpacking import unpack
from mnlu_instruct.workers import Progress

RECORD = ".fetched.json"

Record = dict[str, Seen]
"""Path of a declared file → as it was downloaded."""


class Outcome(Struct, frozen=True):
    """What became of one file of a corpus, or of the whole, where it is not for us to download."""

    corpus: str
    file: str
    status: Literal["fetched", "there", "by hand", "failed"]
    words: str
    hint: str = ""
    sha256: str | None = None


def chosen(names: Sequence[str], task: str | None) -> list[Corpus]:
    """The named corpora (all, if none is named), those of one task, without the bundled ones."""
    wanted = tasks.kinds(tasks.parse([task])) if task else None
    found = [corpora.get(name) for name in names or corpora.registry()]
    return [
        corpus
        for corpus in found
        if (names or not corpus.is_demo) and (wanted is None or wanted & tasks.kinds(corpus.tasks))
    ]


def fetch(wanted: Sequence[Corpus], data: Path, progress: Progress) -> list[Outcome]:
    """Download what is missing of corpora; a failure keeps no other corpus from coming."""
    return [outcome for corpus in wanted for outcome in _corpus(corpus, data, progress)]


def _corpus(corpus: Corpus, data: Path, progress: Progress) -> Iterator[Outcome]:
    """What became of the files that are ours to download; where others are needed too, what to do for them."""
    source, folder = corpus.source, reading.directory(corpus, data)
    if not (isinstance(source, Download) and source.files):
        yield _by_hand(corpus, data, source.advice)
        return
    outcomes = [_guarded(corpus.name, source, remote, folder, progress) for remote in source.files]
    yield from outcomes
    if source.by_hand and all(outcome.status != "failed" for outcome in outcomes):
        yield _by_hand(corpus, data, source.by_hand)


def _guarded(corpus: str, source: Download, remote: Remote, folder: Path, progress: Progress) -> Outcome:
    """A file's outcome; a failure is one of them."""
    try:
        with folders.alone_in(folder, f"Another download is under way in {folder}."):
            return _file(corpus, source, remote, folder, progress)
    except UserError as error:
        return Outcome(corpus, remote.path, "failed", error.message, error.hint)
    except OSError as error:
        words = f"{folder / remote.path}: {error.strerror or error}."
        return Outcome(corpus, remote.path, "failed", words, "check permissions and free space there.")


def _by_hand(corpus: Corpus, data: Path, how: str) -> Outcome:
    """What to do for files that are not ours to download."""
    folder = reading.directory(corpus, data)
    lacking = dict.fromkeys(pattern for split in corpus.splits for pattern in reading.missing(corpus, data, split))
    if not lacking:
        return Outcome(corpus.name, "", "there", f"all files are in {folder}")
    return Outcome(corpus.name, "", "by hand", f"{how}; put {', '.join(lacking)} into {folder}")


def _file(corpus: str, source: Download, remote: Remote, folder: Path, progress: Progress) -> Outcome:
    target, record = folder / remote.path, _read(folder)
    before = record.get(remote.path)
    known = remote.sha256 or (before.sha256 if before else None)
    if _is_there(remote, folder, before, known):
        return Outcome(corpus, remote.path, "there", "" if known else "not checked: no checksum is known", sha256=known)
    bases = () if remote.url else source.bases or (source.url,)
    urls = [urljoin(base, quote(remote.place)) for base in bases] or [remote.url]
    stage = f"{corpus} {remote.path}"
    with downloaded(urls, target, known, remote.size, lambda share: progress(stage, share)) as (part, seen):
        unpacked: dict[str, str] = {}
        if remote.unpack:
            unpacked = unpack(part, remote.path, remote.unpack, folder)
        else:
            part.replace(target)
        _write(folder, {**record, remote.path: msgspec.structs.replace(seen, unpacked=unpacked)})
    progress(stage, 1.0)
    words = f"from {seen.url}" if remote.sha256 else f"from {seen.url}; held to this from now on: {remote.unverified}"
    return Outcome(corpus, remote.path, "fetched", words, sha256=seen.sha256)


def _is_there(remote: Remote, folder: Path, before: Seen | None, known: str | None) -> bool:
    """Whether a file, or all that was unpacked from it, needs no download.

    Raises:
        UserError: a file is there, but another one than released.
    """
    if remote.unpack:
        same = before is not None and before.sha256 == known
        return same and all(_is(folder / path, sha256) for path, sha256 in before.unpacked.items())  # type: ignore[union-attr]
    target = folder / remote.path
    if not target.exists():
        return False
    if known and not _is(target, known):
        raise UserError(f"{target} is not the file as released.", "move it away to download that.")
    return True


def _is(path: Path, sha256: str) -> bool:
    return path.is_file() and files.sha256(path) == sha256


def _read(folder: Path) -> Record:
    path = folder / RECORD
    if not path.exists():
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=Record)
    except msgspec.MsgspecError as error:
        raise UserError(
            f"{path} is damaged: {error}.", "remove it; files without a checksum are then seen anew."
        ) from error


def _write(folder: Path, record: Record) -> None:
    part = folder / f"{RECORD}.part"
    part.write_bytes(msgspec.json.format(msgspec.json.encode(dict(sorted(record.items())))))
    part.replace(folder / RECORD)
