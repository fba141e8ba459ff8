"""What a folder states about its questions, in `run.json` and `suite.json`: scoring needs neither corpora nor suite.

A run that was copied elsewhere, or whose suite and corpora are a user's own, is scored and reported like any other.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from msgspec import DecodeError, Struct, json, structs

from mnlu_instruct import files
from mnlu_instruct.catalogue.suites import Dataset, Suite
from mnlu_instruct.errors import UserError
from mnlu_instruct.sources import reading
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.sources.licences import restriction
from mnlu_instruct.types import TaskName

FILES = ("suite.json", "run.json")


class Declared(Struct, frozen=True, omit_defaults=True):
    """What scoring needs of a corpus' declaration.

    Args:
        negative: the label of pairs without a relation.
        several: whether several classes may hold of a document.
        by_words: whether spans are scored word by word.
        restriction: why its texts must not be passed on; empty if they may be.
    """

    negative: str | None = None
    several: bool = False
    by_words: bool = False
    restriction: str = ""

    @classmethod
    def of(cls, corpus: Corpus) -> Self:
        """The facts of a declaration."""
        return cls(
            corpus.negative,
            any(question.several for question in corpus.questions.values()),
            corpus.scored_by == "word",
            restriction(corpus),
        )


class AskedSet(Struct, frozen=True, omit_defaults=True):
    """A data set of the suite that was asked.

    Args:
        corpus: the name of its corpus.
        type: the task type that it counts for.
        questions: how many questions were asked; 0 if it lacks something (`lacks`).
        available: how many there are; more than were asked, if there was a limit.
        headline: the metric that the suite reports, if not the data set's first.
        files: the SHA-256 of each file of its split.
    """

    corpus: str
    task: TaskName
    split: str
    type: str
    questions: int = 0
    available: int = 0
    headline: str | None = None
    declared: Declared = Declared()
    lacks: str = ""
    files: Mapping[str, str] = {}


class Stated(Struct, frozen=True):
    """The suite that was asked: its name, its data sets and averages. Empty where nothing is stated."""

    suite: str = ""
    datasets: dict[str, AskedSet] = {}
    averages: dict[str, tuple[str, ...]] = {}

    @property
    def as_suite(self) -> Suite:
        """The suite, without where its corpora are."""
        return Suite(
            name=self.suite,
            description="",
            datasets=tuple(
                Dataset(
                    name=name, corpus=one.corpus, task=one.task, split=one.split, type=one.type, headline=one.headline
                )
                for name, one in self.datasets.items()
            ),
            averages=self.averages,
        )

    @property
    def entries(self) -> dict[str, Any]:
        """As entries of `run.json` or `suite.json`."""
        return structs.asdict(self)


def of_suite(suite: Suite, data: Path, asked: Mapping[str, tuple[int, int]], lacking: Mapping[str, str]) -> Stated:
    """What is stated of a suite.

    Args:
        suite: the suite.
        data: the data directory.
        asked: how many questions of each data set were asked, and how many there are.
        lacking: why the others weren't.
    """
    found: dict[str, AskedSet] = {}
    for dataset in suite.datasets:
        one = AskedSet(dataset.corpus_name, dataset.task, dataset.split, dataset.task_type, headline=dataset.headline)
        if dataset.name in asked:
            count, available = asked[dataset.name]
            corpus = dataset.declaration
            found[dataset.name] = structs.replace(
                one,
                questions=count,
                available=available,
                declared=Declared.of(corpus),
                files=_hashes(corpus, dataset.split, data),
            )
        else:
            found[dataset.name] = structs.replace(one, lacks=lacking[dataset.name])
    return Stated(suite.name, found, suite.averages)


def _hashes(corpus: Corpus, split: str, data: Path) -> dict[str, str]:
    folder = reading.directory(corpus, data)
    found = reading.input_files(corpus, data, split)
    return {path.relative_to(folder).as_posix(): files.sha256(path) for path in found}


def read(paths: Iterable[Path]) -> Stated:
    """What is stated beside prediction files, or in their folders; of several folders, all data sets and averages.

    Raises:
        UserError: a file can't be read.
    """
    found = Stated()
    for folder in dict.fromkeys(path if path.is_dir() else path.parent for path in paths):
        for name in FILES:
            one = _decoded(folder / name)
            found = Stated(one.suite or found.suite, found.datasets | one.datasets, found.averages | one.averages)
    return found


def _decoded(path: Path) -> Stated:
    try:
        return json.decode(path.read_bytes(), type=Stated) if path.is_file() else Stated()
    except DecodeError as error:
        raise UserError(f"{path} can't be read: {error}.", "remove it, or evaluate again.") from error
