"""Cache keys: hashes of everything that decides a model's answers, by which results are found again."""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import json, structs

from mnlu_instruct import __version__, corpora, data_folder, files
from mnlu_instruct.catalogue.suites import Dataset, Suite
from mnlu_instruct.evaluation.questions import TRAIN, Settings
from mnlu_instruct.evaluation.subprocess_run import Asking
from mnlu_instruct.prompting import packs
from mnlu_instruct.sources import reading

PLACES = frozenset({"suite", "data", "skip_missing", "pack"})
"""Settings of an evaluation that only say where things are; the key has the contents of these instead."""


def key(made_from: Any) -> str:
    """A short hash of everything that decides a result."""
    return hashlib.blake2b(json.encode(made_from, order="sorted"), digest_size=8).hexdigest()


def splits(wanted: Iterable[tuple[str, str]], data: Path) -> list[list[str]]:
    """The hashes of the files of splits, each given as (corpus, split)."""
    return [
        [name, split, *(_sha256(path, path.stat().st_mtime_ns) for path in _files(name, split, data))]
        for name, split in sorted(set(wanted))
    ]


def answers(suite: Suite, asking: Asking) -> list[Any]:
    """What decides answers beside the model: questions, prompts, settings, and the version of this package."""
    data = data_folder.data_directory(asking.data)
    read = [one for dataset in suite.datasets for one in (dataset, *([_examples(dataset)] if asking.shots else []))]
    there = [(one.corpus, one.split) for one in read if not one.lacks(data)]
    how = {name: value for name, value in structs.asdict(asking).items() if name not in PLACES}
    pack = packs.load(asking.pack or Settings().pack)
    return [suite.model_dump(mode="json"), splits(there, data), pack.label, how, __version__]


def _examples(dataset: Dataset) -> Dataset:
    """The train split of a data set, from which few-shot examples are drawn."""
    return dataset.model_copy(update={"split": TRAIN})


def _files(name: str, split: str, data: Path) -> list[Path]:
    return reading.input_files(corpora.get(name), data, split)


@cache
def _sha256(path: Path, changed: int) -> str:
    """The hash of a file, cached by its time of change (nanoseconds), so that large files are read once."""
    return files.sha256(path)
