"""The queue of a task: its instances in the order in which they are drawn, which does not depend on `n`.

Rates, weights and caps decide the queue; `n` only decides how many of its first instances are drawn. So a larger `n`
keeps the rows of a smaller one, and what a recipe says about one task changes no other task's draw.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from mnlu_instruct.dataset.recipe import BuildRecipe
from mnlu_instruct.dataset.sampling_keys import Ranks
from mnlu_instruct.sources.declaration import Corpus

Places = NDArray[np.float64]
"""The place of each instance in the queue of its task: the smallest are drawn first; infinity is never drawn."""
Indices = NDArray[np.int32]
Lengths = NDArray[np.int64]
"""The tokens of prompt and completion of each instance."""


class Queue(Struct, frozen=True):
    """The instances of one task, unit by unit: their places in the queue, and whether they may be repeated."""

    places: Places
    repeatable: NDArray[np.bool_]

    @property
    def length(self) -> int:
        """How many instances can be drawn."""
        return int(np.count_nonzero(np.isfinite(self.places)))

    def draw(self, count: int) -> Indices:
        """The number of rows of each instance, `count` in total; beyond the queue's length, instances are repeated."""
        length = self.length
        times = draw(self.places, min(count, length)).astype(np.int32)
        if count > length:
            again = np.flatnonzero(self.repeatable & np.isfinite(self.places))
            again = again[np.argsort(self.places[again], kind="stable")]
            rounds, rest = divmod(count - length, len(again))
            times[again] += rounds
            times[again[:rest]] += 1
        return times


def queue(
    task: str, ranks: Sequence[Ranks], corpora: Sequence[Corpus], recipe: BuildRecipe, lengths: Lengths | None
) -> Queue:
    """The queue of a task.

    Args:
        task: a requested task.
        ranks: the ranks of its instances, by unit.
        corpora: the corpus of each unit.
        recipe: rates, weights, temperature, caps.
        lengths: the tokens of all instances, unit by unit; needed for caps in tokens.
    """
    places: Places = np.concatenate([unit / 2.0**64 for unit in ranks])
    members = _members([len(unit) for unit in ranks], corpora)
    domains = {corpus.name: corpus.domain for corpus in corpora if corpus.name in members}
    rows, tokens = recipe.caps.rows, recipe.caps.tokens
    for name, indices in members.items():
        _downsample(places, indices, recipe.rates.get(task, {}).get(name, 1.0))
        _cap(places, indices, rows.corpora.get(name), tokens.corpora.get(name), lengths)
    if _weighted(members, domains, recipe):
        for name, indices in members.items():
            _spread(places, indices, _weight(name, domains[name], recipe), recipe.temperature)
    for domain in sorted(set(domains.values())):
        indices = np.concatenate([indices for name, indices in members.items() if domains[name] == domain])
        _cap(places, indices, rows.domains.get(domain), tokens.domains.get(domain), lengths)
    _cap(places, np.arange(len(places), dtype=np.int32), rows.tasks.get(task), tokens.tasks.get(task), lengths)
    repeatable = np.full(len(places), task not in tokens.tasks)
    for name, indices in members.items():
        if any(name in caps.corpora or domains[name] in caps.domains for caps in (rows, tokens)):
            repeatable[indices] = False
    return Queue(places, repeatable)


def _members(sizes: Sequence[int], corpora: Sequence[Corpus]) -> dict[str, Indices]:
    """The indices of each corpus' instances; corpora without any are left out."""
    ends = np.cumsum(sizes)
    found: dict[str, list[Indices]] = {}
    for size, end, corpus in zip(sizes, ends, corpora, strict=True):
        if size:
            found.setdefault(corpus.name, []).append(np.arange(end - size, end, dtype=np.int32))
    return {name: np.concatenate(indices) for name, indices in found.items()}


def _downsample(places: Places, indices: Indices, rate: float) -> None:
    """Keep a fraction of a corpus, at least one instance, and rescale the places so that they are uniform again."""
    if rate < 1:
        _cap(places, indices, max(1, math.floor(rate * len(indices) + 0.5)), None, None)
        places[indices] /= rate


def _cap(places: Places, indices: Indices, rows: int | None, tokens: int | None, lengths: Lengths | None) -> None:
    """Remove from the queue the instances after the first ones that a cap allows."""
    if rows is None and tokens is None:
        return
    order = indices[np.argsort(places[indices], kind="stable")]
    order = order[np.isfinite(places[order])]
    end = len(order) if rows is None else rows
    if tokens is not None:
        assert lengths is not None
        end = min(end, int(np.searchsorted(np.cumsum(lengths[order]), tokens, side="right")))
    places[order[end:]] = np.inf


def _weighted(members: Mapping[str, Indices], domains: Mapping[str, str], recipe: BuildRecipe) -> bool:
    """Whether the recipe gives the corpora of this task shares, instead of drawing uniformly from all instances."""
    named = (name in recipe.weights.corpora or domains[name] in recipe.weights.domains for name in members)
    return recipe.temperature != 1 or any(named)


def _weight(name: str, domain: str, recipe: BuildRecipe) -> float:
    return recipe.weights.corpora.get(name, 1.0) * recipe.weights.domains.get(domain, 1.0)


def _spread(places: Places, indices: Indices, weight: float, temperature: float) -> None:
    """Space the instances of a corpus evenly in the queue, in their order; the larger its share, the denser.

    The places are the divisors of `apportionment.apportion`, so that every prefix of the queue is divided by its rule.
    """
    order = indices[np.argsort(places[indices], kind="stable")]
    order = order[np.isfinite(places[order])]
    if len(order):
        places[order] = (np.arange(len(order)) + 0.5) / (weight * len(order) ** (1 / temperature))


def draw(places: Places, count: int) -> NDArray[np.bool_]:
    """A mask of the instances with the `count` smallest places; in a tie, the first ones."""
    if not 0 < count < len(places):
        return np.full(len(places), count > 0)
    last = np.partition(places, count - 1)[count - 1]
    drawn: NDArray[np.bool_] = places < last
    drawn[np.flatnonzero(places == last)[: count - np.count_nonzero(drawn)]] = True
    return drawn
