"""`mnlu fetch`: download corpus files; for those that need a registration or agreement, say what to do.

`.fetched.json`, beside the files, records each download. A file whose declaration has no checksum is checked against
the checksum of its first download.
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
"""Path of a declared file → the record of its download."""


class Outcome(Struct, frozen=True):
    """The outcome for one file of a corpus, or for the whole corpus if it must be downloaded by hand."""

    corpus: str
    file: str
    status: Literal["fetched", "there", "by hand", "failed"]
    words: str
    hint: str = ""
    sha256: str | None = None


def chosen(names: Sequence[str], task: str | None) -> list[Corpus]:
    """The corpora to fetch: the named ones, or all but the bundled ones if none is named; of one task, if given."""
    wanted = tasks.kinds(tasks.parse([task])) if task else None
    named = [corpus for name in names for corpus in corpora.named(name).values()]
    found = named or list(corpora.registry().values())
    return [
        corpus
        for corpus in found
        if (names or not corpus.is_demo) and (wanted is None or wanted & tasks.kinds(corpus.tasks))
    ]


def fetch(wanted: Sequence[Corpus], data: Path, progress: Progress) -> list[Outcome]:
    """Download the missing files of corpora; a failure doesn't stop the other downloads."""
    return [outcome for corpus in wanted for outcome in _corpus(corpus, data, progress)]


def _corpus(corpus: Corpus, data: Path, progress: Progress) -> Iterator[Outcome]:
    """The outcomes for a corpus: its files that can be downloaded, then what to do for the others."""
    source, folder = corpus.source, reading.directory(corpus, data)
    if not (isinstance(source, Download) and source.files):
        yield _by_hand(corpus, data, source.advice)
        return
    outcomes = [_guarded(corpus.name, source, remote, folder, progress) for remote in source.files]
    yield from outcomes
    if source.by_hand and all(outcome.status != "failed" for outcome in outcomes):
        yield _by_hand(corpus, data, source.by_hand)


def _guarded(corpus: str, source: Download, remote: Remote, folder: Path, progress: Progress) -> Outcome:
    """The outcome for one file; errors become the outcome "failed"."""
    try:
        with folders.locked(folder, f"Another process is downloading to {folder}."):
            return _file(corpus, source, remote, folder, progress)
    except UserError as error:
        return Outcome(corpus, remote.path, "failed", error.message, error.hint)
    except OSError as error:
        words = f"{folder / remote.path}: {error.strerror or error}."
        return Outcome(corpus, remote.path, "failed", words, "check permissions and free space there.")


def _by_hand(corpus: Corpus, data: Path, how: str) -> Outcome:
    """The outcome for files that must be downloaded by hand: what to do, if any is missing."""
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
        words = "" if known else "not checked: its checksum is unknown"
        return Outcome(corpus, remote.path, "there", words, sha256=known)
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
    words = f"from {seen.url}"
    if not remote.sha256:
        words += f"; not verified ({remote.unverified}), later downloads are checked against this one"
    return Outcome(corpus, remote.path, "fetched", words, sha256=seen.sha256)


def _is_there(remote: Remote, folder: Path, before: Seen | None, known: str | None) -> bool:
    """Whether a file, or everything that was unpacked from it, is there already.

    Raises:
        UserError: a file is there, but differs from the released one.
    """
    if remote.unpack:
        same = before is not None and before.sha256 == known
        return same and all(_is(folder / path, sha256) for path, sha256 in before.unpacked.items())  # type: ignore[union-attr]
    target = folder / remote.path
    if not target.exists():
        return False
    if known and not _is(target, known):
        raise UserError(f"{target} is not the released file: its SHA-256 differs.", "move it away, and fetch again.")
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
            f"{path} is damaged: {error}.", "delete it; files without a published checksum are then trusted anew."
        ) from error


def _write(folder: Path, record: Record) -> None:
    part = folder / f"{RECORD}.part"
    part.write_bytes(msgspec.json.format(msgspec.json.encode(dict(sorted(record.items())))))
    part.replace(folder / RECORD)
