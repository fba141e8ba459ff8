"""A run: the test questions of a suite, put to a model, and what it answered, scored."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

from msgspec import json

from mnlu_instruct import (
    __version__,
    baselines,
    corpora,
    engines,
    folders,
    kept,
    questions,
    reading,
    scorecard,
)
from mnlu_instruct.engines import Completion
from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.kept import Kept
from mnlu_instruct.questions import Question, Settings
from mnlu_instruct.suites import Suite

RUN, PREDICTIONS, SCORES = "run.json", "predictions.jsonl", "scores.json"
BASELINE, TRAIN = "baseline", "train"
TOO_LONG = Completion("", "length", 0)
"""The answer to a prompt that doesn't fit the context."""

Progress = Callable[[str, float], None]


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
    asked = questions.of_suite(suite, data, settings)
    about: dict[str, Any] = {"system": Path(model).name, "model": model, "pack": settings.pack}
    about |= {"suite": suite.name, "limit": settings.limit}
    if engine == BASELINE:
        return record(_stated(model, suite, asked, data, settings), {**about, "engine": BASELINE}, out)
    with kept.keeping(out) as store:
        every = list(chain.from_iterable(asked.values()))
        said, generated = _generated(model, engine, every, settings, store, progress)
        return record(said, about | generated, out)


def _generated(
    model: str, engine: str, asked: Sequence[Question], settings: Settings, store: Kept, progress: Progress
) -> tuple[list[Question], dict[str, Any]]:
    """What a model answers; the engine, the hash of the model's files, and the share of answers that differ by time."""
    progress("loading", 0.0)
    loaded = engines.load(engine, model, settings.base_url)
    ids = loaded.prompt_ids([question["prompt"] for question in asked])
    limits = _limits(asked, ids, loaded.context, settings.too_long)
    made_of = engines.fingerprint(model)
    place = " at ".join(filter(None, (loaded.name, settings.base_url)))
    progress("loading", 1.0)
    rounds = []
    for number in range(settings.repeat):
        keys = [
            kept.key(place, made_of, ("greedy", limit, number), prompt)
            for prompt, limit in zip(ids, limits, strict=True)
        ]
        stage = "asking" if number == 0 else f"asking, {number + 1} of {settings.repeat}"
        rounds.append(_answers(loaded, ids, limits, keys, store, partial(progress, stage)))
    said = [
        {
            **question,
            "prediction": answer.text,
            "finish_reason": answer.finish_reason,
            "prompt_tokens": len(prompt),
            "completion_tokens": answer.tokens,
            "engine": loaded.name,
        }
        for question, prompt, answer in zip(asked, ids, rounds[0], strict=True)
    ]
    about = {"engine": loaded.name, "model_hash": made_of}
    return said, about | ({"flips": _flips(asked, rounds)} if len(rounds) > 1 else {})


def _answers(
    engine: engines.Engine,
    ids: Sequence[list[int]],
    limits: Sequence[int],
    keys: Sequence[str],
    store: Kept,
    progress: Callable[[float], None],
) -> list[Completion]:
    """The answer to each prompt: kept from before, or asked for now; equal prompts are asked once."""
    waiting = {key: place for place, key in enumerate(keys) if key not in store.found and limits[place]}
    places = list(waiting.values())
    before = len(store.found)

    def done(found: Mapping[int, Completion]) -> None:
        store.add({keys[places[index]]: completion for index, completion in found.items()})
        progress((len(store.found) - before) / len(places))

    progress(0.0)
    engine.generate([ids[place] for place in places], [limits[place] for place in places], done)
    progress(1.0)
    return [store.found.get(key, TOO_LONG) for key in keys]


def _flips(asked: Sequence[Question], rounds: Sequence[Sequence[Completion]]) -> dict[str, float]:
    """By data set the share of questions whose answers were not the same each time."""
    differ: dict[str, list[bool]] = {}
    for question, answers in zip(asked, zip(*rounds, strict=True), strict=True):
        differ.setdefault(question["dataset"], []).append(len({answer.text for answer in answers}) > 1)
    return {name: sum(found) / len(found) for name, found in differ.items()}


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
                list(islice(questions.instances(dataset, dataset.split, data), settings.limit)),
                list(questions.instances(dataset, TRAIN, data)) if learns else [],
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


def _limits(asked: Sequence[Question], ids: Sequence[list[int]], context: int, too_long: str) -> list[int]:
    """How many tokens each answer may have, given what the context leaves; 0 where a wrong answer stands instead.

    Raises:
        UserError: a prompt leaves nothing, and that isn't a wrong answer.
    """
    found = []
    for question, prompt in zip(asked, ids, strict=True):
        left = context - len(prompt)
        if left < 1 and too_long == "stop":
            raise UserError(
                f"{question['id']} has {len(prompt)} tokens, the model's context {context}.",
                "'--too-long wrong' counts such questions as answered wrongly; or take a longer context.",
            )
        found.append(max(0, min(left, questions.answer_limit(question["task"]))))
    return found
