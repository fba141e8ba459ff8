"""Ask a model the questions of a run: free or constrained generation, or options by likelihood; answers are cached."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from msgspec import Struct, convert, structs

from mnlu_instruct import console, corpora, tasks
from mnlu_instruct.catalogue.suites import Search
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import answer_cache, engines, predictions, questions
from mnlu_instruct.evaluation.answer_cache import AnswerCache
from mnlu_instruct.evaluation.engines import constraints, likelihood
from mnlu_instruct.evaluation.engines.engine import Completion, Engine, Searching, answer_room
from mnlu_instruct.evaluation.predictions import Prediction
from mnlu_instruct.evaluation.questions import Question, Settings
from mnlu_instruct.evaluation.shortening import shortened
from mnlu_instruct.prompting import chat, plain_text
from mnlu_instruct.tasks.answers import clauses
from mnlu_instruct.types import FREE_TEXT, Instance
from mnlu_instruct.workers import Progress

LIKELIHOOD = "likelihood"
TOO_LONG = Completion("", "length", 0)
"""The answer to a prompt that doesn't fit the context."""

Done = Callable[[Mapping[int, Completion]], None]


class Way(Struct, frozen=True):
    """How a model is asked: by generation, or by the likelihood of options.

    Args:
        least: the fewest tokens that each answer needs room for.
        most: the most tokens that each answer may have.
        decides: what the cache key of each answer holds beside engine, model, prompt and token limit.
        ask: asks the questions at the given indices, with a token limit each; calls `done` with answers as they
            arrive, keyed by their position among those indices.
    """

    least: list[int]
    most: list[int]
    decides: list[tuple[object, ...]]
    ask: Callable[[Sequence[int], Sequence[int], Done], object]


def answers(
    model: str,
    engine: str,
    asked: Sequence[Question],
    settings: Settings,
    store: AnswerCache,
    progress: Progress,
    searches: Mapping[str, Search] = MappingProxyType({}),
) -> tuple[list[Question], dict[str, Any]]:
    """Ask all questions; returns them with the answers, and what `run.json` records: engine, model hash, `flips`.

    Args:
        model: a folder or a name.
        engine: one of `engines.NAMES`.
        asked: the questions.
        settings: how they are asked.
        store: the cache of answers.
        progress: called with each stage and the fraction of it that is done.
        searches: how answers are searched for, by data set, where not greedily; the engine must be `transformers`.

    Raises:
        UserError: the engine doesn't run this model in this way, or fails; a prompt is longer than the model's context.
    """
    as_plain_text = engine == "transformers" and plain_text.is_encoder_decoder(model)
    _check_way(model, engine, asked, settings, as_plain_text)
    progress("loading", 0.0)
    loaded = engines.load(engine, model, settings.base_url, settings.engine_arguments)
    ids = loaded.prompt_ids([question["prompt"] for question in asked])
    if settings.by == LIKELIHOOD:
        way = _chosen(loaded, asked, ids)
    else:
        grammars = _grammars(loaded.tokenizer, asked, as_plain_text, settings)
        way = _written(loaded, asked, ids, grammars, searches)
    lost = 0
    if settings.too_long == "shorten" and settings.by != LIKELIHOOD:
        asked, ids, lost = shortened(asked, ids, way.most, loaded)
        way = _written(loaded, asked, ids, grammars, searches)
    limits = _limits(asked, ids, way, loaded, settings.too_long)
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
        with engines.reporting_failures(loaded.name):
            rounds.append(_round(way, limits, keys, store, partial(progress, stage)))
    marks = chat.stop_marks(loaded.tokenizer) if loaded.tokenizer and loaded.tokenizer.chat_template else []
    said = [
        {
            **question,
            **_cut(answer, marks),
            "prompt_tokens": len(prompt) if loaded.tokenizer else answer.prompt_tokens,
            "completion_tokens": answer.tokens,
            "engine": loaded.name,
            **({} if limit else {"too_long": True}),
        }
        for question, prompt, answer, limit in zip(asked, ids, rounds[0], limits, strict=True)
    ]
    if settings.constrained:
        _check_constrained(said)
    about: dict[str, Any] = {"engine": loaded.name, "runs_on": loaded.runs_on, "model_hash": made_of}
    about["max_new_tokens"] = _most(asked, way)
    if not loaded.tokenizer:  # of a service that is paid by the token
        about["tokens"] = {
            "prompts": sum(one.prompt_tokens or 0 for some in rounds for one in some),
            "answers": sum(one.tokens for some in rounds for one in some),
        }
        console.notice(
            f"{about['tokens']['prompts']:,} tokens of prompts and {about['tokens']['answers']:,} of answers."
        )
    if lost:
        about["shortened"] = lost
        console.notice(f"{lost:,} texts are longer than the model's context, and were asked about without their end.")
    if too_long := limits.count(0):
        about["too_long"] = too_long
        console.notice(f"{too_long:,} prompts are longer than the model's context; they count as answered wrongly.")
    if ran_on := sum("ran_on" in question for question in said):
        about["ran_on"] = ran_on
        console.notice(f"{ran_on:,} answers went on after a mark that ends the turn, and were cut there: {marks}.")
    return said, about | ({"flips": _flips(asked, rounds)} if len(rounds) > 1 else {})


