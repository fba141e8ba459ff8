"""The test questions of a suite: what is put to a model, with the gold answers, as the rows of a built data set."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from msgspec import Struct, json

from mnlu_instruct import corpora, folders, tasks
from mnlu_instruct.catalogue.suites import Dataset, Suite
from mnlu_instruct.dataset import rows, sampling_keys
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import few_shot
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.prompting import packs
from mnlu_instruct.sources import reading
from mnlu_instruct.tasks import label_order
from mnlu_instruct.types import Instance

SUITE = "suite.json"
TRAIN = "train"
SEED = 42
LIMITS: Mapping[str, int] = {"ner": 512, "ete": 512, "eae": 512, "summ": 1_024}
"""How many tokens an answer may have: spans and summaries; options are shorter."""
OPTION_LIMIT = 256

Question = dict[str, Any]
"""The columns of a row, `target` and `dataset`."""


class Settings(Struct, frozen=True):
    """What a run asks, beside its suite and model.

    Args:
        pack: the prompt pack.
        limit: at most how many questions a data set, drawn by their ids: always the same ones.
        skip_missing: whether data sets whose files are missing are left out.
        base_url: the address of the engine `server`.
        repeat: how often each question is asked; the first answer counts, the others show how firm it is.
        too_long: a prompt longer than the context stops the run, or is a wrong answer.
        shots: so many examples of the train split come before each question about named entities.
        constrained: whether answers are written inside the grammar of what can be read.
        by: answers are written, or options are chosen by their letters' likelihood.
        engine_arguments: words for the engine, as `vllm serve` takes them.
    """

    pack: str = "mnlu"
    limit: int | None = None
    skip_missing: bool = False
    base_url: str | None = None
    repeat: int = 1
    too_long: Literal["stop", "wrong"] = "stop"
    shots: int = 0
    constrained: bool = False
    by: Literal["generation", "likelihood"] = "generation"
    engine_arguments: tuple[str, ...] = ()

    @property
    def manner(self) -> str:
        """What the name of a system adds in reports where it isn't asked plainly: " (2 shots)", " (constrained)"."""
        parts = ["constrained"] * self.constrained + [self.by] * (self.by != "generation")
        parts += [f"{self.shots} {'shots' if self.shots > 1 else 'shot'}"] * bool(self.shots)
        return f" ({', '.join(parts)})" if parts else ""


def instances(dataset: Dataset, split: str, data: Path) -> Iterator[Instance]:
    """What is asked about a split of a data set's corpus, in file order, labels shuffled."""
    corpus = corpora.get(dataset.corpus)
    for record in reading.records(corpus, split, data, Ledger()):
        for instance in tasks.instances(record, corpus, (dataset.task,), Ledger()):
            yield label_order.shuffled(instance, SEED)


def tested(dataset: Dataset, data: Path, limit: int | None = None) -> list[Instance]:
    """What is asked of a data set, in file order; of many, so many that the hashes of their ids draw."""
    found = list(instances(dataset, dataset.split, data))
    if limit is None or limit >= len(found):
        return found
    keys = np.array([sampling_keys.key(instance.id) for instance in found], np.uint64)
    drawn = np.argsort(sampling_keys.ranks(keys, SEED), kind="stable")[:limit]
    return [found[place] for place in np.sort(drawn)]


def of_dataset(dataset: Dataset, data: Path, pack: packs.Pack, settings: Settings) -> Iterator[Question]:
    """The test examples of a data set: the columns of a row, `target` and `dataset`."""
    corpus = corpora.get(dataset.corpus)
    shown = few_shot.examples(instances(dataset, TRAIN, data)) if _takes_examples(dataset, settings) else None
    for instance in tested(dataset, data, settings.limit):
        row = rows.row(instance, corpus, dataset.split, pack)
        (answer,) = row.pop("completion")
        if shown:
            row["prompt"] = few_shot.prompt(instance, shown.of(instance, settings.shots, SEED), pack)
        yield {**row, "target": answer["content"], "dataset": dataset.name}


def of_suite(suite: Suite, data: Path, settings: Settings) -> dict[str, list[Question]]:
    """The test examples of a suite's data sets, by name.

    Raises:
        UserError: a data set's files are missing, or those that examples are taken from, and it is not to be skipped;
            or nothing is left.
    """
    pack = packs.load(settings.pack)
    lacking = {dataset.name: reason for dataset in suite.datasets if (reason := _lacks(dataset, data, settings))}
    if lacking and not settings.skip_missing:
        name, reason = next(iter(lacking.items()))
        raise UserError(
            f"{len(lacking)} of {len(suite.datasets)} data sets of suite {suite.name} are missing; {name}: {reason}.",
            "--skip-missing evaluates the others, and says how many are in an average.",
        )
    found = {
        dataset.name: list(of_dataset(dataset, data, pack, settings))
        for dataset in suite.datasets
        if dataset.name not in lacking
    }
    if not found:
        raise UserError(
            f"No data set of suite {suite.name} is there.", "'mnlu corpora --role eval' lists what is missing."
        )
    return found


def _takes_examples(dataset: Dataset, settings: Settings) -> bool:
    return settings.shots > 0 and dataset.task in few_shot.KINDS


def _lacks(dataset: Dataset, data: Path, settings: Settings) -> str:
    """What keeps a data set from being asked about; empty if nothing does."""
    if reason := dataset.lacks(data):
        return reason
    if _takes_examples(dataset, settings) and (reason := dataset.model_copy(update={"split": TRAIN}).lacks(data)):
        return f"--shots takes examples from its train split, and {reason}"
    return ""


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
    counts = {name: len(asked) for name, asked in found.items()}
    said = {"suite": suite.name, "pack": settings.pack, **told(found, settings), "questions": counts}
    (folder / SUITE).write_bytes(json.encode(said) + b"\n")


def told(found: Mapping[str, Sequence[Question]], settings: Settings) -> dict[str, Any]:
    """What `run.json` and `suite.json` say of examples before the questions, where there are any.

    `shots`: how many; `alike_shots`: how many prompts of a data set have some that are more alike than they should be.
    """
    if not settings.shots:
        return {}
    alike = few_shot.alike((name, question["prompt"]) for name, asked in found.items() for question in asked)
    return {"shots": settings.shots, **({"alike_shots": alike} if alike else {})}


def answer_limit(task: str) -> int:
    """How many tokens an answer to a kind of question may have."""
    return LIMITS.get(task, OPTION_LIMIT)
