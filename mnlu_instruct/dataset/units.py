"""The survey of a unit (one split of one corpus): the questions that can be drawn from it, counted and ranked."""

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from msgspec import Struct

from mnlu_instruct import corpora, tasks
from mnlu_instruct.dataset import documents, fitting, store
from mnlu_instruct.dataset.gc_and_arrow import thrifty
from mnlu_instruct.dataset.recipe import BuildRecipe
from mnlu_instruct.dataset.sampling_keys import Keys, Ranks, ranks
from mnlu_instruct.dataset.store import Mask, Ordinals, StoredSplit, Words
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources.unit import Unit

Excluded = Mapping[str, tuple[str, str]]
"""Documents (groups) to leave out, each with the stage and the reason of the drop."""


THIN = b"mnlu-thin"
THINNED = "finds nothing, and the recipe thins such questions of its corpus"
"""The stage of such drops is "thin"; their reason."""


class Survey(Struct, frozen=True):
    """The questions of a unit that can be drawn.

    Args:
        ordinals: for each task, their row numbers in the store; `ranks`, `tokens`: in the same order (no tokens if they
            are not counted); `nothing`: whether their answers find nothing.
        characters: for each task, the sum over their texts.
        ledger: repairs and drops.
        inputs: the hashes of the raw files.
        kept: the unit's file in the store.
    """

    unit: Unit
    ordinals: dict[str, Ordinals]
    ranks: dict[str, Ranks]
    tokens: dict[str, Ordinals]
    nothing: dict[str, Mask]
    characters: dict[str, int]
    ledger: Ledger
    inputs: dict[str, str]
    kept: Path


@thrifty()
def survey(unit: Unit, recipe: BuildRecipe, data: Path, excluded: Excluded) -> Survey:
    """Make the questions of a unit, unless the store has them, and rank them."""
    whole, corpus = store.load_or_make(unit.corpus, unit.split, data), corpora.get(unit.corpus).name
    ledger = whole.ledger([family for family in tasks.FAMILIES if tasks.kinds([family]) & recipe.kinds])
    drawn = _drawn(whole, corpus, unit.split, recipe, excluded, ledger)
    held = fitting.fitted(whole, corpus, recipe, drawn)
    if held is not whole:
        ledger.merge(held.ledger(()))
    kinds = store.words(held, "task")
    stays = kinds.among(tasks.kinds(recipe.tasks))
    if held is whole and drawn is not None:
        stays &= drawn
    if excluded:
        stays &= ~_excluded_mask(store.words(held, "group"), stays, excluded, ledger)
    keys, characters = store.numbers(held, "key"), store.numbers(held, "characters")
    nothing = store.numbers(held, "nothing")
    if (rate := recipe.thin.get(corpus)) is not None:
        out = _thinned(keys, nothing & stays, rate, recipe.seed)
        stays[out] = False
        groups = store.words(held, "group")
        for code in groups.codes[out].tolist():
            ledger.drop("thin", THINNED, groups.words[code])
    found = {task: np.flatnonzero(kinds.among(tasks.members(task)) & stays) for task in recipe.tasks}
    tokens = None if recipe.tokenizer is None else store.numbers(held, "tokens").astype(np.int64)
    return Survey(
        unit=unit,
        ordinals=found,
        ranks={task: ranks(keys[at], recipe.seed) for task, at in found.items()},
        tokens={} if tokens is None else {task: tokens[at] for task, at in found.items()},
        nothing={task: nothing[at] for task, at in found.items()},
        characters={task: int(characters[at].sum()) for task, at in found.items()},
        ledger=ledger,
        inputs=whole.inputs,
        kept=held.path,
    )


@thrifty()
def count(unit: Unit, recipe: BuildRecipe, data: Path) -> dict[str, int]:
    """The questions of a unit for each task, before any is left out or split; makes them unless the store has them."""
    kinds = store.words(store.load_or_make(unit.corpus, unit.split, data), "task")
    return {task: int(np.count_nonzero(kinds.among(tasks.members(task)))) for task in recipe.tasks}


def _drawn(
    whole: StoredSplit, corpus: str, split: str, recipe: BuildRecipe, excluded: Excluded, ledger: Ledger
) -> Mask | None:
    """The questions of a split about the documents that the recipe draws; None if it draws none."""
    if recipe.documents is None:
        return None
    asked = store.words(whole, "task").among(recipe.kinds) & ~store.words(whole, "group").among(excluded)
    offer = documents.Offer(corpus, split, whole, asked)
    return documents.drawn(offer, recipe.documents, recipe.seed, ledger)


def _excluded_mask(groups: Words, asked: Mask, excluded: Excluded, ledger: Ledger) -> Mask:
    """A mask of the questions about excluded documents; each such document among the `asked` rows is counted."""
    for code in np.unique(groups.codes[asked]).tolist():
        if (group := groups.words[code]) in excluded:
            ledger.drop(*excluded[group], group)
    return groups.among(excluded)


def _thinned(keys: Keys, nothing: Mask, rate: float, seed: int) -> Ordinals:
    """The questions to leave out, so that of those that find nothing a fraction is left.

    Which ones is decided by other numbers than the draw's, whose first rows would otherwise all be of them.
    """
    places = np.flatnonzero(nothing)
    leaves = math.floor(rate * len(places) + 0.5)
    return np.sort(places[np.argsort(ranks(keys[places], seed, person=THIN), kind="stable")[leaves:]])
