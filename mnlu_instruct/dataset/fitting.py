"""Questions adapted to a recipe: flat mentions, and within its length budget; stored as well."""

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache, partial
from itertools import islice
from pathlib import Path

import numpy as np
from msgspec import structs

from mnlu_instruct import tasks
from mnlu_instruct.dataset import code_fingerprint, length_budget, store
from mnlu_instruct.dataset.length_budget import Fitted
from mnlu_instruct.dataset.recipe import BuildRecipe, Ner
from mnlu_instruct.dataset.store import Mask, Question, StoredSplit
from mnlu_instruct.knowledge import base as bases
from mnlu_instruct.knowledge import naming
from mnlu_instruct.knowledge.base import KnowledgeBase
from mnlu_instruct.knowledge.lookup import Trigrams
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.prompting import chat, packs, plain_text
from mnlu_instruct.tasks import label_shuffle
from mnlu_instruct.types import Instance

BATCH = 1_000
"""How many questions are tokenized together."""


def fitted(held: StoredSplit, corpus: str, recipe: BuildRecipe, among: Mask | None = None) -> StoredSplit:
    """A stored split, adapted to a recipe; the split itself if the recipe changes nothing and counts no tokens.

    `among` are the questions that can be drawn; by default, all.
    """
    reworded = "ere" in recipe.tasks and packs.load(recipe.pack).rewords(corpus)
    linked = recipe.knowledge is not None and "el" in recipe.tasks
    if recipe.tokenizer is None and recipe.ner == Ner() and not reworded and not linked:
        return held
    made_from = [
        code_fingerprint.code(Path(__file__)),
        recipe.model_dump_json(include={"tasks", "max_tokens", "budget", "ner", "seed"}),
        packs.load(recipe.pack).label,
        _digest(recipe.tokenizer, recipe.template) if recipe.tokenizer else "",
        bases.opened(Path(recipe.knowledge)).manifest.content if linked and recipe.knowledge else "",
    ]
    if among is not None:
        made_from.append(hashlib.blake2b(among.tobytes(), digest_size=16).hexdigest())
    return store.derive(held, made_from, partial(_questions, held, recipe, among))


def tokens(instances: Sequence[Instance], recipe: BuildRecipe) -> list[int]:
    """The number of tokens of each question's row, by the recipe's tokenizer."""
    assert recipe.tokenizer is not None
    pack = packs.load(recipe.pack)
    shown = [label_shuffle.shuffled(instance, recipe.seed) for instance in instances]
    conversations = [pack.prompt(instance) + pack.completion(instance) for instance in shown]
    return _counter(recipe.tokenizer, recipe.template)(conversations)


def _questions(held: StoredSplit, recipe: BuildRecipe, among: Mask | None, ledger: Ledger) -> Iterator[Question]:
    asked = store.words(held, "task").among(recipe.kinds) if among is None else among
    source = store.instances(held.path, np.flatnonzero(asked))
    while batch := list(islice(source, BATCH)):
        if recipe.ner.triggers:
            batch = [structs.replace(one, task="ner") if one.task == "ete" else one for one in batch]
        if recipe.ner.flatten:
            batch = [tasks.ner.flatten(one, ledger) if one.task == "ner" else one for one in batch]
        if recipe.knowledge is not None:
            batch = list(naming.named(batch, *_names(recipe.knowledge), ledger))
        batch = [one for one in batch if _readable(one, recipe, ledger)]
        if recipe.tokenizer is None:
            yield from map(Question, batch)
            continue
        for one, length in zip(batch, tokens(batch, recipe), strict=True):
            if recipe.max_tokens is None:
                yield Question(one, length)
            else:
                less = _with_less_instruction(one, length, recipe, recipe.max_tokens, ledger)
                fits = length_budget.fit(*less, recipe.max_tokens, recipe.budget, partial(_measure, recipe), ledger)
                yield from (Question(*fitting) for fitting in fits)


def _with_less_instruction(instance: Instance, length: int, recipe: BuildRecipe, limit: int, ledger: Ledger) -> Fitted:
    """A question that is too long, with as little of its instruction left out as makes it fit, or all that may be.

    The question itself stays whole: what is still too long is for the length budget.
    """
    shorter = packs.load(recipe.pack).shortenings(instance) if length > limit else []
    if not shorter:
        return instance, length
    ledger.drop("budget", f"examples of the instruction, beyond {limit} tokens", instance.id)
    found = list(zip(shorter, tokens(shorter, recipe), strict=True))
    return next((one for one in found if one[1] <= limit), found[-1])


def _readable(instance: Instance, recipe: BuildRecipe, ledger: Ledger) -> bool:
    """Whether relations can be read back from their words in the recipe's pack; dropped and counted, if not."""
    return instance.task != "ere" or tasks.reads_back(packs.load(recipe.pack).worded(instance), ledger)


def _measure(recipe: BuildRecipe, instance: Instance) -> int:
    return tokens([instance], recipe)[0]


@cache
def _names(knowledge: str) -> tuple[KnowledgeBase, Trigrams]:
    """A knowledge base and the vectors of its names."""
    base = bases.opened(Path(knowledge))
    return base, Trigrams(base)


@cache
def _digest(tokenizer: str, template: str | None) -> str:
    """A hash of everything that decides how a tokenizer counts tokens."""
    how, (what,) = _counter(tokenizer, template).func, _counter(tokenizer, template).args
    content = f"{how.__module__}\0{what.chat_template}\0{chat.content(what)}"
    return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()


_counter = cache(plain_text.counter)
