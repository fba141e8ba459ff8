"""The store: the questions of a split of a corpus, formulated once and kept as Parquet.

What is kept is found by what it was made from: the raw files, and the code that read and asked. It is made again where
it is missing or damaged, or where files or code are others. It lies in the data directory, because the texts need the
same protection there and here; `MNLU_CACHE` names another place.
"""

import hashlib
import os
import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Struct, json, msgpack
from numpy.typing import NDArray

from mnlu_instruct import corpora, files, folders, tasks
from mnlu_instruct.dataset import code_fingerprint, sampling_keys
from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.sources import reading
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.types import Instance

BATCH = 2_048
"""Questions that lie together: what is read to get at one of them."""

SCHEMA = pa.schema(
    [
        ("key", pa.uint64()),
        ("task", pa.string()),
        ("group", pa.string()),
        ("characters", pa.int32()),
        ("tokens", pa.int32()),
        ("text", pa.string()),
        ("content", pa.binary()),
    ]
)
"""A row a question: the key of its rank, its kind, its group, the characters of its text, the tokens of the whole
(null, where nothing counts them), its text, and the rest of it packed."""

REPEATED = ["task", "group", "text"]
"""The columns in which values recur."""

Question = tuple[Instance, int | None]
"""A question, and the tokens of its row in a data set, if they are counted."""

SHEET = ".json"
"""The ending of the file that says that what lies beside it is whole; written last."""

DAY = 86_400.0
"""Seconds."""

OURS = (".parquet", ".part", SHEET)

Ordinals = NDArray[np.int64]
"""Numbers of rows in a kept split."""


class Losses(Struct, frozen=True):
    """What was mended or dropped for one reason while one family of tasks was asked ("": while reading)."""

    family: str
    entry: Entry
    count: int
    examples: list[str]


class Words(Struct, frozen=True):
    """A column of words: for each row the number of its word, and the words."""

    codes: NDArray[np.int32]
    words: list[str]

    def among(self, wanted: Container[str]) -> NDArray[np.bool_]:
        """Which rows have one of some words."""
        chosen: NDArray[np.bool_] = np.array([word in wanted for word in self.words], np.bool_)[self.codes]
        return chosen


class Held(Struct, frozen=True):
    """A kept split: its size, the hashes of itself and of the raw files it was made from, what was lost on the way."""

    path: Path
    rows: int
    sha256: str
    inputs: dict[str, str]
    losses: tuple[Losses, ...]

    def ledger(self, families: Sequence[str]) -> Ledger:
        """What was mended and dropped in reading, and for some families of tasks."""
        ledger = Ledger()
        for loss in self.losses:
            if loss.family in ("", *families):
                ledger.counts[loss.entry] += loss.count
                ledger.examples.setdefault(loss.entry, []).extend(loss.examples)
        return ledger


def folder(data: Path) -> Path:
    """Where everything is kept, given the data directory."""
    return Path(os.environ.get("MNLU_CACHE") or data / ".store")


def hold(reference: str, split: str, data: Path) -> Held:
    """A split as it is kept; formulated and kept now, where it isn't.

    Args:
        reference: the corpus, by name or path.
        split: one of its splits.
        data: the data directory.

    Raises:
        UserError: the corpus can't be read, or nothing can be written to the store.
    """
    corpus = corpora.get(reference)
    root = reading.directory(corpus, data)
    found = reading.input_files(corpus, data, split)
    inputs = {path.relative_to(root).as_posix(): files.sha256(path) for path in found}
    made_by = code_fingerprint.code(corpora.file(reference), *map(Path, (reading.__file__, tasks.__file__, __file__)))
    name = _name([corpus.name, split, inputs, made_by])
    place = folder(data) / corpus.name / split
    with _written(place), folders.alone_in(place):
        if kept := _used(place, name):
            return kept
        _clear(place)
        ledgers = {family: Ledger() for family in ("", *tasks.FAMILIES)}
        return _make(place / name, _questions(corpus, split, data, ledgers), inputs, ledgers)


def derive(held: Held, made_from: Sequence[str], questions: Callable[[Ledger], Iterator[Question]]) -> Held:
    """What is made of a kept split, as it is kept beside it; made now, where it isn't.

    Args:
        held: the kept split.
        made_from: all else that decides what is made.
        questions: makes it, and enters in a ledger what is lost on the way.

    Raises:
        UserError: nothing can be written to the store.
    """
    place, name = held.path.parent, _name([held.sha256, *made_from])
    with _written(place), folders.alone_in(place):
        if kept := _used(place, name):
            return kept
        ledgers = {"": Ledger()}
        return _make(place / name, questions(ledgers[""]), held.inputs, ledgers)


def numbers(held: Held, name: str) -> NDArray[Any]:
    """A column of numbers: `key`, `characters`, or `tokens`, where they are counted."""
    with pq.ParquetFile(held.path) as table:
        column: NDArray[Any] = table.read([name])[name].to_numpy()
        return column


