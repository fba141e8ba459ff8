"""Evaluate a model on a suite: ask the test questions, score the answers, write the run's folder."""

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from msgspec import json, structs

from mnlu_instruct import __version__, console, folders
from mnlu_instruct.catalogue.suites import Dataset, Search, Suite
from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.evaluation import (
    answer_cache,
    answering,
    baselines,
    engines,
    model_check,
    provenance,
    questions,
    scorecard,
    trained_on,
)
from mnlu_instruct.evaluation.answering import LIKELIHOOD
from mnlu_instruct.evaluation.engines import constraints
from mnlu_instruct.evaluation.engines.constraints import FREE
from mnlu_instruct.evaluation.questions import TRAIN, Asked, Question, Settings
from mnlu_instruct.leakage.documents import index_of
from mnlu_instruct.prompting import packs
from mnlu_instruct.workers import Progress

RUN, PREDICTIONS, SCORES = "run.json", "predictions.jsonl", "scores.json"
BASELINE, CHAT, TRANSFORMERS, DEV, NOTHING, SEARCH = "baseline", "chat", "transformers", "dev", "nothing", "search"
TOLD = ("by", "constrained", "engine_arguments")
"""The settings that `run.json` records where they aren't the default."""


def evaluate(
    model: str, engine: str, suite: Suite, data: Path, out: Path, settings: Settings, progress: Progress
) -> scorecard.Scorecard:
    """Ask a model a suite's questions and write the run's folder: predictions, scores and settings.

    Args:
        model: a folder or a name; with the engine `baseline`, one of `baselines.NAMES`.
        engine: one of `engines.NAMES`, or `baseline`, which needs no model.
        suite: the test sets.
        data: the data directory.
        out: the folder to write.
        settings: how the questions are asked.
        progress: called with each stage and the fraction of it that is done.

    Raises:
        UserError: the suite or the model lacks something; settings contradict each other; the engine fails; a prompt
            is longer than the model's context.
    """
    _check(engine, settings)
    searches = _searches(suite, engine, settings)
    made = provenance.watch()
    without = left_out(suite, settings) | (_untaught(model, suite, data) if engine == BASELINE else {})
    wanted = _without(suite, without)
    checked = _checked(model, engine, settings)  # before questions and weights are read
    if settings.shots and settings.shots_as is None and checked.get("chat", {}).get("plain"):
        settings = structs.replace(settings, shots_as="text")
    asked = questions.of_suite(wanted, data, settings)
    about = _about(model, asked, settings) | questions.suite_entries(suite, data, settings, asked, without) | checked
    if engine == BASELINE:
        stated, learnt = _stated(model, wanted, asked, data, settings)
        return record(stated, {**about, "engine": BASELINE, **learnt, provenance.ENTRY: made()}, out)
    with answer_cache.opened(out) as store:
        every = list(chain.from_iterable(one.questions for one in asked.values()))
        said, generated = answering.answers(model, engine, every, settings, store, progress, searches)
        indexes = {one.corpus_name: index_of(one.declaration) for one in wanted.datasets if one.name in asked}
        marked = trained_on.marked(said, model, indexes)
        if searches:
            generated[SEARCH] = {name: how.model_dump() for name, how in searches.items() if name in asked}
        return record(marked, about | generated | {provenance.ENTRY: made()}, out)


def _searches(suite: Suite, engine: str, settings: Settings) -> dict[str, Search]:
    """How answers to a suite's data sets are searched for, where not greedily.

    Raises:
        UserError: the engine searches for none, or a search would have to keep to a grammar.
    """
    found = {dataset.name: dataset.search for dataset in suite.datasets if dataset.search}
    if settings.constrained and (kept := [one for one in suite.datasets if one.search and one.task not in FREE]):
        raise UserError(
            f"Answers to {kept[0].name} are searched for, which keeps to no grammar.", "leave --constrained out."
        )
    if found and engine not in (TRANSFORMERS, BASELINE):
        raise UserError(
            f"Suite {suite.name} has answers to {next(iter(found))} searched for, which --engine {engine} doesn't do.",
            f"use --engine {TRANSFORMERS}.",
        )
    return found if engine == TRANSFORMERS else {}


def _without(suite: Suite, without: Mapping[str, str]) -> Suite:
    """A suite without some data sets, which are said to be left out.

    Raises:
        UserError: none is left.
    """
    left = tuple(dataset for dataset in suite.datasets if dataset.name not in without)
    if not left:
        name, reason = next(iter(without.items()))
        raise UserError(f"No data set of suite {suite.name} can be asked; {name}: {reason}.", "choose another suite.")
    for reason in dict.fromkeys(without.values()):
        names = [name for name, why in without.items() if why == reason]
        console.notice(f"{len(names)} of {len(suite.datasets)} data sets are left out ({reason}): {', '.join(names)}.")
    return suite.model_copy(update={"datasets": left})


def _checked(model: str, engine: str, settings: Settings) -> dict[str, Any]:
    """Check engine and model; returns what `run.json` says of the model's tokenizer and chat template."""
    if engine == BASELINE:
        return {}
    engines.check(engine, settings.base_url, settings.engine_arguments)
    return {} if engine == CHAT else model_check.check(model, engine)


