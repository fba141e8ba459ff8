"""The manifest of a built data set: recipe, hashes of inputs and outputs, counts, repairs, drops, a content hash."""

import hashlib
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import DecodeError, json, to_builtins

from mnlu_instruct import files
from mnlu_instruct.dataset.layout import SPLITS, split_of
from mnlu_instruct.dataset.lengths import lengths
from mnlu_instruct.dataset.mixture import Mixture
from mnlu_instruct.dataset.plan import Plan
from mnlu_instruct.dataset.recipe import BuildRecipe
from mnlu_instruct.dataset.rendering import Dealt, Shard
from mnlu_instruct.dataset.row_counts import Tally
from mnlu_instruct.dataset.units import Survey
from mnlu_instruct.errors import UserError
from mnlu_instruct.leakage.report import Cell
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.sources.licences import restriction
from mnlu_instruct.sources.unit import Unit

NAME = "manifest.json"
FORMAT = 2
MATTERS = ("mnlu-instruct", "jinja2", "nltk", "pyarrow")
"""The packages whose versions can change the bytes of a data set."""

Manifest = dict[str, Any]


def make(
    recipe: BuildRecipe,
    pack: str,
    plan: Plan,
    surveys: Sequence[Survey],
    mixture: Mixture,
    leaks: Sequence[Cell] | None,
    dealt: Sequence[Dealt],
    shards: Sequence[Shard],
) -> Manifest:
    """The manifest of a build; `content_hash` covers everything but the versions, so that equal builds share it."""
    names = {unit: corpus.name for unit, corpus in plan.units.items()}
    tallies = _tallies(dealt)
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
            {"corpus": names[unit], "split": unit.split, "kind": kind, "rows": one.rows, "nothing": one.nothing}
            for (unit, kind), one in tallies.items()
        ],
        "labels": [
            {"corpus": names[unit], "split": unit.split, "kind": kind, "label": label, "count": count}
            for (unit, kind), one in tallies.items()
            for label, count in sorted(one.labels.items(), key=lambda item: (-item[1], item[0]))
        ],
        "characters": _characters(tallies.values()),
        "corpora": list({names[unit]: _corpus(plan.units[unit]) for unit, _ in tallies}.values()),
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
        "leaks": None if leaks is None else [_leak(cell) for cell in leaks if cell.shared],
        "lengths": _lengths(surveys, mixture),
        "shards": [
            {"file": shard.name, "rows": shard.rows, "bytes": shard.size, "sha256": shard.sha256} for shard in shards
        ],
    }
    digest = hashlib.sha256(json.encode(content, order="sorted")).hexdigest()
    return {**content, "versions": versions(), "content_hash": digest}


def _leak(cell: Cell) -> dict[str, Any]:
    """The overlap of a test set with a training corpus, before the documents were left out."""
    return {"train": cell.train, "test": cell.test, "documents": cell.documents, "shared": cell.shared, **cell.kinds}


def _lengths(surveys: Sequence[Survey], mixture: Mixture) -> dict[str, Any] | None:
    """The distribution of the drawn rows' lengths in tokens; None if tokens are not counted."""
    drawn = [
        survey.tokens[task][np.searchsorted(survey.ordinals[task], mixture.chosen[survey.unit][task])]
        for survey in surveys
        for task in survey.tokens
    ]
    return to_builtins(lengths(np.concatenate(drawn))) if any(map(len, drawn)) else None


def versions() -> dict[str, str]:
    """The versions of the packages in `MATTERS`."""
    return {name: version(name) for name in MATTERS}


def splits(manifest: Manifest) -> dict[str, int]:
    """The rows of each split of a data set: of `train`, and of `validation` if there is one."""
    counts = dict.fromkeys(SPLITS, 0)
    for shard in manifest["shards"]:
        counts[split_of(shard["file"])] += shard["rows"]
    return {name: count for name, count in counts.items() if count}


def indexes(manifest: Manifest) -> dict[str, str | None]:
    """By corpus, the literature index that its groups are article ids of, if they are such ids."""
    return {corpus["name"]: corpus.get("articles") for corpus in manifest["corpora"]}


def write(manifest: Manifest, folder: Path) -> None:
    """Write a manifest into a data set's folder."""
    (folder / NAME).write_bytes(json.format(json.encode(manifest), indent=2) + b"\n")


def read(folder: Path) -> Manifest:
    """Read the manifest of a built data set.

    Raises:
        UserError: there is none, or it is broken or has another format.
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
    """Check every shard of a data set against its manifest, and return the manifest.

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
            raise UserError(f"{path} was changed after the build: its SHA-256 differs.", "build the data set again.")
    if strangers := sorted(path.name for path in folder.glob("*.parquet") if path.name not in stated):
        raise UserError(f"{folder / strangers[0]} is not in the manifest.", "delete it, or build the data set again.")
    return manifest


def _tallies(dealt: Sequence[Dealt]) -> dict[tuple[Unit, str], Tally]:
    """The counts of each unit and kind of question, in the order of the parts."""
    found: dict[tuple[Unit, str], Tally] = {}
    for part in dealt:
        for kind, tally in sorted(part.tallies.items()):
            found.setdefault((part.unit, kind), Tally()).merge(tally)
    return found


def _characters(tallies: Iterable[Tally]) -> dict[str, list[int]]:
    """The distribution of row lengths in characters: `counts[i]` rows have `bounds[i]` ≤ length < `bounds[i + 1]`."""
    together = Tally()
    for tally in tallies:
        together.merge(tally)
    digits = range(min(together.characters), max(together.characters) + 1)
    return {
        "bounds": [2 ** (digit - 1) for digit in (*digits, digits.stop)],
        "counts": [together.characters.get(digit, 0) for digit in digits],
    }


def _corpus(corpus: Corpus) -> dict[str, str | bool | None]:
    """What the manifest says of a corpus: what it is, its licence, how to cite it, what its groups are."""
    return {
        "name": corpus.name,
        "title": corpus.title,
        "synthetic": corpus.is_demo,
        "domain": corpus.domain,
        "language": corpus.language,
        "access": corpus.source.access,
        "licence": corpus.licence,
        "restriction": restriction(corpus),
        "cite": corpus.cite,
        "articles": corpus.articles.index if corpus.articles else None,
    }
