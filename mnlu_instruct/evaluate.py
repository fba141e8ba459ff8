"""A run: the test questions of a suite, put to a model, and what it answered, scored."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from msgspec import Struct, json

from mnlu_instruct import (
    __version__,
    baselines,
    chat,
    corpora,
    engines,
    folders,
    prompts,
    reading,
    rows,
    sampling,
    scorecard,
    tasks,
)
from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.suites import Dataset, Suite
from mnlu_instruct.types import Instance

RUN, PREDICTIONS, SCORES, SUITE = "run.json", "predictions.jsonl", "scores.json", "suite.json"
LIMITS: Mapping[str, int] = {"ner": 512, "ete": 512, "eae": 512, "summ": 1_024}
"""How many tokens an answer may have: spans and summaries; options are short."""
OPTION_LIMIT = 64
BASELINE, TRAIN = "baseline", "train"
SEED = 42

Question = dict[str, Any]
Progress = Callable[[str, float], None]


class Settings(Struct, frozen=True):
    """What a run asks, beside its suite and model: the prompt pack, and at most how many questions a data set."""

    pack: str = "mnlu"
    limit: int | None = None
    skip_missing: bool = False


def instances(dataset: Dataset, split: str, data: Path) -> Iterator[Instance]:
    """What is asked about a split of a data set's corpus, in file order, labels shuffled."""
    corpus = corpora.get(dataset.corpus)
    for record in reading.records(corpus, split, data, Ledger()):
        for instance in tasks.instances(record, corpus, (dataset.task,), Ledger()):
            yield sampling.shuffled(instance, SEED)


def questions(dataset: Dataset, data: Path, pack: prompts.Pack, limit: int | None = None) -> Iterator[Question]:
    """The test examples of a data set: the columns of a row, `target` and `dataset`."""
    corpus = corpora.get(dataset.corpus)
    for instance in islice(instances(dataset, dataset.split, data), limit):
        row = rows.row(instance, corpus, dataset.split, pack)
        (answer,) = row.pop("completion")
        yield {**row, "target": answer["content"], "dataset": dataset.name}


def suite_questions(suite: Suite, data: Path, settings: Settings) -> dict[str, list[Question]]:
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
        dataset.name: list(questions(dataset, data, pack, settings.limit))
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
        UserError: as `suite_questions`; or `out` can't be written, or is there already.
    """
    folders.check(out, overwrite, SUITE)
    found = suite_questions(suite, data, settings)
    with folders.appearing(out) as folder:
        for name, asked in found.items():
            (folder / f"{name}.jsonl").write_bytes(b"".join(json.encode(question) + b"\n" for question in asked))
        (folder / SUITE).write_bytes(json.encode({"suite": suite.name, "pack": settings.pack}) + b"\n")
    return sum(map(len, found.values()))


def evaluate(
    model: str, engine: str, suite: Suite, data: Path, out: Path, settings: Settings, progress: Progress
) -> scorecard.Scorecard:
    """Put a suite to a model and write the run's folder: predictions, scores, and what made them.

    Args:
        model: a folder or a name; with the engine `baseline`, one of `baselines.NAMES`.
        engine: one of `engines.NAMES`, or `baseline`, which needs no model.
        suite: what is asked.
        data: the data directory.
        out: the folder to write.
        settings: how it is asked.
        progress: is told of stages and their shares.

    Raises:
        UserError: the suite or the model lacks something; a prompt is longer than the model's context.
    """
    asked = suite_questions(suite, data, settings)
    if engine == BASELINE:
        said, name = _stated(model, suite, asked, data, settings), BASELINE
    else:
        said, name = _generated(model, engine, list(chain.from_iterable(asked.values())), progress)
    about = {"system": Path(model).name, "model": model, "engine": name, "pack": settings.pack}
    return record(said, {**about, "suite": suite.name, "limit": settings.limit}, out)


def _generated(model: str, engine: str, asked: Sequence[Question], progress: Progress) -> tuple[list[Question], str]:
    """What a model answers, and the name of the engine."""
    progress("loading", 0.0)
    loaded = engines.load(engine, model)
    ids = chat.prompt_ids(loaded.tokenizer, [question["prompt"] for question in asked])
    limits = _limits(asked, ids, loaded.context)
    progress("loading", 1.0)
    answers = loaded.generate(ids, limits, lambda count: progress("asking", count / len(asked)))
    said = [
        {
            **question,
            "prediction": answer.text,
            "finish_reason": answer.finish_reason,
            "prompt_tokens": len(prompt),
            "completion_tokens": answer.tokens,
            "engine": loaded.name,
        }
        for question, prompt, answer in zip(asked, ids, answers, strict=True)
    ]
    return said, loaded.name


def _stated(
    baseline: str, suite: Suite, asked: Mapping[str, Sequence[Question]], data: Path, settings: Settings
) -> list[Question]:
    """What a baseline answers, which learns from the train split where it is there.

    Raises:
        UserError: there is no such baseline.
    """
    if baseline not in baselines.NAMES:
        raise unknown("baseline", baseline, baselines.NAMES)
    said: list[Question] = []
    for dataset in suite.datasets:
        if dataset.name in asked:
            corpus = corpora.get(dataset.corpus)
            learns = TRAIN in corpus.splits and not reading.missing(corpus, data, TRAIN)
            answers = baselines.NAMES[baseline](
                list(islice(instances(dataset, dataset.split, data), settings.limit)),
                list(instances(dataset, TRAIN, data)) if learns else [],
                corpus.relations.negative if corpus.relations else None,
            )
            pairs = zip(asked[dataset.name], answers, strict=True)
            said += [{**question, "prediction": answer} for question, answer in pairs]
    return said


def record(said: Sequence[Question], about: dict[str, Any], out: Path) -> scorecard.Scorecard:
    """Write a run: its predictions, what made them (`system` is its name in reports), and its scores."""
    expected: dict[str, list[str]] = {}
    for question in said:
        expected.setdefault(question["dataset"], []).append(question["id"])
    with folders.appearing(out) as folder:
        (folder / PREDICTIONS).write_bytes(b"".join(json.encode(question) + b"\n" for question in said))
        scored = scorecard.score([folder / PREDICTIONS], expected)
        (folder / SCORES).write_bytes(json.format(json.encode(scored), indent=2) + b"\n")
        stated = {**about, "version": __version__, "questions": len(said)}
        (folder / RUN).write_bytes(json.format(json.encode(stated), indent=2) + b"\n")
    return scored


def _limits(asked: Sequence[Question], ids: Sequence[list[int]], context: int) -> list[int]:
    """How many tokens each answer may have, given what the context leaves.

    Raises:
        UserError: a prompt leaves nothing.
    """
    found = []
    for question, prompt in zip(asked, ids, strict=True):
        left = context - len(prompt)
        if left < 1:
            raise UserError(
                f"{question['id']} has {len(prompt)} tokens, the model's context {context}.",
                "evaluate a model with a longer context, or leave the data set out.",
            )
        found.append(min(left, LIMITS.get(question["task"], OPTION_LIMIT)))
    return found
