"""Benchmark suites: their test sets, and the averages that they report."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from msgspec import Struct
from pydantic import Field, model_validator

from mnlu_instruct import assets, corpora, tasks, yaml_files
from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.sources import reading
from mnlu_instruct.sources.sentences import EXTRA
from mnlu_instruct.types import TaskName
from mnlu_instruct.yaml_files import YamlModel

Metric = Literal[
    "f1",
    "precision",
    "recall",
    "f1_token",
    "f1_token_macro",
    "f1_example",
    "f1_macro_positive",
    "accuracy",
    "pearson",
    "spearman",
    "rougeL",
    "rouge1",
    "rouge2",
]
"""The metrics of `scoring/`: a suite can report any that its data set has."""
Scores = Mapping[str, Mapping[str, float]]
"""By data set the value of each metric (fractions of 1), its own headline first."""


class Dataset(YamlModel):
    """One test set.

    Attributes:
        name: the name in results.
        corpus: the name of the corpus; it may not be registered yet.
        task: the kind of question that is asked.
        split: the split of the corpus.
        type: the task type that it counts for in `task_macro`, if that is not its task (BLURB's `pico`).
        headline: the metric that this suite reports of it, if that is another than the data set's first.
    """

    name: str
    corpus: str
    task: TaskName
    split: str = "test"
    type: str | None = None
    headline: Metric | None = None

    @property
    def task_type(self) -> str:
        """The task type; the three kinds of questions about events are one type."""
        return self.type or next(family for family, task in tasks.FAMILIES.items() if self.task in task.NAMES)

    def lacks(self, data: Path) -> str:
        """Why it can't be evaluated, given the data directory; empty if it can."""
        if self.corpus not in corpora.registry():
            return "its corpus is not registered"
        corpus = corpora.get(self.corpus)
        if self.split not in corpus.splits:
            return f"{self.corpus} has no split '{self.split}'"
        if self.task not in tasks.kinds(corpus.tasks):
            return f"{self.corpus} has no {self.task} questions"
        if absent := reading.missing(corpus, data, self.split):
            return absent[0] if absent == [EXTRA] else f"{absent[0]} is not in {reading.directory(corpus, data)}"
        return ""


class Suite(YamlModel):
    """Test sets, in the order reported.

    Attributes:
        averages: the averages reported, by name, each over the listed data sets; if not given, one over all data sets
            with the suite's name.
    """

    name: str
    description: str
    datasets: tuple[Dataset, ...]
    averages: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [dataset.name for dataset in self.datasets]
        if twice := [name for name in names if names.count(name) > 1]:
            raise UserError(f"Suite {self.name} has data set '{twice[0]}' twice.", "name each data set once.")
        for members in self.averages.values():
            for name in members:
                if name not in names:
                    raise unknown(f"data set in an average of suite {self.name}:", name, names)
        if not self.averages:
            object.__setattr__(self, "averages", {self.name: tuple(names)})
        return self

    @property
    def headlines(self) -> dict[str, str]:
        """The metrics that it reports instead of data sets' first ones, by data set."""
        return {dataset.name: dataset.headline for dataset in self.datasets if dataset.headline}

    def average(self, scores: "Scores") -> "dict[str, Average]":
        """The averages by name, over the headline of each data set; without those over no score."""
        found = {}
        for name, members in self.averages.items():
            types: dict[str, list[float]] = {}
            for dataset in self.datasets:
                if dataset.name in members and (metrics := scores.get(dataset.name)):
                    value = metrics[headline(metrics, dataset.headline)]
                    types.setdefault(dataset.task_type, []).append(100 * value)
            if types:
                lacking = tuple(member for member in members if member not in scores)
                values = [value for same in types.values() for value in same]
                macro = _mean([_mean(same) for same in types.values()])
                found[name] = Average(self.name, _printed(_mean(values)), _printed(macro), len(values), lacking)
        return found


class Average(Struct, frozen=True):
    """An average over headline scores, ×100, to one decimal, as papers print it.

    Args:
        suite: the name of the suite.
        mean: the plain mean over data sets.
        task_macro: the mean over task types of their means: the score of BLURB's leaderboard.
        datasets: the number of data sets averaged; `missing`: the data sets that have no score.
    """

    suite: str
    mean: float
    task_macro: float
    datasets: int
    missing: tuple[str, ...] = ()

    @property
    def over(self) -> str:
        """How many data sets are averaged, in words: "over 7 of 13"."""
        return f"over {self.datasets} of {self.datasets + len(self.missing)}"


def available() -> list[str]:
    """The names of the suites that come with the package."""
    return [name.removeprefix("suites/").removesuffix(".yaml") for name in assets.names("eval", "suites/*.yaml")]


def load(source: str) -> Suite:
    """Load a suite by name, or a user's own by the path of its YAML file.

    Raises:
        UserError: there is no such suite, or its file has a mistake.
    """
    return yaml_files.load(yaml_files.locate(source, "eval/suites", "suite"), Suite)


def headline(metrics: Mapping[str, object], wished: str | None) -> str:
    """The metric to report of a data set: the one that a suite wishes for, if there is such, else its first."""
    return wished if wished is not None and wished in metrics else next(iter(metrics))


def averages(scores: Scores) -> dict[str, Average]:
    """The averages of all bundled suites for which there are scores, by name.

    If two suites have an average of the same name (the paper's BLURB has another HoC than BLURB's own), the one over
    more of the scored data sets is taken; in a tie, the benchmark's own, which has the name of its suite.
    """
    found = [(name, average) for suite in available() for name, average in load(suite).average(scores).items()]
    ranked = sorted(found, key=lambda item: (item[1].datasets, item[1].suite == item[0]))
    return dict(sorted(dict(ranked).items()))


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _printed(value: float) -> float:
    """A value rounded to one decimal, never −0."""
    return round(value, 1) + 0.0
