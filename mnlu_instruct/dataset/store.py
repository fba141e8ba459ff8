"""The store: a cache of the questions of each corpus split, as Parquet files.

A file's key is a hash of what it was made from: the raw files, and the code that read them and made the questions. It
is made again if it is missing or damaged, or if files or code have changed. The store is in the data directory, because
its texts need the same protection as the corpora; `MNLU_CACHE` names another folder.
"""

import hashlib
import os
import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Struct, json, msgpack
from numpy.typing import NDArray

from mnlu_instruct import corpora, files, folders, tasks
from mnlu_instruct.dataset import code_fingerprint, sampling_keys
from mnlu_instruct.dataset.row_counts import states_nothing
from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.sources import reading
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.types import Instance

BATCH = 2_048
"""Questions per row group: how many are read to get one of them."""

SCHEMA = pa.schema(
    [
        ("key", pa.uint64()),
        ("task", pa.string()),
        ("group", pa.string()),
        ("document", pa.string()),
        ("characters", pa.int32()),
        ("tokens", pa.int32()),
        ("nothing", pa.bool_()),
        ("text", pa.string()),
        ("content", pa.binary()),
    ]
)
"""One row per question: its sampling key, its kind, its group, its document (null in derived splits), the characters of
its text, the tokens of its row (null if not counted), whether its answer finds nothing, its text, and the rest of it as
MessagePack."""

REPEATED = ["task", "group", "document", "text"]
"""The columns whose values recur, stored with a dictionary."""


class Question(NamedTuple):
    """A question to be stored, with the tokens of its row in a data set, if they are counted, and its document's id."""

    instance: Instance
    tokens: int | None = None
    document: str | None = None


SHEET = ".json"
"""The ending of the file that describes a Parquet file; it is written last, as the mark that the other is complete."""

DAY = 86_400.0
"""Seconds."""

OURS = (".parquet", ".part", SHEET)

Ordinals = NDArray[np.int64]
"""Row numbers in a stored split."""

Mask = NDArray[np.bool_]
"""For each row of a stored split, whether something holds."""


class Losses(Struct, frozen=True):
    """Repairs or drops of one reason, made for the questions of one family of tasks ("": while reading)."""

    family: str
    entry: Entry
    count: int
    examples: list[str]


class Words(Struct, frozen=True):
    """A dictionary-encoded column: for each row the number of its word, and the words."""

    codes: NDArray[np.int32]
    words: list[str]

    def among(self, wanted: Container[str]) -> Mask:
        """A mask of the rows whose word is in `wanted`."""
        chosen: Mask = np.array([word in wanted for word in self.words], np.bool_)[self.codes]
        return chosen


class StoredSplit(Struct, frozen=True):
    """A stored split: its file, rows and hash, the hashes of its raw files, and the repairs and drops in making it.

    `negative` is its corpus' label of pairs without a relation.
    """

    path: Path
    rows: int
    sha256: str
    inputs: dict[str, str]
    losses: tuple[Losses, ...]
    negative: str | None

    def ledger(self, families: Sequence[str]) -> Ledger:
        """The repairs and drops of reading, and of making the questions of some families of tasks."""
        ledger = Ledger()
        for loss in self.losses:
            if loss.family in ("", *families):
                ledger.counts[loss.entry] += loss.count
                ledger.examples.setdefault(loss.entry, []).extend(loss.examples)
        return ledger


def folder(data: Path) -> Path:
    """The folder of the store, given the data directory."""
    return Path(os.environ.get("MNLU_CACHE") or data / ".store")