def _cut(answer: Completion, marks: Sequence[str]) -> dict[str, Any]:
    """An answer's columns: the text before the first mark that ends a turn, and `ran_on` if there was one."""
    place = min((found for mark in marks if (found := answer.text.find(mark)) >= 0), default=None)
    if place is None:
        return {"prediction": answer.text, "finish_reason": answer.finish_reason}
    return {"prediction": answer.text[:place], "finish_reason": "stop", "ran_on": True}


def _check_way(model: str, engine: str, asked: Sequence[Question], settings: Settings, as_plain_text: bool) -> None:
    """Check, before the model is loaded, that it can be asked in this way, and say what isn't constrained.

    Raises:
        UserError: it can't: the answers of encoder–decoder models, coded as plain text, have no letters of options, and
            a grammar only where they state relations; or the tokenizer doesn't spell answers.
    """
    if as_plain_text and settings.by == LIKELIHOOD:
        raise UserError(f"{model} is an encoder–decoder model, which is asked by generation only.", "leave out --by.")
    if not settings.constrained:
        return
    kinds = {question["task"] for question in asked}
    if others := sorted(kinds - constraints.FREE - {"ere"} if as_plain_text else ()):
        raise UserError(
            f"{model} is an encoder–decoder model, whose answers are constrained only to relations of whole texts "
            f"(ere), not to those of {', '.join(others)}.",
            "leave out --constrained.",
        )
    if engine == "transformers":
        from mnlu_instruct.evaluation.engines import masks  # noqa: PLC0415 (seconds)

        masks.check(model)
    if kinds & constraints.FREE:
        console.notice(
            "Texts in words of their own (summaries, replies) and names of concepts have no grammar: they aren't "
            "constrained."
        )


def _grammars(
    tokenizer: chat.Tokenizer | None, asked: Sequence[Question], as_plain_text: bool, settings: Settings
) -> list[str | None]:
    """The grammar of each answer; None where it is free."""
    if not settings.constrained:
        return [None] * len(asked)
    instances = list(map(_as_written, asked))
    if not as_plain_text:
        lead = chat.lead(tokenizer)
        return [constraints.grammar(instance, lead) for instance in instances]
    names = {label.name for instance in instances for label in instance.labels}
    write = plain_text.writer(tokenizer, [*(one.text for one in instances), *names, clauses.escaped(clauses.QUOTE)])
    return [constraints.grammar(instance, plain_text.LEAD, write) for instance in instances]


def _as_written(question: Question) -> Instance:
    """The instance of a question; its text lower-cased, if the names in its answer are."""
    instance, corpus = as_instance(question), corpora.registry().get(question["corpus"])
    lower = corpus is not None and corpus.extraction is not None and corpus.extraction.writing.lower
    return structs.replace(instance, text=instance.text.lower()) if lower else instance


