"""Benchmark suites: their test sets, and the averages that they report.

A *reference* names what is asked: a bundled suite, the path of a suite's YAML file, a corpus or a user's corpus file
(`ward_test.py`, `ward_test.py::NAME`), whose test splits are asked (`ward_test.py@dev`: its dev splits); or several of
these, joined by commas.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, Self

from msgspec import Struct
from pydantic import Field, model_validator

from mnlu_instruct import assets, corpora, tasks, yaml_files
from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.sentences import EXTRA
from mnlu_instruct.sources import reading
from mnlu_instruct.sources.declaration import TEST, Corpus
from mnlu_instruct.types import TaskName
from mnlu_instruct.yaml_files import YamlModel

Metric = Literal[
    "f1",
    "precision",
    "recall",
    "f1_token",
    "f1_token_macro",
    "f1_example",
    "f1_exact",
    "f1_with_relations",
    "exact_match",
    "f1_macro_positive",
    "accuracy",
    "pearson",
    "spearman",
    "rougeL",
    "rouge1",
    "rouge2",
    "rougeLsum",
    "bleu",
    "bertscore",
]
"""The metrics of `scoring/`: a suite can report any that its data set has."""
APART = ("ere", "dialogue", "el")
"""The kinds of questions that are no part of the unified format."""
Scores = Mapping[str, Mapping[str, float]]
"""By data set the value of each metric (fractions of 1), its own headline first."""
Within = Callable[[Mapping[str, str]], tuple[float, float]]
"""From the metric of each data set that is averaged to the 95 % interval of their mean, fractions of 1."""


class Search(YamlModel):
    """Beam search, as transformers does it, with all of its settings stated: none comes from a model's own files.

    Attributes:
        beams: the number of beams.
        max_tokens: the most tokens of an answer, with those that begin and end it; without the decoder's start token.
        min_tokens: the fewest tokens, likewise.
        length_penalty: the score of an answer is divided by its length to this power.
        no_repeat_ngram: no sequence of so many tokens occurs twice in an answer; 0: all may.
        early_stopping: whether a search ends as soon as there are as many answers as beams.
    """

    beams: int = Field(ge=1)
    max_tokens: int = Field(ge=1)
    min_tokens: int = Field(0, ge=0)
    length_penalty: float = 1.0
    no_repeat_ngram: int = Field(0, ge=0)
    early_stopping: bool = True

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.min_tokens > self.max_tokens:
            raise UserError(
                f"A search has min_tokens {self.min_tokens}, more than its max_tokens {self.max_tokens}.",
                "give fewer.",
            )
        return self


class Dataset(YamlModel):
    """One test set.

    Attributes:
        name: the name in results.
        corpus: the name of the corpus, which may not be registered yet; or a reference to a user's own
            (`corpora.get`), relative to the suite's file.
        task: the kind of question that is asked.
        split: the split of the corpus.
        type: the task type that it counts for in `task_macro`, if that is not its task (BLURB's `pico`).
        headline: the metric that this suite reports of it, if that is another than the data set's first.
        search: how its answers are searched for; by default, each token is the likeliest (greedy).
    """

    name: str
    corpus: str
    task: TaskName
    split: str = TEST
    type: str | None = None
    headline: Metric | None = None
    search: Search | None = None

    @property
    def task_type(self) -> str:
        """The task type; the three kinds of questions about events are one type."""
        return self.type or next(family for family, task in tasks.FAMILIES.items() if self.task in task.NAMES)

    @property
    def declaration(self) -> Corpus:
        """Its corpus.

        Raises:
            UserError: there is none, or its file has a mistake.
        """
        return corpora.get(self.corpus)

    @property
    def corpus_name(self) -> str:
        """The name of its corpus, even if that isn't registered."""
        return self.declaration.name if corpora.is_path(self.corpus) else self.corpus

    def below(self, folder: Path) -> Self:
        """The same, with the path of a user's own corpus relative to a folder."""
        if not corpora.is_path(self.corpus):
            return self
        return self.model_copy(update={"corpus": str(folder / self.corpus)})

    def lacks(self, data: Path) -> str:
        """Why it can't be evaluated, given the data directory; empty if it can.

        Raises:
            UserError: the file of the user's own corpus isn't there, or has a mistake.
        """
        if self.corpus not in corpora.registry() and not corpora.is_path(self.corpus):
            return "its corpus is not registered"
        corpus = self.declaration
        if self.split not in corpus.splits:
            return f"{corpus.name} has no split '{self.split}'"
        if self.task not in tasks.kinds(corpus.tasks):
            return f"{corpus.name} has no {self.task} questions"
        if absent := reading.missing(corpus, data, self.split):
            return absent[0] if absent == [EXTRA] else f"{absent[0]} is not in {reading.directory(corpus, data)}"
        return ""


class Suite(YamlModel):
    """Test sets, in the order reported.

    Attributes:
        name: its name in results.
        description: what it is.
        datasets: the test sets.
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

    def average(self, scores: "Scores", within: "Within | None" = None) -> "dict[str, Average]":
        """The averages by name, over the headline of each data set; without those over no score.

        Args:
            scores: the value of each metric.
            within: gives the interval of a mean over data sets (name → metric), fractions of 1.
        """
        found = {}
        for name, members in self.averages.items():
            metrics = {
                dataset.name: headline(scores[dataset.name], dataset.headline)
                for dataset in self.datasets
                if dataset.name in members and scores.get(dataset.name)
            }
            if metrics:
                types: dict[str, list[float]] = {}
                for dataset in self.datasets:
                    if metric := metrics.get(dataset.name):
                        types.setdefault(dataset.task_type, []).append(100 * scores[dataset.name][metric])
                values = [value for same in types.values() for value in same]
                lacking = tuple(member for member in members if member not in scores)
                macro = _mean([_mean(same) for same in types.values()])
                interval = _printed_interval(within(metrics)) if within else None
                mean = _printed(_mean(values))
                found[name] = Average(self.name, mean, _printed(macro), len(values), lacking, interval)
        return found


class Average(Struct, frozen=True):
    """An average over headline scores, ×100, to one decimal, as papers print it.

    Args:
        suite: the name of the suite.
        mean: the plain mean over data sets.
        task_macro: the mean over task types of their means: the score of BLURB's leaderboard.
        datasets: the number of data sets averaged; `missing`: the data sets that have no score.
        interval: the 95 % interval of the mean, where it is computed from answers: documents of all data sets are
            resampled, the data sets themselves are not.
    """

    suite: str
    mean: float
    task_macro: float
    datasets: int
    missing: tuple[str, ...] = ()
    interval: tuple[float, float] | None = None

    @property
    def over(self) -> str:
        """How many data sets are averaged, in words: "over 7 of 13"."""
        return f"over {self.datasets} of {self.datasets + len(self.missing)}"


def available() -> list[str]:
    """The names of the suites that come with the package."""
    return [name.removeprefix("suites/").removesuffix(".yaml") for name in assets.names("eval", "suites/*.yaml")]


def load(reference: str) -> Suite:
    """Load what a reference names; several suites become one, with the averages of each.

    Raises:
        UserError: there is no such suite or corpus, its file has a mistake, a corpus has no test split; or two of the
            suites have a data set of the same name that isn't the same.
    """
    found = [_load(part.strip()) for part in reference.split(",")]
    if len(found) == 1:
        return found[0]
    return Suite(
        name="+".join(suite.name for suite in found),
        description="; ".join(suite.description for suite in found),
        datasets=tuple(dict.fromkeys(dataset for suite in found for dataset in suite.datasets)),
        averages={name: members for suite in found for name, members in suite.averages.items()},
    )


def _load(reference: str) -> Suite:
    corpus, _, split = reference.rpartition("@")
    for name, asked in ((corpus, split), (reference, TEST)):
        if corpora.is_path(name) or name in corpora.registry():
            return _of_corpora(name, asked)
    path = yaml_files.locate(reference, "eval/suites", "suite")
    found = yaml_files.load(path, Suite)
    return found.model_copy(update={"datasets": tuple(dataset.below(path.parent) for dataset in found.datasets)})


def _of_corpora(reference: str, split: str) -> Suite:
    """A split of a corpus, or of a file's corpora that have it: one data set for each kind of question.

    What few packs word (`APART`) is asked for only of corpora that are for nothing else.

    Raises:
        UserError: no corpus has such a split.
    """
    known = corpora.named(reference)
    found = {name: corpus for name, corpus in known.items() if split in corpus.splits}
    if not found:
        there = sorted({name for corpus in known.values() for name in corpus.splits})
        raise UserError(
            f"{reference} has no split '{split}', only {', '.join(there) or 'none at all'}.",
            f"write {reference}@{there[0]} for that split."
            if there and split == TEST
            else f"declare '{split}' in its `splits`, with the names of its files.",
        )
    datasets = []
    for name, corpus in found.items():
        served = [kind for kind in tasks.TASKS if kind in tasks.kinds(corpus.tasks)]
        kinds = [kind for kind in served if kind not in APART] or served[:1]
        for kind in kinds:
            parts = (corpus.name, *([kind] if len(kinds) > 1 else []), *([split] if split != TEST else []))
            datasets.append(Dataset(name="-".join(parts), corpus=name, task=kind, split=split))
    named = "+".join(corpus.name for corpus in found.values())
    return Suite(name=named, description=f"The split '{split}' of {reference}.", datasets=tuple(datasets))


def headline(metrics: Mapping[str, object], wished: str | None) -> str:
    """The metric to report of a data set: the one that a suite wishes for, if there is such, else its first."""
    return wished if wished is not None and wished in metrics else next(iter(metrics))


def averages(scores: Scores, within: Within | None = None) -> dict[str, Average]:
    """The averages of all bundled suites for which there are scores, by name; arguments as for `Suite.average`.

    If two suites have an average of the same name (the paper's BLURB has another HoC than BLURB's own), the one over
    more of the scored data sets is taken; in a tie, the benchmark's own, which has the name of its suite.
    """
    found = [(name, average) for suite in available() for name, average in load(suite).average(scores, within).items()]
    ranked = sorted(found, key=lambda item: (item[1].datasets, item[1].suite == item[0]))
    return dict(sorted(dict(ranked).items()))


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _printed_interval(ends: tuple[float, float]) -> tuple[float, float]:
    low, high = ends
    return _printed(100 * low), _printed(100 * high)


def _printed(value: float) -> float:
    """A value rounded to one decimal, never −0."""
    return round(value, 1) + 0.0
