"""A model's answers: written freely, or inside a grammar, or options chosen by their letters; kept as they come."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import Struct, convert

from mnlu_instruct import tasks
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import answer_cache, engines, predictions, questions
from mnlu_instruct.evaluation.answer_cache import Kept
from mnlu_instruct.evaluation.engines import constraints, likelihood
from mnlu_instruct.evaluation.engines.engine import Completion, Engine
from mnlu_instruct.evaluation.predictions import Prediction
from mnlu_instruct.evaluation.questions import Question, Settings
from mnlu_instruct.prompting import chat, plain_text
from mnlu_instruct.types import Instance
from mnlu_instruct.workers import Progress

LIKELIHOOD = "likelihood"
TOO_LONG = Completion("", "length", 0)
"""The answer to a prompt that doesn't fit the context."""

Done = Callable[[Mapping[int, Completion]], None]


class Way(Struct, frozen=True):
    """How questions are put to a model.

    Args:
        least: how many tokens the answer to each must be able to have.
        most: how many it may have.
        decides: what decides each answer, beside engine, model, prompt, and how many tokens it may have.
        ask: puts the questions at some places, whose answers may have so many tokens each; `done` is told of answers
            as they come, by their number among those places.
    """

    least: list[int]
    most: list[int]
    decides: list[tuple[object, ...]]
    ask: Callable[[Sequence[int], Sequence[int], Done], object]


def answers(
    model: str, engine: str, asked: Sequence[Question], settings: Settings, store: Kept, progress: Progress
) -> tuple[list[Question], dict[str, Any]]:
    """The questions with what a model says; the engine, the hash of the model's files, how many answers differ by time.

    Raises:
        UserError: the engine can't be had with this model, or fails; a prompt is longer than the model's context.
    """
    if engine == "transformers" and (settings.constrained or settings.by == LIKELIHOOD):
        _check_decoder(model)
    progress("loading", 0.0)
    loaded = engines.load(engine, model, settings.base_url, settings.engine_arguments)
    ids = loaded.prompt_ids([question["prompt"] for question in asked])
    way = (_chosen if settings.by == LIKELIHOOD else _written)(loaded, asked, ids, settings)
    limits = _limits(asked, ids, way, loaded.context, settings.too_long)
    made_of = engines.fingerprint(model)
    place = " at ".join(filter(None, (loaded.name, settings.base_url)))
    place = " ".join((place, *settings.engine_arguments))
    progress("loading", 1.0)
    rounds = []
    for number in range(settings.repeat):
        keys = [
            answer_cache.key(place, made_of, (settings.by, limit, number, *decides), prompt)
            for prompt, limit, decides in zip(ids, limits, way.decides, strict=True)
        ]
        stage = "asking" if number == 0 else f"asking, {number + 1} of {settings.repeat}"
        with engines.going_on(loaded.name):
            rounds.append(_round(way, limits, keys, store, partial(progress, stage)))
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
    if settings.constrained:
        _check_constrained(said)
    about = {"engine": loaded.name, "model_hash": made_of}
    return said, about | ({"flips": _flips(asked, rounds)} if len(rounds) > 1 else {})


def _check_decoder(model: str) -> None:
    """That a model's answers are in the words that grammars and letters are in.

    Raises:
        UserError: it is an encoder–decoder model, whose answers are coded as plain text.
    """
    if plain_text.is_encoder_decoder(model):
        raise UserError(
            f"{model} is an encoder–decoder model, which is asked freely.", "leave --constrained and --by out."
        )


def _written(engine: Engine, asked: Sequence[Question], ids: Sequence[list[int]], settings: Settings) -> Way:
    """Answers are written."""
    grammars = [constraints.grammar(as_instance(question)) if settings.constrained else None for question in asked]

    def ask(places: Sequence[int], limits: Sequence[int], done: Done) -> None:
        within = [grammars[place] for place in places] if settings.constrained else None
        engine.generate([ids[place] for place in places], limits, done, within)

    most = [questions.answer_limit(question["task"]) for question in asked]
    return Way([1] * len(asked), most, [(grammar,) if grammar else () for grammar in grammars], ask)


