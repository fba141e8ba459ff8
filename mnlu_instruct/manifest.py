"""The manifest of a built data set: what went in, what was lost, what came out, and one hash of it all."""

import hashlib
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from msgspec import DecodeError, json

from mnlu_instruct import files
from mnlu_instruct.errors import UserError
from mnlu_instruct.mixture import Mixture
from mnlu_instruct.planning import Plan
from mnlu_instruct.recipe import BuildRecipe
from mnlu_instruct.units import Shard, Survey

NAME = "manifest.json"
FORMAT = 1
MATTERS = ("mnlu-instruct", "jinja2", "nltk", "pyarrow")
"""The packages whose version can change the bytes of a data set."""

Manifest = dict[str, Any]


def make(
    recipe: BuildRecipe,
    pack: str,
    plan: Plan,
    surveys: Sequence[Survey],
    mixture: Mixture,
    shards: Sequence[Shard],
) -> Manifest:
    """The manifest; `content_hash` covers all of it but the versions, so that two equal builds share it."""
    names = {unit: corpus.name for unit, corpus in plan.units.items()}
    content = {
        "format": FORMAT,
        "recipe": recipe.model_dump(mode="json"),
        "pack": pack,
        "rows": mixture.total,
        "mixture": [
            {"task": row.task, "corpus": row.corpus, "split": row.split, "available": row.available, "drawn": row.drawn}
            for row in mixture.rows
        ],
        "written": [
            {"corpus": names[shard.unit], "split": shard.unit.split, "kind": kind, "rows": count}
            for shard in shards
            for kind, count in sorted(shard.rows.items())
        ],
        "unused": plan.unused,
        "inputs": {f"{names[s.unit]}/{name}": digest for s in surveys for name, digest in s.inputs.items()},
        "repairs": [
            {"corpus": names[s.unit], "split": s.unit.split, "rule": entry.reason, "count": count}
            for s in surveys
            for entry, count in s.ledger.rows("mended")
        ],
        "drops": [
            {
                "corpus": names[s.unit],
                "split": s.unit.split,
                "stage": entry.stage,
                "reason": entry.reason,
                "count": count,
            }
            for s in surveys
            for entry, count in s.ledger.rows("dropped")
        ],
        "shards": [
            {"file": shard.name, "rows": sum(shard.rows.values()), "bytes": shard.size, "sha256": shard.sha256}
            for shard in shards
        ],
    }
    digest = hashlib.sha256(json.encode(content, order="sorted")).hexdigest()
    return {**content, "versions": {name: version(name) for name in MATTERS}, "content_hash": digest}


def write(manifest: Manifest, folder: Path) -> None:
    """Write it into a data set's folder."""
    (folder / NAME).write_bytes(json.format(json.encode(manifest), indent=2) + b"\n")


def read(folder: Path) -> Manifest:
    """The manifest of a built data set.

    Raises:
        UserError: there is none, it is broken, or of another version.
    """
    path = folder / NAME
    try:
        manifest = json.decode(path.read_bytes(), type=dict[str, Any])
    except OSError as error:
        raise UserError(f"{folder} holds no built data set ({NAME} is missing).", "run 'mnlu build'.") from error
    except DecodeError as error:
        raise UserError(f"{path} is broken: {error}.", "build the data set again.") from error
    if manifest.get("format") != FORMAT:
        raise UserError(f"{path} has format {manifest.get('format')}, expected {FORMAT}.", "build the data set again.")
    return manifest


def verify(folder: Path) -> Manifest:
    """The manifest, after every shard was found to be what it says.

    Raises:
        UserError: a shard is missing, changed, or not in the manifest.
    """
    manifest = read(folder)
    stated = {shard["file"]: shard["sha256"] for shard in manifest["shards"]}
    for name, digest in stated.items():
        path = folder / name
        if not path.is_file():
            raise UserError(f"{path} is missing.", "build the data set again.")
        if files.sha256(path) != digest:
            raise UserError(f"{path} is not the file that was built.", "build the data set again.")
    if strangers := sorted(path.name for path in folder.glob("train-*.parquet") if path.name not in stated):
        raise UserError(f"{folder / strangers[0]} is not in the manifest.", "remove it, or build the data set again.")
    return manifest
