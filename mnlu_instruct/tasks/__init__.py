"""The tasks, one module each: from records to questions, from answers to completions, and back.

`ask(record, corpus, ledger)` turns a record into questions with gold answers; `write(answer, instance)` returns the
completion that a model is trained on; `read(text, instance)` parses a completion, so that
`read(write(gold)).answer == gold`. No task depends on a particular corpus.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.tasks import dc, dialogue, el, ere, events, ner, nli, qa, re, sts, summ
from mnlu_instruct.types import Answer, Instance, Parsed, Record


class Task(Protocol):
    """The interface of a task's module."""

    @property
    def NAMES(self) -> tuple[str, ...]:  # noqa: N802
        """The kinds of questions it asks."""

    def ask(self, record: Record, corpus: Corpus, ledger: Ledger) -> Iterator[Instance]:
        """The questions about a record."""

    def write(self, answer: Answer, instance: Instance) -> str:
        """The completion for an answer."""

    def read(self, text: str, instance: Instance) -> Parsed:
        """The answer parsed from a completion."""


FAMILIES: dict[str, Task] = {
    "ner": ner, "ee": events, "dc": dc, "re": re, "qa": qa, "nli": nli, "sts": sts, "summ": summ, "ere": ere,
    "dialogue": dialogue, "el": el,
}  # fmt: skip
"""The tasks in their fixed order, which also breaks ties when rows are divided among tasks."""
UNIFIED = ("ner", "ee", "dc", "re", "nli", "sts", "summ")
"""The tasks that a build asks for, if none are named: those of MNLU-Instruct. QA stays unseen, for evaluation."""

TASKS: dict[str, Task] = {name: task for task in FAMILIES.values() for name in task.NAMES}
"""Every kind of question, by the name that instances carry."""

ORDER = tuple(name for family, task in FAMILIES.items() for name in dict.fromkeys((family, *task.NAMES)))


def members(name: str) -> tuple[str, ...]:
    """The kinds of questions of a task: `ee` has three, every other name stands for itself."""
    return FAMILIES[name].NAMES if name in FAMILIES else (name,)


def kinds(names: Iterable[str]) -> frozenset[str]:
    """The kinds of questions of several tasks."""
    return frozenset(kind for name in names for kind in members(name))


def parse(names: Iterable[str]) -> tuple[str, ...]:
    """The requested tasks, sorted into the fixed order.

    Raises:
        UserError: an unknown task, one named twice, or `ee` beside one of its parts.
    """
    requested = list(names)
    for name in requested:
        if name not in ORDER:
            raise unknown("task", name, ORDER)
        if requested.count(name) > 1:
            raise UserError(f"Task '{name}' is named twice.", "name each task once.")
        if name not in FAMILIES and "ee" in requested:
            raise UserError(f"Task '{name}' is a part of 'ee'.", "name either 'ee' or its parts.")
    return tuple(name for name in ORDER if name in requested)


def instances(record: Record, corpus: Corpus, names: Iterable[str], ledger: Ledger) -> Iterator[Instance]:
    """The questions of the named kinds that a corpus supports, without those whose completion can't be parsed back.

    An instance whose gold answer can't be parsed from its own completion is dropped and counted: a model could be
    trained on it, but never scored.
    """
    wanted = kinds(corpus.tasks).intersection(names)
    for task in FAMILIES.values():
        if wanted.isdisjoint(task.NAMES):
            continue
        for instance in task.ask(record, corpus, ledger):
            if instance.task not in wanted:
                continue
            if reads_back(instance, ledger):
                yield instance


def reads_back(instance: Instance, ledger: Ledger) -> bool:
    """Whether the gold answer can be parsed from its own completion; if not, that is counted as a drop."""
    task, answer = TASKS[instance.task], instance.gold.answer
    same = task.read(task.write(answer, instance), instance).answer == answer
    if not same:
        ledger.drop("write", "answer can't be read back", instance.id)
    return same