def _chosen(engine: Engine, asked: Sequence[Question], ids: Sequence[list[int]], _: Settings) -> Way:
    """Options are chosen."""
    instances = [as_instance(question) for question in asked]
    beginnings = [likelihood.beginnings(instance) for instance in instances]
    starts = chat.starts(engine.tokenizer, [question["prompt"] for question in asked], beginnings)

    def ask(places: Sequence[int], _: Sequence[int], done: Done) -> None:
        def chosen(found: Mapping[int, int]) -> None:
            options = {number: constraints.statements(instances[places[number]]) for number in found}
            done({number: Completion(options[number][best], "stop", 0) for number, best in found.items()})

        likelihood.likeliest(engine, [ids[place] for place in places], [starts[place] for place in places], chosen)

    longest = [max(map(len, one)) for one in starts]
    return Way(longest, longest, [tuple(one) for one in starts], ask)


def _round(
    way: Way, limits: Sequence[int], keys: Sequence[str], store: Kept, progress: Callable[[float], None]
) -> list[Completion]:
    """The answer to each question: kept from before, or asked for now; equal prompts are asked once."""
    waiting = {key: place for place, key in enumerate(keys) if key not in store.found and limits[place]}
    places = list(waiting.values())
    before = len(store.found)

    def done(found: Mapping[int, Completion]) -> None:
        store.add({keys[places[number]]: completion for number, completion in found.items()})
        progress((len(store.found) - before) / len(places))

    progress(0.0)
    way.ask(places, [limits[place] for place in places], done)
    progress(1.0)
    return [store.found.get(key, TOO_LONG) for key in keys]


def _limits(asked: Sequence[Question], ids: Sequence[list[int]], way: Way, context: int, too_long: str) -> list[int]:
    """How many tokens each answer may have, given what the context leaves; 0 where a wrong answer stands instead.

    Raises:
        UserError: a prompt leaves too little, and that isn't a wrong answer.
    """
    found = []
    for question, prompt, least, most in zip(asked, ids, way.least, way.most, strict=True):
        left = context - len(prompt)
        if left < least and too_long == "stop":
            raise UserError(
                f"{question['id']} has {len(prompt)} tokens, the model's context {context}.",
                "'--too-long wrong' counts such questions as answered wrongly; or take a longer context.",
            )
        found.append(0 if left < least else min(left, most))
    return found


def _flips(asked: Sequence[Question], rounds: Sequence[Sequence[Completion]]) -> dict[str, float]:
    """By data set the share of questions whose answers were not the same each time."""
    differ: dict[str, list[bool]] = {}
    for question, given in zip(asked, zip(*rounds, strict=True), strict=True):
        differ.setdefault(question["dataset"], []).append(len({answer.text for answer in given}) > 1)
    return {name: sum(found) / len(found) for name, found in differ.items()}


def _check_constrained(said: Sequence[Question]) -> None:
    """That the engine kept inside the grammars: another server than vLLM's may take no notice of them.

    Raises:
        UserError: an answer that wasn't cut off can't be read.
    """
    for question in said:
        instance = as_instance(question)
        parsed = tasks.TASKS[instance.task].read(question["prediction"], instance)
        if parsed.answer is None and instance.task != "summ" and question["finish_reason"] == "stop":
            raise UserError(
                f"The answer to {question['id']} is outside its grammar: {question['prediction'][:60]!r}.",
                "this engine doesn't constrain answers; 'vllm serve' and --engine vllm do.",
            )


def as_instance(question: Question) -> Instance:
    """A question as a task reads answers to it."""
    return predictions.line(convert({**question, "prediction": ""}, Prediction), question["id"]).instance
