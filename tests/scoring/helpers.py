"""Shared by the tests of scoring: answered questions made by hand, and the test questions of the demo corpora."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path

from mnlu_instruct import corpora, tasks
from mnlu_instruct.catalogue import suites
from mnlu_instruct.catalogue.suites import Dataset
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.scoring.statistics import Answered
from mnlu_instruct.tasks import label_shuffle
from mnlu_instruct.types import (
    Choice,
    Choices,
    Grade,
    Instance,
    Label,
    MarkedSpan,
    Parsed,
    Spans,
    TaskName,
    Text,
)
from tests import support

DEMO = {dataset.name: dataset for dataset in suites.load("demo").datasets}


@cache
def questions(dataset: Dataset, split: str = "test") -> tuple[Instance, ...]:
    """A data set's questions, labels shuffled; empty if its corpus has no such split."""
    corpus = corpora.get(dataset.corpus)
    if split not in corpus.splits:
        return ()
    found = support.instances(corpus, split, Path(), Ledger())
    return tuple(label_shuffle.shuffled(one, 42) for one in found if one.task == dataset.task)


def negative(dataset: Dataset) -> str | None:
    relations = corpora.get(dataset.corpus).relations
    return relations.negative if relations else None


def read(instance: Instance, text: str) -> Answered:
    return Answered(instance, tasks.TASKS[instance.task].read(text, instance))


def write(instance: Instance) -> str:
    return tasks.TASKS[instance.task].write(instance.gold.answer, instance)


def spans(
    gold: Mapping[str, Sequence[str]],
    stated: Mapping[str, Sequence[str]] | None,
    text: str = "",
    name: str = "1",
    **parsed: object,
) -> Answered:
    """A NER question and an answer to it; the text holds the gold strings, and `text`."""
    words = " ".join([text, *(string for strings in gold.values() for string in strings)])
    marked = {key: tuple(MarkedSpan(string, ((0, 1),)) for string in strings) for key, strings in gold.items()}
    instance = Instance(name, "ner", name, words, {}, tuple(Label(key, key) for key in gold), Spans(marked))
    answer = None if stated is None else {key: tuple(stated.get(key, ())) for key in gold}
    return Answered(instance, Parsed(answer, **parsed))  # type: ignore[arg-type]


def keys(
    labels: Collection[str],
    gold: Collection[str],
    stated: Collection[str] | None,
    task: TaskName = "re",
    name: str = "1",
) -> Answered:
    """A question about which labels hold, and an answer to it."""
    shown = tuple(Label(key, key) for key in labels)
    instance = Instance(name, task, name, "", {}, shown, Choices(tuple(gold)))
    return Answered(instance, Parsed(None if stated is None else frozenset(stated)))


def key(labels: Collection[str], gold: str, stated: str | None, name: str = "1") -> Answered:
    """A question about which label holds, and an answer to it."""
    instance = Instance(name, "nli", name, "", {}, tuple(Label(one, one) for one in labels), Choice(gold))
    return Answered(instance, Parsed(stated))


def grade(gold: float, stated: int | None, name: str = "1", scale: int = 5) -> Answered:
    """A question about the similarity of two sentences, from 0 to `scale`, and an answer to it."""
    labels = tuple(Label(str(score), f"score {score}") for score in range(scale + 1))
    return Answered(Instance(name, "sts", name, "", {}, labels, Grade(round(gold), gold)), Parsed(stated))


def summary(gold: str, stated: str | None, name: str = "1") -> Answered:
    """A text to summarise, and a summary."""
    return Answered(Instance(name, "summ", name, "", {}, (), Text(gold)), Parsed(stated))
