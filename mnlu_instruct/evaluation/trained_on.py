"""Which questions are about texts that a model was trained on: known by a sheet of hashes that goes with the model.

The sheet has a hash of each text of the data set that the model was trained on, as words (`leakage.words`), and of each
article whose id its corpus declares; of a pair each text counts by itself. What is asked about one of these is marked
seen. Parts aren't found, a sentence of an abstract say whose id is unknown, nor texts in other words: `mnlu leakage`
searches for runs of 13 words. And what the first base of all was trained on, no sheet knows.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pyarrow as pa
from msgspec import DecodeError, json
from numpy.typing import NDArray

from mnlu_instruct import corpora
from mnlu_instruct.dataset import manifest
from mnlu_instruct.dataset.shards import batches
from mnlu_instruct.dataset.texts import source_texts
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation.questions import Question
from mnlu_instruct.leakage.documents import article
from mnlu_instruct.leakage.words import folded

NAME = "seen.npy"
"""The file in a model's folder."""
TRAINING = "training.json"
COLUMNS = ["corpus", "group", "task", "text"]
ROWS = 50_000

Sheet = NDArray[np.uint64]
"""Hashes, sorted."""


def write(data: Path, base: str | None, folder: Path) -> None:
    """Write a model's sheet: of the data set that it was trained on, and of its base where that has one.

    Rows that were held out are on it, too.

    Raises:
        UserError: the data set's shards, or the base's sheet, can't be read.
    """
    _write(_union(_of_data(data), of_model(base) if base else None), folder)


def carry(tuned: Path, base: Path, merged: Path) -> None:
    """Write a merged model's sheet: that of the tuned model, and its base's; none where the tuned model has none.

    Raises:
        UserError: a sheet can't be read.
    """
    sheet = of_model(str(tuned))
    if sheet is not None:
        _write(_union(sheet, of_model(str(base))), merged)


def of_model(model: str) -> Sheet | None:
    """A model's sheet; without one, that of the data set that its `training.json` names, if it is there unchanged.

    None where neither is there: it isn't known what the model was trained on.

    Raises:
        UserError: the sheet, or the data set, can't be read.
    """
    folder = Path(model)
    sheet = _read(folder)
    if sheet is not None:
        return sheet
    data = _trained_on(folder)
    return None if data is None else _of_data(data)


def marked(said: Sequence[Question], model: str) -> list[Question]:
    """Lines of predictions, with the mark `seen` where it is known what the model was trained on; as `of_model`."""
    sheet = of_model(model)
    if sheet is None:
        return list(said)
    return [{**line, "seen": mark} for line, mark in zip(said, marks(said, sheet), strict=True)]


def marks(questions: Iterable[Question], sheet: Sheet) -> list[bool]:
    """Whether each question, a row of test examples, is about a text or an article that is on the sheet."""
    hashes = [tuple(_hashes(one["corpus"], one["group"], one["task"], one["text"])) for one in questions]
    asked = np.array(sorted({number for numbers in hashes for number in numbers}), np.uint64)
    known = set(asked[np.isin(asked, sheet)].tolist())
    return [not known.isdisjoint(numbers) for numbers in hashes]


def _of_data(data: Path) -> Sheet:
    """The sheet of a built data set."""
    found: set[int] = set()
    for batch in batches(data, COLUMNS, rows=ROWS):
        distinct = pa.Table.from_batches([batch]).group_by(COLUMNS).aggregate([])
        for row in zip(*(distinct[name].to_pylist() for name in COLUMNS), strict=True):
            found.update(_hashes(*row))
    return np.array(sorted(found), np.uint64)


def _hashes(corpus: str, group: str, task: str, text: str) -> Iterator[int]:
    """Of the texts of a question, and of the article that it is about, if that is known."""
    for one in source_texts(task, text):
        yield _hash(b"text " + b" ".join(folded(one).split()))
    declared = corpora.registry().get(corpus)
    if declared and (name := article(declared, group)):
        yield _hash(b"article " + name.encode())


def _hash(content: bytes) -> int:
    return int.from_bytes(blake2b(content, digest_size=8, person=b"mnlu-seen").digest(), "big")


def _union(sheet: Sheet, other: Sheet | None) -> Sheet:
    return sheet if other is None else np.union1d(sheet, other)


def _write(sheet: Sheet, folder: Path) -> None:
    np.save(folder / NAME, sheet, allow_pickle=False)


def _read(folder: Path) -> Sheet | None:
    path = folder / NAME
    if not path.is_file():
        return None
    try:
        sheet: Sheet = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise UserError(f"{path} can't be read: {error}.", "remove it; then it is made again or unknown.") from error
    if sheet.dtype != np.uint64 or sheet.ndim != 1:
        raise UserError(f"{path} is no list of hashes.", "remove it; then it is made again or unknown.")
    return sheet


def _trained_on(folder: Path) -> Path | None:
    """The data set that a model's `training.json` names, if it is there with the same content."""
    try:
        stated = json.decode((folder / TRAINING).read_bytes())["data"]
        data = Path(stated["folder"])
        return data if manifest.read(data)["content_hash"] == stated["content_hash"] else None
    except (OSError, DecodeError, KeyError, TypeError, UserError):
        return None