def load_or_make(reference: str, split: str, data: Path) -> StoredSplit:
    """The stored questions of a split; they are made and stored now if they aren't yet.

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
    with _written(place), folders.locked(place):
        if kept := _used(place, name):
            return kept
        _clear(place)
        ledgers = {family: Ledger() for family in ("", *tasks.FAMILIES)}
        return _make(place / name, _questions(corpus, split, data, ledgers), inputs, ledgers, corpus.negative)


def derive(
    held: StoredSplit, made_from: Sequence[str], questions: Callable[[Ledger], Iterator[Question]]
) -> StoredSplit:
    """A split derived from a stored one, stored beside it; it is made now if it isn't stored yet.

    Args:
        held: the stored split.
        made_from: everything else that decides the derived questions, for the key.
        questions: makes the derived questions, and enters losses in a ledger.

    Raises:
        UserError: nothing can be written to the store.
    """
    place, name = held.path.parent, _name([held.sha256, *made_from])
    with _written(place), folders.locked(place):
        if kept := _used(place, name):
            return kept
        ledgers = {"": Ledger()}
        return _make(place / name, questions(ledgers[""]), held.inputs, ledgers, held.negative)


def numbers(held: StoredSplit, name: str) -> NDArray[Any]:
    """A column of numbers: `key`, `characters`, `tokens` (if counted), or of truth values: `nothing`."""
    with pq.ParquetFile(held.path) as table:
        column: NDArray[Any] = table.read([name])[name].to_numpy()
        return column


def words(held: StoredSplit, name: str) -> Words:
    """A column of strings: `task`, `group` or `document`."""
    with pq.ParquetFile(held.path, read_dictionary=[name]) as table:
        column = table.read([name]).unify_dictionaries()[name].combine_chunks()
    return Words(column.indices.to_numpy(), column.dictionary.to_pylist())


def instances(path: Path, ordinals: Ordinals) -> Iterator[Instance]:
    """The questions in some rows of a stored split; the ordinals must be sorted, and may repeat."""
    decoder = msgpack.Decoder(Instance)
    with pq.ParquetFile(path, read_dictionary=["text"]) as table:
        groups = ordinals // BATCH
        for group in np.unique(groups):
            rows = table.read_row_group(group, columns=["text", "content"]).take(ordinals[groups == group] % BATCH)
            texts, contents = rows["text"].combine_chunks(), rows["content"].to_pylist()
            words = texts.dictionary.to_pylist()
            for code, content in zip(texts.indices.to_pylist(), contents, strict=True):
                yield msgspec.structs.replace(decoder.decode(content), text=words[code])


def stored_splits(data: Path) -> list[StoredSplit]:
    """All stored splits, sorted by path, without damaged ones."""
    sheets = sorted(folder(data).glob(f"*/*/*{SHEET}"))
    return [held for sheet in sheets if (held := _intact(sheet.parent, sheet.name.removesuffix(SHEET)))]


def clear(data: Path, names: Sequence[str]) -> int:
    """Delete the stored splits of some corpora, or of all if none is named; return the number of bytes freed."""
    freed = 0
    with _written(folder(data)):
        for name in names or ("*",):
            for path in sorted(folder(data).glob(f"{name}/*/*")):
                if path.name.endswith(OURS):
                    freed += path.stat().st_size
                    path.unlink()
        for place in sorted(folder(data).glob("**/"), reverse=True):
            with suppress(OSError):  # not empty: it holds other files
                place.rmdir()
    return freed


def _intact(place: Path, name: str) -> StoredSplit | None:
    """The stored split of a name, if it is complete and undamaged."""
    try:
        sheet = (place / f"{name}{SHEET}").read_bytes()
        held = json.decode(sheet, type=StoredSplit, dec_hook=lambda kind, value: kind(value))
        return held if files.sha256(held.path) == held.sha256 else None
    except (OSError, msgspec.DecodeError):
        return None


def _used(place: Path, name: str) -> StoredSplit | None:
    """The stored split of a name, if it is complete and undamaged, marked as used now."""
    if kept := _intact(place, name):
        os.utime(place / f"{name}{SHEET}")
    return kept


def _clear(place: Path) -> None:
    """Delete remains of killed processes, and files unused for a day; another build may be using the rest."""
    used = {path.stem for path in place.glob(f"*{SHEET}") if time.time() - path.stat().st_mtime < DAY}
    for path in place.iterdir():
        if path.name.endswith(OURS) and path.stem not in used:
            path.unlink()


def _make(
    path: Path,
    questions: Iterator[Question],
    inputs: dict[str, str],
    ledgers: Mapping[str, Ledger],
    negative: str | None,
) -> StoredSplit:
    part, table, sheet = (path.with_name(path.name + ending) for ending in (".part", ".parquet", SHEET))
    rows = 0
    with pq.ParquetWriter(part, SCHEMA, use_dictionary=REPEATED, compression="zstd", compression_level=1) as writer:
        while batch := list(islice(questions, BATCH)):
            rows += len(batch)
            writer.write_table(pa.Table.from_pylist([_row(question, negative) for question in batch], SCHEMA))
    losses = tuple(
        Losses(family, entry, count, ledger.examples[entry])
        for family, ledger in ledgers.items()
        for entry, count in sorted(ledger.counts.items())
    )
    held = StoredSplit(table, rows, files.sha256(part), inputs, losses, negative)
    part.replace(table)
    part.write_bytes(json.encode(held, enc_hook=str))
    part.replace(sheet)
    return held


def _questions(corpus: Corpus, split: str, data: Path, ledgers: Mapping[str, Ledger]) -> Iterator[Question]:
    """All questions of a split, of every kind that the corpus has."""
    served = [family for family in tasks.FAMILIES if tasks.kinds([family]) & tasks.kinds(corpus.tasks)]
    prefix = f"{corpus.name}/{split}/"
    for record in reading.records(corpus, split, data, ledgers[""]):
        document = record.id.removeprefix(prefix)
        for family in served:
            for instance in tasks.instances(record, corpus, tasks.members(family), ledgers[family]):
                yield Question(instance, document=document)


def _name(made_from: Sequence[object]) -> str:
    return hashlib.blake2b(json.encode(made_from), digest_size=16).hexdigest()


def _row(question: Question, negative: str | None) -> dict[str, object]:
    instance = question.instance
    return {
        "key": sampling_keys.key(instance.id),
        "task": instance.task,
        "group": instance.group,
        "document": question.document,
        "characters": len(instance.text),
        "tokens": question.tokens,
        "nothing": states_nothing(instance, negative),
        "text": instance.text,
        "content": msgpack.encode(msgspec.structs.replace(instance, text="")),
    }


@contextmanager
def _written(place: Path) -> Iterator[None]:
    """Turn errors in writing to the store into a `UserError`."""
    try:
        yield
    except OSError as error:
        raise UserError(
            f"The store can't be written, {error.filename or place}: {error.strerror or error}.",
            "free space or give permission; or set MNLU_CACHE to another folder, as well protected as the corpora.",
        ) from error
