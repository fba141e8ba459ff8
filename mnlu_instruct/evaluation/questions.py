"""The test questions of a suite, with gold answers, in the row format of built data sets."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from msgspec import Struct, json

from mnlu_instruct import console, folders, tasks
from mnlu_instruct.catalogue.suites import Dataset, Suite
from mnlu_instruct.dataset import rows, sampling_keys
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import few_shot, stated
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.prompting import packs
from mnlu_instruct.sources import reading
from mnlu_instruct.tasks import label_shuffle
from mnlu_instruct.types import Instance

SUITE = "suite.json"
TRAIN = "train"
SEED = 42
LIMITS: Mapping[str, int] = {"ner": 512, "ete": 512, "eae": 512, "ere": 512, "summ": 1_024, "dialogue": 1_024}
"""The most tokens of an answer, for spans, relations and free texts; answers that are options have `OPTION_LIMIT`."""
OPTION_LIMIT = 256

TooLong = Literal["stop", "wrong", "shorten"]
Question = dict[str, Any]
"""A row's columns without `completion`, plus `target` (the completion's text), `dataset`, and `letters` if "after"."""


class Asked(Struct, frozen=True):
    """The questions asked of a data set, and how many are `available`: more, if there is a limit."""

    questions: list[Question]
    available: int


class Settings(Struct, frozen=True):
    """The settings of a run, beside its suite and model.

    Args:
        pack: the prompt pack.
        limit: the most questions of each data set, a fixed sample drawn by hashes of their ids.
        skip_missing: whether data sets whose files are missing are left out.
        base_url: the address of the engine `server`.
        repeat: how often each question is asked; the first answer is scored, the others show how stable it is.
        too_long: whether a prompt longer than the context stops the run, counts as answered wrongly, or loses the end
            of its text, where the answer is a text in words of its own.
        shots: how many examples of the train split precede each NER question (few-shot).
        shots_as: whether examples are earlier turns of the chat, or text in front of the question; None: text for a
            model with the template `plain`, else turns.
        constrained: whether a grammar restricts generation to answers that the strict reader can read.
        by: whether answers are generated, or options are chosen by the likelihood of their letters.
        engine_arguments: arguments of the engine, as `vllm serve` takes them.
    """

    pack: str = "mnlu"
    limit: int | None = None
    skip_missing: bool = False
    base_url: str | None = None
    repeat: int = 1
    too_long: TooLong = "stop"
    shots: int = 0
    constrained: bool = False
    by: Literal["generation", "likelihood"] = "generation"
    engine_arguments: tuple[str, ...] = ()
    shots_as: Literal["turns", "text"] | None = None

    @property
    def manner(self) -> str:
        """The suffix of a system's name for settings other than the default: " (2 shots)", " (constrained)"."""
        parts = ["constrained"] * self.constrained + [self.by] * (self.by != "generation")
        as_text = " as text" if self.shots_as == "text" else ""
        parts += [f"{self.shots} {'shots' if self.shots > 1 else 'shot'}{as_text}"] * bool(self.shots)
        return f" ({', '.join(parts)})" if parts else ""


def instances(dataset: Dataset, split: str, data: Path) -> Iterator[Instance]:
    """The questions about a split of a data set's corpus, in file order, labels shuffled."""
    corpus = dataset.declaration
    for record in reading.records(corpus, split, data, Ledger()):
        for instance in tasks.instances(record, corpus, (dataset.task,), Ledger()):
            yield label_shuffle.shuffled(instance, SEED)


def sampled(dataset: Dataset, data: Path, limit: int | None = None) -> tuple[list[Instance], int]:
    """The test questions of a data set, in file order, and how many there are.

    Of more than `limit`, a sample by hashes of their ids.
    """
    found = list(instances(dataset, dataset.split, data))
    if limit is None or limit >= len(found):
        return found, len(found)
    keys = np.array([sampling_keys.key(instance.id) for instance in found], np.uint64)
    drawn = np.argsort(sampling_keys.ranks(keys, SEED), kind="stable")[:limit]
    return [found[place] for place in np.sort(drawn)], len(found)


def of_dataset(dataset: Dataset, data: Path, pack: packs.Pack, settings: Settings) -> Asked:
    """The test questions of a data set, with their prompts.

    Raises:
        UserError: a gold answer can't be read back from the pack's words, so that no answer could be right.
    """
    corpus = dataset.declaration
    shown = few_shot.examples(instances(dataset, TRAIN, data)) if _takes_examples(dataset, settings) else None
    found, available = sampled(dataset, data, settings.limit)
    asked = []
    for instance in found:
        if pack.rewords(corpus.name) and not tasks.reads_back(pack.worded(instance), Ledger()):
            raise UserError(
                f"The gold answer to {instance.id} can't be read back from the words of pack '{pack.name}'.",
                "'mnlu prompts lint' says which clauses are taken for others; names in quotes (pack quoted) are safe.",
            )
        row = rows.row(instance, corpus, dataset.split, pack)
        (answer,) = row.pop("completion")
        if shown:
            row["prompt"] = few_shot.prompt(
                instance, shown.of(instance, settings.shots, SEED), pack, settings.shots_as == "text"
            )
        letters = {} if pack.letters == "before" else {"letters": pack.letters}
        asked.append({**row, "target": answer["content"], "dataset": dataset.name, **letters})
    return Asked(asked, available)