def _about(model: str, asked: Mapping[str, Asked], settings: Settings) -> dict[str, Any]:
    """The entries of `run.json` about the model and the settings."""
    about: dict[str, Any] = {"system": Path(model).name + settings.manner, "model": model, "pack": settings.pack}
    about |= {"limit": settings.limit, "seed": questions.SEED} | questions.few_shot_entries(asked, settings)
    return about | {name: found for name in TOLD if (found := getattr(settings, name)) != getattr(Settings(), name)}


def left_out(suite: Suite, settings: Settings) -> dict[str, str]:
    """The data sets that `--by likelihood` leaves out, with the reason; else none."""
    if settings.by != LIKELIHOOD:
        return {}
    reason = "no options to choose from"
    return {dataset.name: reason for dataset in suite.datasets if dataset.task not in constraints.OPTIONS}


def _untaught(baseline: str, suite: Suite, data: Path) -> dict[str, str]:
    """The data sets that a learning baseline has nothing to learn from: a score of 0 would say nothing about them."""
    if baseline not in baselines.LEARNING:
        return {}
    return {
        dataset.name: f"{baseline} has no split to learn from"
        for dataset in suite.datasets
        if not dataset.lacks(data) and _learns_from(dataset, data) == NOTHING
    }


def _check(engine: str, settings: Settings) -> None:
    """Check that settings can be combined.

    Raises:
        UserError: they can't.
    """
    if settings.constrained and settings.by == LIKELIHOOD:
        raise UserError("--by likelihood generates nothing that could be constrained.", "leave --constrained out.")
    if engine == CHAT and settings.too_long == "shorten":
        raise UserError("--engine chat has no tokenizer that counts what is too long.", "leave --too-long shorten out.")
    if engine == CHAT and (settings.constrained or settings.by == LIKELIHOOD):
        raise UserError(
            "--engine chat sends messages, and can neither constrain answers nor tell likelihoods.",
            "leave --constrained and --by out; --engine server does both, with 'vllm serve'.",
        )
    unused = {
        "--shots": settings.shots > 0,
        "--constrained": settings.constrained,
        "--by likelihood": settings.by == LIKELIHOOD,
        " ".join(settings.engine_arguments): bool(settings.engine_arguments),
    }
    if engine == BASELINE and any(unused.values()):
        given = next(words for words, chosen in unused.items() if chosen)
        raise UserError(f"{given} doesn't apply to --engine baseline, which runs no model.", f"leave {given} out.")


def _stated(
    baseline: str, suite: Suite, asked: Mapping[str, Asked], data: Path, settings: Settings
) -> tuple[list[Question], dict[str, Any]]:
    """A baseline's answers, and by data set the split that it learned from where that isn't the train split.

    Raises:
        UserError: there is no such baseline.
    """
    if baseline not in baselines.NAMES:
        raise unknown("baseline", baseline, baselines.NAMES)
    pack = packs.load(settings.pack)
    said: list[Question] = []
    learnt: dict[str, str] = {}
    for dataset in suite.datasets:
        if dataset.name in asked:
            test = [pack.worded(one) for one in questions.sampled(dataset, data, settings.limit)[0]]
            split = _learns_from(dataset, data)
            training = [] if split in (NOTHING, dataset.split) else list(questions.instances(dataset, split, data))
            answers = baselines.NAMES[baseline](test, training, dataset.declaration.negative)
            pairs = zip(asked[dataset.name].questions, answers, strict=True)
            said += [{**question, "prediction": answer} for question, answer in pairs]
            if split != TRAIN and baseline in baselines.LEARNING:
                learnt[dataset.name] = split
    if learnt:
        told = ", ".join(f"{name} ({split})" for name, split in learnt.items())
        console.notice(f"No train split of {told}: {baseline} learned from the split in parentheses instead.")
    return said, {"learnt_from": learnt} if learnt else {}


def _learns_from(dataset: Dataset, data: Path) -> str:
    """The split that a baseline learns from: train, else dev, else (options only) the one that it answers, or none."""
    others = (split for split in (TRAIN, DEV) if split != dataset.split)
    there = (split for split in others if not dataset.model_copy(update={"split": split}).lacks(data))
    return next(there, NOTHING if dataset.task in baselines.STRINGS else dataset.split)


def record(said: Sequence[Question], about: dict[str, Any], out: Path) -> scorecard.Scorecard:
    """Score predictions and write a run's folder; `about` goes into `run.json` (`system` is the name in reports)."""
    expected: dict[str, list[str]] = {}
    for question in said:
        expected.setdefault(question["dataset"], []).append(question["id"])
    with folders.atomic_folder(out) as folder:
        (folder / PREDICTIONS).write_bytes(b"".join(json.encode(question) + b"\n" for question in said))
        stated = {**about, "version": __version__, "questions": len(said)}
        (folder / RUN).write_bytes(json.format(json.encode(stated), indent=2) + b"\n")
        scored = scorecard.score([folder / PREDICTIONS], expected)
        (folder / SCORES).write_bytes(json.format(json.encode(scored), indent=2) + b"\n")
    return scored
