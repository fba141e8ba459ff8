"""The manifest of a pretraining corpus: files read, what was taken and dropped, tokenizer, shards, a content hash."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import DecodeError, json, to_builtins

from mnlu_instruct import files
from mnlu_instruct.errors import UserError
from mnlu_instruct.pretraining import vocabulary
from mnlu_instruct.pretraining.extraction import Choice
from mnlu_instruct.pretraining.ragged import Counts
from mnlu_instruct.pretraining.shards import Shard
from mnlu_instruct.prompting.chat import Tokenizer

NAME, TOKENIZER = "manifest.json", "tokenizer"
KIND, FORMAT = "pretraining corpus", 1
MATTERS = ("mnlu-instruct", "lxml", "numpy", "tokenizers", "transformers")
"""The packages whose versions can change the bytes of a corpus."""
CUT = 510
"""Tokens of a document that BioBART reads: 512 with the first and the last."""
AGAIN = "build it again with 'mnlu pubmed'."

Manifest = dict[str, Any]


def make(
    stated: Sequence[dict[str, Any]], choice: Choice, tokenizer: Tokenizer, counts: Counts, shards: Sequence[Shard]
) -> Manifest:
    """The manifest of a corpus; `content_hash` covers everything but the versions.

    Args:
        stated: what was found in each file, and what was dropped.
        choice: what became a document.
        tokenizer: the tokenizer.
        counts: the lengths of the documents, in tokens.
        shards: the shards.
    """
    dropped: Counter[str] = Counter()
    for one in stated:
        dropped.update(one["dropped"])
    totals = {key: sum(one[key] for one in stated) for key in ("citations", "deletions", "labelled", "notes")}
    content = {
        "kind": KIND,
        "format": FORMAT,
        "choice": to_builtins(choice),
        "counts": {**totals, "documents": len(counts), "tokens": int(counts.sum())},
        "dropped": dict(sorted(dropped.items())),
        "lengths": {
            "mean": round(float(counts.mean()), 1),
            "median": int(np.quantile(counts, 0.5, method="lower")),
            "percentile_99": int(np.quantile(counts, 0.99, method="lower")),
            "longest": int(counts.max()),
            "longer": round(float((counts > CUT).mean()), 6),
            "lost": round(float(np.maximum(counts - CUT, 0).sum() / counts.sum()), 6),
        },
        "tokenizer": {"tokens": len(tokenizer), "hash": vocabulary.hashed(tokenizer)},
        "files": list(stated),
        "shards": to_builtins(list(shards)),
    }
    digest = hashlib.sha256(json.encode(content, order="sorted")).hexdigest()
    return {**content, "versions": versions(), "content_hash": digest}


def versions() -> dict[str, str]:
    """The versions of the packages in `MATTERS`."""
    return {name: version(name) for name in MATTERS}


def write(manifest: Manifest, folder: Path) -> None:
    """Write a manifest into a corpus' folder."""
    (folder / NAME).write_bytes(json.format(json.encode(manifest), indent=2) + b"\n")


def read(folder: Path) -> Manifest:
    """Read the manifest of a corpus.

    Raises:
        UserError: there is none, or it is broken, of something else or in another format.
    """
    path = folder / NAME
    try:
        found = json.decode(path.read_bytes(), type=dict[str, Any])
    except OSError as error:
        raise UserError(f"{folder} holds no pretraining corpus ({NAME} is missing).", "run 'mnlu pubmed'.") from error
    except DecodeError as error:
        raise UserError(f"{path} is broken: {error}.", AGAIN) from error
    if found.get("kind") != KIND:
        raise UserError(f"{folder} is no pretraining corpus.", "build one with 'mnlu pubmed'.")
    if found.get("format") != FORMAT:
        raise UserError(f"{path} has format {found.get('format')}, expected {FORMAT}.", AGAIN)
    return found


def verify(folder: Path) -> Manifest:
    """Check every shard of a corpus against its manifest, and return the manifest.

    Raises:
        UserError: a shard is missing or changed.
    """
    stated = read(folder)
    for shard in stated["shards"]:
        for suffix, digest in shard["sha256"].items():
            path = folder / f"{shard['name']}{suffix}"
            if not path.is_file():
                raise UserError(f"{path} is missing.", AGAIN)
            if files.sha256(path) != digest:
                raise UserError(f"{path} was changed after the build: its SHA-256 differs.", AGAIN)
    return stated
