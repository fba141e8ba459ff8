"""The texts of a built data set, read from its shards."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.dataset as ds
from msgspec import json

from mnlu_instruct.dataset import manifest
from mnlu_instruct.dataset.shards import batches
from mnlu_instruct.leakage.documents import Piece
from mnlu_instruct.types import FREE_TEXT

COLUMNS = ["group", "task", "text", "completion"]
PAIRED = {"nli", "sts"}
"""The tasks about a pair of texts, which is stored as a JSON list."""


def built_corpora(folder: Path) -> list[str]:
    """The names of the corpora in a built data set, sorted.

    Raises:
        UserError: the folder is no built data set, or its shards can't be read.
    """
    manifest.read(folder)
    return sorted({name for batch in batches(folder, ["corpus"]) for name in pc.unique(batch["corpus"]).to_pylist()})


def built_pieces(folder: Path, corpus: str) -> Iterator[Piece]:
    """(group, text) of a corpus' rows in a data set; a text that rows of the same batch share comes once."""
    for batch in batches(folder, COLUMNS, ds.field("corpus") == corpus):
        rows = batch.to_pylist()
        yield from dict.fromkeys((row["group"], text) for row in rows for text in _texts(**row))


def source_texts(task: str, text: str) -> list[str]:
    """The texts that a row asks about: one, or the two of a pair."""
    return json.decode(text, type=list[str]) if task in PAIRED else [text]


def _texts(group: str, task: str, text: str, completion: list[dict[str, str]]) -> list[str]:
    """The texts of a row, including the answer, where that is a text in words of its own."""
    return [*source_texts(task, text), *(message["content"] for message in completion if task in FREE_TEXT)]
