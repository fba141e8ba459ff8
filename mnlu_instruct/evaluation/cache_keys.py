"""What makes a thing the one it is, so that it is found again by what it was made from."""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import json, structs

from mnlu_instruct import __version__, corpora, files
from mnlu_instruct.catalogue.suites import Dataset, Suite
from mnlu_instruct.evaluation.questions import TRAIN, Settings
from mnlu_instruct.evaluation.subprocess_run import Asking
from mnlu_instruct.prompting import packs
from mnlu_instruct.sources import reading

PLACES = frozenset({"suite", "data", "skip_missing", "pack"})
"""Of how a model is asked: what says where things are, which counts by what is there."""


def key(made_from: Any) -> str:
    """A short name for all that decides a thing."""
    return hashlib.blake2b(json.encode(made_from, order="sorted"), digest_size=8).hexdigest()


def splits(wanted: Iterable[tuple[str, str]], data: Path) -> list[list[str]]:
    """The files of splits, as (corpus, split): their hashes."""
    return [
        [name, split, *(_sha256(path, path.stat().st_mtime_ns) for path in _files(name, split, data))]
        for name, split in sorted(set(wanted))
    ]


def answers(suite: Suite, asking: Asking) -> list[Any]:
    """What decides a model's answers beside the model: questions, prompts, how they are asked, the program."""
    data = files.data_directory(asking.data)
    read = [one for dataset in suite.datasets for one in (dataset, *([_examples(dataset)] if asking.shots else []))]
    there = [(one.corpus, one.split) for one in read if not one.lacks(data)]
    how = {name: value for name, value in structs.asdict(asking).items() if name not in PLACES}
    pack = packs.load(asking.pack or Settings().pack)
    return [suite.model_dump(mode="json"), splits(there, data), pack.label, how, __version__]


def _examples(dataset: Dataset) -> Dataset:
    """What examples in prompts are taken from."""
    return dataset.model_copy(update={"split": TRAIN})


def _files(name: str, split: str, data: Path) -> list[Path]:
    return reading.input_files(corpora.get(name), data, split)


@cache
def _sha256(path: Path, changed: int) -> str:
    """The hash of a file that was last changed at a time, in nanoseconds; large ones are read once."""
    return files.sha256(path)
