"""Mark questions about texts that a model was trained on, by the hashes in the model's folder (`seen.npy`).

The file has a hash of each text of the model's training data, reduced to its words (`leakage.words`; of a pair, of each
of the two texts), and of each article whose id its corpus declares. A question about one of these is marked seen. Parts
of a text (a sentence of an abstract whose id is unknown) and paraphrases aren't found: `mnlu leakage` searches for runs
of 13 words. What the original base model was pretrained on is not known.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pyarrow as pa
from msgspec import DecodeError, json
from numpy.typing import NDArray

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
HINT = "remove it: it is made again from the training data if that is unchanged; else what was seen is unknown."

Indexes = Mapping[str, str | None]
Sheet = NDArray[np.uint64]
"""The sorted hashes of the texts and articles that a model was trained on."""


def write(data: Path, base: str | None, folder: Path) -> None:
    """Write a model's hashes: those of its training data (held-out rows included), and its base's if it has some.

    Raises:
        UserError: the data set's shards, or the base's hashes, can't be read.
    """
    _write(_union(_of_data(data), of_model(base) if base else None), folder)


def carry(tuned: Path, base: Path, merged: Path) -> None:
    """Write a merged model's hashes: the tuned model's and its base's; nothing where the tuned model has none.

    Raises:
        UserError: the hashes of one can't be read.
    """
    sheet = of_model(str(tuned))
    if sheet is not None:
        _write(_union(sheet, of_model(str(base))), merged)


def of_model(model: str) -> Sheet | None:
    """A model's hashes, from its folder, else computed from the data set in its `training.json`, if that is unchanged.

    None where there is neither: it isn't known what the model was trained on.

    Raises:
        UserError: the hashes, or the data set, can't be read.
    """
    folder = Path(model)
    sheet = _read(folder)
    if sheet is not None:
        return sheet
    data = _trained_on(folder)
    return None if data is None else _of_data(data)


def marked(said: Sequence[Question], model: str, indexes: Indexes) -> list[Question]:
    """Predictions with `seen` added, if it is known what the model was trained on; raises as `of_model`.

    Args:
        said: the predictions.
        model: the model's folder.
        indexes: the literature index whose ids a corpus' groups are, by the corpora of the predictions.
    """
    sheet = of_model(model)
    if sheet is None:
        return list(said)
    return [{**line, "seen": mark} for line, mark in zip(said, marks(said, sheet, indexes), strict=True)]


def marks(questions: Iterable[Question], sheet: Sheet, indexes: Indexes) -> list[bool]:
    """Whether each question is about a text or an article whose hash is given."""
    hashes = [tuple(_hashes(indexes.get(one["corpus"]), one["group"], one["task"], one["text"])) for one in questions]
    asked = np.array(sorted({number for numbers in hashes for number in numbers}), np.uint64)
    known = set(asked[np.isin(asked, sheet)].tolist())
    return [not known.isdisjoint(numbers) for numbers in hashes]


def _of_data(data: Path) -> Sheet:
    """The hashes of a built data set."""
    found: set[int] = set()
    indexes = manifest.indexes(manifest.read(data))
    for batch in batches(data, COLUMNS, rows=ROWS):
        distinct = pa.Table.from_batches([batch]).group_by(COLUMNS).aggregate([])
        for corpus, *row in zip(*(distinct[name].to_pylist() for name in COLUMNS), strict=True):
            found.update(_hashes(indexes.get(corpus), *row))
    return np.array(sorted(found), np.uint64)


def _hashes(index: str | None, group: str, task: str, text: str) -> Iterator[int]:
    """The hashes of a question's texts, and of the article that it is about, if its group is an id of an index."""
    for one in source_texts(task, text):
        yield _hash(b"text " + b" ".join(folded(one).split()))
    if name := article(index, group):
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
        raise UserError(f"{path} can't be read: {error}.", HINT) from error
    if sheet.dtype != np.uint64 or sheet.ndim != 1:
        raise UserError(f"{path} is not a list of hashes.", HINT)
    return sheet


def _trained_on(folder: Path) -> Path | None:
    """The data set that a model's `training.json` names, if its content is still the same."""
    try:
        stated = json.decode((folder / TRAINING).read_bytes())["data"]
        data = Path(stated["folder"])
        return data if manifest.read(data)["content_hash"] == stated["content_hash"] else None
    except (OSError, DecodeError, KeyError, TypeError, UserError):
        return None