def _written(
    engine: Engine,
    asked: Sequence[Question],
    ids: Sequence[list[int]],
    grammars: Sequence[str | None],
    searches: Mapping[str, Search],
) -> Way:
    """Answers are generated, within their grammars, greedily or as the data set says."""
    how = [searches.get(question["dataset"]) for question in asked]

    def ask(places: Sequence[int], limits: Sequence[int], done: Done) -> None:
        for search in dict.fromkeys(how[place] for place in places):
            some = [number for number, place in enumerate(places) if how[place] == search]
            prompts, most = [ids[places[number]] for number in some], [limits[number] for number in some]
            arrived = partial(_placed, some, done)
            if search is None:
                engine.generate(prompts, most, arrived, [grammars[places[number]] for number in some])
            else:
                assert isinstance(engine, Searching)
                engine.search(prompts, most, search, arrived)

    most = [
        search.max_tokens if search else questions.answer_limit(question["task"])
        for question, search in zip(asked, how, strict=True)
    ]
    decides: list[tuple[object, ...]] = [
        (search.model_dump_json(),) if search else (grammar,) if grammar else ()
        for search, grammar in zip(how, grammars, strict=True)
    ]
    return Way([1] * len(asked), most, decides, ask)


def _placed(places: Sequence[int], done: Done, found: Mapping[int, Completion]) -> None:
    """Pass answers on, by their places among all."""
    done({places[number]: completion for number, completion in found.items()})


def _chosen(engine: Engine, asked: Sequence[Question], ids: Sequence[list[int]]) -> Way:
    """Each answer is the option whose letter is the likeliest."""
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
    way: Way, limits: Sequence[int], keys: Sequence[str], store: AnswerCache, progress: Callable[[float], None]
) -> list[Completion]:
    """The answer to each question, from the cache or from the model; equal prompts are asked once."""
    waiting = {key: place for place, key in enumerate(keys) if key not in store.found and limits[place]}
    places = list(waiting.values())
    before = len(store.found)

    def done(found: Mapping[int, Completion]) -> None:
        if found:
            store.add({keys[places[number]]: completion for number, completion in found.items()})
        progress((len(store.found) - before) / len(places))

    progress(0.0)
    way.ask(places, [limits[place] for place in places], done)
    progress(1.0)
    return [store.found.get(key, TOO_LONG) for key in keys]


def _limits(asked: Sequence[Question], ids: Sequence[list[int]], way: Way, engine: Engine, too_long: str) -> list[int]:
    """The token limit of each answer in what the context leaves; 0 where the prompt is too long and counts as wrong.

    Raises:
        UserError: a prompt leaves too little room, and `too_long` is "stop".
    """
    found = []
    for question, prompt, least, most in zip(asked, ids, way.least, way.most, strict=True):
        left = answer_room(engine, len(prompt))
        if left < least and too_long != "wrong":
            free = "; '--too-long shorten' cuts texts" if question["task"] in FREE_TEXT and too_long == "stop" else ""
            raise UserError(
                f"{question['id']} has {len(prompt)} tokens; the model's context is {engine.context}.",
                f"'--too-long wrong' counts such questions as answered wrongly{free}; or use a longer context.",
            )
        found.append(0 if left < least else min(left, most))
    return found


def _most(asked: Sequence[Question], way: Way) -> dict[str, int]:
    """The most tokens that an answer to each kind of question may have."""
    return {question["task"]: most for question, most in zip(asked, way.most, strict=True)}


def _flips(asked: Sequence[Question], rounds: Sequence[Sequence[Completion]]) -> dict[str, float]:
    """By data set, the share of questions whose repeated answers differ."""
    differ: dict[str, list[bool]] = {}
    for question, given in zip(asked, zip(*rounds, strict=True), strict=True):
        differ.setdefault(question["dataset"], []).append(len({answer.text for answer in given}) > 1)
    return {name: sum(found) / len(found) for name, found in differ.items()}


def _check_constrained(said: Sequence[Question]) -> None:
    """Check that answers obey their grammars: servers other than vLLM's may ignore them.

    Raises:
        UserError: an answer that wasn't cut off can't be read.
    """
    for question in said:
        instance = as_instance(question)
        parsed = tasks.TASKS[instance.task].read(question["prediction"], instance)
        outside = parsed.answer is None or parsed.unread
        if outside and instance.task not in constraints.FREE and question["finish_reason"] == "stop":
            raise UserError(
                f"The answer to {question['id']} is outside its grammar: {question['prediction'][:60]!r}.",
                "this engine doesn't constrain answers; 'vllm serve' and --engine vllm do.",
            )


def as_instance(question: Question) -> Instance:
    """The instance of a question, with which a task reads answers to it."""
    return predictions.line(convert({**question, "prediction": ""}, Prediction), question["id"]).instance
