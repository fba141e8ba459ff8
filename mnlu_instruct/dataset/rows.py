"""Rows: questions in words (prompt and completion), as in built data sets and exported test sets."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from msgspec import json

from mnlu_instruct.prompting.packs import Pack
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.types import Instance

MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("id", "corpus", "split", "task", "domain", "group")),
        ("prompt", MESSAGES),
        ("completion", MESSAGES),
        ("text", pa.string()),
        ("labels", pa.list_(pa.string())),
        ("label_keys", pa.list_(pa.string())),
        ("gold", pa.string()),
        ("pack", pa.string()),
    ]
)
"""The columns of a built data set."""


def row(instance: Instance, corpus: Corpus, split: str, pack: Pack) -> dict[str, Any]:
    """The columns of a question's row, by name; its labels stay in their order."""
    instance = pack.worded(instance)
    return {
        "id": instance.id,
        "corpus": corpus.name,
        "split": split,
        "task": instance.task,
        "domain": corpus.domain,
        "group": instance.group,
        "prompt": pack.prompt(instance),
        "completion": pack.completion(instance),
        "text": instance.text,
        "labels": [label.name for label in instance.labels],
        "label_keys": [label.key for label in instance.labels],
        "gold": json.encode(instance.gold).decode(),
        "pack": pack.label,
    }


def characters(row: Mapping[str, Any]) -> int:
    """The number of characters in a row's messages, prompt and completion together."""
    return sum([len(message["content"]) for message in row["prompt"] + row["completion"]])