def of_suite(suite: Suite, data: Path, settings: Settings) -> dict[str, Asked]:
    """The test questions of a suite, by data set.

    Raises:
        UserError: the files of a data set, or of its few-shot examples, are missing, and `skip_missing` is off; or no
            data set is left.
    """
    pack = packs.load(settings.pack)
    lacking = lacks(suite, data, settings)
    if lacking and not settings.skip_missing:
        name, reason = next(iter(lacking.items()))
        raise UserError(
            f"{len(lacking)} of {len(suite.datasets)} data sets of suite {suite.name} are missing; {name}: {reason}.",
            "--skip-missing evaluates the others, and says how many are in an average.",
        )
    for name, reason in lacking.items():
        console.notice(f"{name} is left out: {reason}.")
    found = {
        dataset.name: of_dataset(dataset, data, pack, settings)
        for dataset in suite.datasets
        if dataset.name not in lacking
    }
    if not found:
        name, reason = next(iter(lacking.items()))
        raise UserError(
            f"Every data set of suite {suite.name} lacks files; {name}: {reason}.",
            "'mnlu corpora show' says which files go where, also of a corpus of your own, by its path.",
        )
    return found


def _takes_examples(dataset: Dataset, settings: Settings) -> bool:
    return settings.shots > 0 and dataset.task in few_shot.KINDS


def lacks(suite: Suite, data: Path, settings: Settings) -> dict[str, str]:
    """Why data sets of a suite can't be asked about, by their names; those that can are left out."""
    return {dataset.name: reason for dataset in suite.datasets if (reason := _lacks(dataset, data, settings))}


def _lacks(dataset: Dataset, data: Path, settings: Settings) -> str:
    """Why a data set can't be asked about; empty if it can."""
    if reason := dataset.lacks(data):
        return reason
    if _takes_examples(dataset, settings) and (reason := dataset.model_copy(update={"split": TRAIN}).lacks(data)):
        return f"--shots takes examples from its train split, and {reason}"
    return ""


def export(suite: Suite, data: Path, settings: Settings, out: Path, overwrite: bool) -> int:
    """Write a suite's test questions, one `<dataset>.jsonl` each, with `suite.json`; returns how many there are.

    Raises:
        UserError: as `of_suite`; or `out` can't be written, or is there already.
    """
    folders.check(out, overwrite, SUITE)
    found = of_suite(suite, data, settings)
    with folders.atomic_folder(out) as folder:
        write(folder, suite, data, settings, found)
    return sum(len(asked.questions) for asked in found.values())


def write(folder: Path, suite: Suite, data: Path, settings: Settings, found: Mapping[str, Asked]) -> None:
    """Write the questions of each data set as `<dataset>.jsonl`, and suite and pack as `suite.json`."""
    for name, asked in found.items():
        (folder / f"{name}.jsonl").write_bytes(b"".join(json.encode(question) + b"\n" for question in asked.questions))
    said = {"pack": settings.pack, **few_shot_entries(found, settings), **suite_entries(suite, data, settings, found)}
    (folder / SUITE).write_bytes(json.format(json.encode(said), indent=2) + b"\n")


def suite_entries(
    suite: Suite,
    data: Path,
    settings: Settings,
    found: Mapping[str, Asked],
    without: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """The entries of `run.json` and `suite.json` about the suite: `suite`, `datasets`, `averages` (`stated.Stated`).

    `without` says why data sets were left out that lack nothing.
    """
    counts = {name: (len(asked.questions), asked.available) for name, asked in found.items()}
    return stated.of_suite(suite, data, counts, {**without, **lacks(suite, data, settings)}).entries


def few_shot_entries(found: Mapping[str, Asked], settings: Settings) -> dict[str, Any]:
    """The few-shot entries of `run.json` and `suite.json`; empty if zero-shot.

    `shots`: examples a question; `shots_as`: `text` where they aren't turns; `alike_shots`: by data set, how many
    prompts have examples that differ too little (`few_shot.alike`).
    """
    if not settings.shots:
        return {}
    alike = few_shot.alike((name, one["prompt"]) for name, asked in found.items() for one in asked.questions)
    as_text = {"shots_as": settings.shots_as} if settings.shots_as == "text" else {}
    return {"shots": settings.shots, **as_text, **({"alike_shots": alike} if alike else {})}


def answer_limit(task: str) -> int:
    """The most tokens that an answer to a kind of question may have."""
    return LIMITS.get(task, OPTION_LIMIT)
