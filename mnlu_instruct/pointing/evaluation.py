"""Evaluate a pointer model on test sets: its answers become span lines, so that its runs are scored as all others."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from mnlu_instruct import console
from mnlu_instruct.catalogue.suites import Dataset, Suite
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import evaluate as runs
from mnlu_instruct.evaluation import provenance, questions, scorecard
from mnlu_instruct.evaluation.questions import Question, Settings
from mnlu_instruct.pointing import decode, sentences, target
from mnlu_instruct.pointing import model as models
from mnlu_instruct.pointing.model import PointerModel
from mnlu_instruct.workers import Progress

ENGINE = "pointers"
TASK = "ner"


def evaluate(
    model: Path,
    suite: Suite,
    data: Path,
    out: Path,
    settings: Settings,
    masked: bool,
    beams: int | None,
    progress: Progress,
) -> scorecard.Scorecard:
    """Let a pointer model answer a suite's questions, and write the run's folder.

    A question with more pieces than the model's window isn't asked and counts as answered wrongly (`too_long`).

    Args:
        model: the model's folder.
        suite: the test sets, all of named entity recognition.
        data: the data directory.
        out: the folder to write.
        settings: pack, limit, and whether missing data sets are left out; the pack words the questions of the run,
            which the model doesn't see.
        masked: search valid continuations only.
        beams: how many hypotheses are kept; by default as many as the model's settings say.
        progress: called with the share of each data set that is done.

    Raises:
        UserError: there is no pointer model; a data set asks something else, or for other types; files are missing.
    """
    made = provenance.watch()
    network, tokenizer = models.load(model)
    network = network.to("cuda" if torch.cuda.is_available() else "cpu")
    for dataset in suite.datasets:
        _check(dataset, network)
    asked = questions.of_suite(suite, data, settings)
    said: list[Question] = []
    for dataset in suite.datasets:
        if dataset.name in asked:
            told = _answers(dataset, data, settings, network, tokenizer, masked, beams, progress)
            said += [{**one, **more} for one, more in zip(asked[dataset.name].questions, told, strict=True)]
    about: dict[str, Any] = {
        "system": "-".join(model.resolve().parts[-2:]) if model.name.startswith("seed-") else model.resolve().name,
        "model": str(model),
        "engine": ENGINE,
        "pack": settings.pack,
        "limit": settings.limit,
        "seed": questions.SEED,
        "search": {"beams": beams or network.settings.beams, "masked": masked},
    }
    entries = questions.suite_entries(suite, data, settings, asked)
    return runs.record(said, {**about, **entries, provenance.ENTRY: made()}, out)


def _check(dataset: Dataset, network: PointerModel) -> None:
    """Check that a data set asks for the model's types."""
    if dataset.task != TASK:
        raise UserError(
            f"{dataset.name} asks {dataset.task} questions; a pointer model answers {TASK} questions alone.",
            "name a corpus or suite of named entity recognition.",
        )
    corpus = dataset.declaration
    names = {key: corpus.entities[label] for label, key in corpus.types.items()}
    sentences.check_types(names, dict(network.settings.types), corpus.name)


def _answers(
    dataset: Dataset,
    data: Path,
    settings: Settings,
    network: PointerModel,
    tokenizer: Any,
    masked: bool,
    beams: int | None,
    progress: Progress,
) -> Sequence[Mapping[str, Any]]:
    """By question, in order: the answer and how it came about, as columns of a prediction."""
    own, types = network.settings, [key for key, _ in network.settings.types]
    instances, _ = questions.sampled(dataset, data, settings.limit)
    given = [sentences.sentence(one, types, own.words) for one in instances]
    if widened := sum(one.widened for one in given):
        console.notice(
            f"{dataset.name}: {widened} gold mentions begin or end inside a word (words: {own.words}); "
            "none of these can be found."
        )
    examples = sentences.examples(given, tokenizer, own.mode, len(types))
    window = min(sentences.WINDOW, network.config.max_position_embeddings)
    long = {one.id for one in sentences.too_long(examples, window)}
    if long:
        console.notice(
            f"{dataset.name}: {len(long)} of {len(examples)} texts have more than {window} pieces, as {min(long)}; "
            "they count as answered wrongly."
        )
    fits = [one for one in examples if one.id not in long]
    decoded = decode.decode(network, fits, lambda _, share: progress(dataset.name, share), masked, beams)
    by_id = dict(zip((one.id for one in fits), decoded, strict=True))
    told: list[Mapping[str, Any]] = []
    for instance, one, example in zip(instances, given, examples, strict=True):
        common = {"engine": ENGINE, "prompt_tokens": len(example.ids)}
        if one.id in long:
            told.append({**common, "prediction": "", "too_long": True, "places": {}})
            continue
        best = by_id[one.id]
        found = target.read(best.symbols, example.alphabet)
        told.append(
            {
                **common,
                "prediction": sentences.answer(found, one, instance, types),
                "places": sentences.places(found, one, types),
                "finish_reason": "stop" if best.finished else "length",
                "completion_tokens": len(best.symbols) - 1,
            }
        )
    return told
