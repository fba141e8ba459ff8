"""The test questions of a suite: what is put to a model, with the gold answers, as the rows of a built data set."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, json

from mnlu_instruct import corpora, folders, prompts, reading, rows, sampling, tasks
from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.suites import Dataset, Suite
from mnlu_instruct.types import Instance

SUITE = "suite.json"
SEED = 42
LIMITS: Mapping[str, int] = {"ner": 512, "ete": 512, "eae": 512, "summ": 1_024}
"""How many tokens an answer may have: spans and summaries; options are short."""
OPTION_LIMIT = 64

Question = dict[str, Any]
"""The columns of a row, `target` and `dataset`."""


class Settings(Struct, frozen=True):
    """What a run asks, beside its suite and model.

    Args:
        pack: the prompt pack.
        limit: at most how many questions a data set.
        skip_missing: whether data sets whose files are missing are left out.
        base_url: the address of the engine `server`.
        repeat: how often each question is asked; the first answer counts, the others show how firm it is.
        too_long: a prompt longer than the context stops the run, or is a wrong answer.
    """

    pack: str = "mnlu"
    limit: int | None = None
    skip_missing: bool = False
    base_url: str | None = None
    repeat: int = 1
    too_long: Literal["stop", "wrong"] = "stop"


def instances(dataset: Dataset, split: str, data: Path) -> Iterator[Instance]:
    """What is asked about a split of a data set's corpus, in file order, labels shuffled."""
    corpus = corpora.get(dataset.corpus)
    for record in reading.records(corpus, split, data, Ledger()):
        for instance in tasks.instances(record, corpus, (dataset.task,), Ledger()):
            yield sampling.shuffled(instance, SEED)


def of_dataset(dataset: Dataset, data: Path, pack: prompts.Pack, limit: int | None = None) -> Iterator[Question]:
    """The test examples of a data set: the columns of a row, `target` and `dataset`."""
    corpus = corpora.get(dataset.corpus)
    for instance in islice(instances(dataset, dataset.split, data), limit):
        row = rows.row(instance, corpus, dataset.split, pack)
        (answer,) = row.pop("completion")
        yield {**row, "target": answer["content"], "dataset": dataset.name}


def of_suite(suite: Suite, data: Path, settings: Settings) -> dict[str, list[Question]]:
    """The test examples of a suite's data sets, by name.

    Raises:
        UserError: a data set's files are missing, and they are not to be skipped; or nothing is left.
    """
    pack = prompts.load(settings.pack)
    lacking = {dataset.name: reason for dataset in suite.datasets if (reason := dataset.lacks(data))}
    if lacking and not settings.skip_missing:
        name, reason = next(iter(lacking.items()))
        raise UserError(
            f"{len(lacking)} of {len(suite.datasets)} data sets of suite {suite.name} are missing; {name}: {reason}.",
            "--skip-missing evaluates the others, and says how many are in an average.",
        )
    found = {
        dataset.name: list(of_dataset(dataset, data, pack, settings.limit))
        for dataset in suite.datasets
        if dataset.name not in lacking
    }
    if not found:
        raise UserError(
            f"No data set of suite {suite.name} is there.", "'mnlu corpora --role eval' lists what is missing."
        )
    return found


def export(suite: Suite, data: Path, settings: Settings, out: Path, overwrite: bool) -> int:
    """Write a suite's test examples, `<dataset>.jsonl` each, with the suite's name in `suite.json`; how many there are.

    Raises:
        UserError: as `of_suite`; or `out` can't be written, or is there already.
    """
    folders.check(out, overwrite, SUITE)
    found = of_suite(suite, data, settings)
    with folders.appearing(out) as folder:
        write(folder, suite, settings, found)
    return sum(map(len, found.values()))


def write(folder: Path, suite: Suite, settings: Settings, found: Mapping[str, Sequence[Question]]) -> None:
    """Write the questions of a suite's data sets, `<dataset>.jsonl` each, and what they are of."""
    for name, asked in found.items():
        (folder / f"{name}.jsonl").write_bytes(b"".join(json.encode(question) + b"\n" for question in asked))
    (folder / SUITE).write_bytes(json.encode({"suite": suite.name, "pack": settings.pack}) + b"\n")


def answer_limit(task: str) -> int:
    """How many tokens an answer to a kind of question may have."""
    return LIMITS.get(task, OPTION_LIMIT)