def words(held: Held, name: str) -> Words:
    """A column of words: `task` or `group`."""
    with pq.ParquetFile(held.path, read_dictionary=[name]) as table:
        column = table.read([name]).unify_dictionaries()[name].combine_chunks()
    return Words(column.indices.to_numpy(), column.dictionary.to_pylist())


def instances(path: Path, ordinals: Ordinals) -> Iterator[Instance]:
    """The questions in some rows of a kept split, given in ascending order; a row may come several times."""
    decoder = msgpack.Decoder(Instance)
    with pq.ParquetFile(path, read_dictionary=["text"]) as table:
        groups = ordinals // BATCH
        for group in np.unique(groups):
            rows = table.read_row_group(group, columns=["text", "content"]).take(ordinals[groups == group] % BATCH)
            texts, contents = rows["text"].combine_chunks(), rows["content"].to_pylist()
            words = texts.dictionary.to_pylist()
            for code, content in zip(texts.indices.to_pylist(), contents, strict=True):
                yield msgspec.structs.replace(decoder.decode(content), text=words[code])


def everything(data: Path) -> list[Held]:
    """All that is kept, by path; what is damaged is left out."""
    sheets = sorted(folder(data).glob(f"*/*/*{SHEET}"))
    return [held for sheet in sheets if (held := _intact(sheet.parent, sheet.name.removesuffix(SHEET)))]


def clear(data: Path, names: Sequence[str]) -> int:
    """Remove what is kept of some corpora, or of all, if none is named; returns how many bytes that frees."""
    freed = 0
    with _written(folder(data)):
        for name in names or ("*",):
            for path in sorted(folder(data).glob(f"{name}/*/*")):
                if path.name.endswith(OURS):
                    freed += path.stat().st_size
                    path.unlink()
        for place in sorted(folder(data).glob("**/"), reverse=True):
            with suppress(OSError):  # not empty: something else lies there
                place.rmdir()
    return freed


def _intact(place: Path, name: str) -> Held | None:
    """What is kept under a name, if it is whole."""
    try:
        sheet = (place / f"{name}{SHEET}").read_bytes()
        held = json.decode(sheet, type=Held, dec_hook=lambda kind, value: kind(value))
        return held if files.sha256(held.path) == held.sha256 else None
    except (OSError, msgspec.DecodeError):
        return None


def _used(place: Path, name: str) -> Held | None:
    """What is kept under a name, if it is whole, marked as used now."""
    if kept := _intact(place, name):
        os.utime(place / f"{name}{SHEET}")
    return kept


def _clear(place: Path) -> None:
    """Remove what a killed process left, and what no build has used for a day: another may be at work with the rest."""
    used = {path.stem for path in place.glob(f"*{SHEET}") if time.time() - path.stat().st_mtime < DAY}
    for path in place.iterdir():
        if path.name.endswith(OURS) and path.stem not in used:
            path.unlink()


def _make(path: Path, questions: Iterator[Question], inputs: dict[str, str], ledgers: Mapping[str, Ledger]) -> Held:
    part, table, sheet = (path.with_name(path.name + ending) for ending in (".part", ".parquet", SHEET))
    rows = 0
    with pq.ParquetWriter(part, SCHEMA, use_dictionary=REPEATED, compression="zstd", compression_level=1) as writer:
        while batch := list(islice(questions, BATCH)):
            rows += len(batch)
            writer.write_table(pa.Table.from_pylist([_row(*question) for question in batch], SCHEMA))
    losses = tuple(
        Losses(family, entry, count, ledger.examples[entry])
        for family, ledger in ledgers.items()
        for entry, count in sorted(ledger.counts.items())
    )
    held = Held(table, rows, files.sha256(part), inputs, losses)
    part.replace(table)
    part.write_bytes(json.encode(held, enc_hook=str))
    part.replace(sheet)
    return held


def _questions(corpus: Corpus, split: str, data: Path, ledgers: Mapping[str, Ledger]) -> Iterator[Question]:
    """All questions of a split, of every kind that the corpus serves."""
    served = [family for family in tasks.FAMILIES if tasks.kinds([family]) & tasks.kinds(corpus.tasks)]
    for record in reading.records(corpus, split, data, ledgers[""]):
        for family in served:
            for instance in tasks.instances(record, corpus, tasks.members(family), ledgers[family]):
                yield instance, None


def _name(made_from: Sequence[object]) -> str:
    return hashlib.blake2b(json.encode(made_from), digest_size=16).hexdigest()


def _row(instance: Instance, tokens: int | None) -> dict[str, object]:
    return {
        "key": sampling_keys.key(instance.id),
        "task": instance.task,
        "group": instance.group,
        "characters": len(instance.text),
        "tokens": tokens,
        "text": instance.text,
        "content": msgpack.encode(msgspec.structs.replace(instance, text="")),
    }


@contextmanager
def _written(place: Path) -> Iterator[None]:
    """Say what is wrong where the store can't be written."""
    try:
        yield
    except OSError as error:
        raise UserError(
            f"{error.filename or place}: {error.strerror or error}; what is read from the corpora is kept there.",
            "make room or give permission; or set MNLU_CACHE to another folder, as well protected as the corpora.",
        ) from error
