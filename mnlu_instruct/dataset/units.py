"""The work on a unit (one split of one corpus): a worker surveys it; what is drawn from it is written in shards.

Rows are never sent between processes: a survey returns ranks and counts, a written shard its hash and counts.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Struct, json
from numpy.typing import NDArray

from mnlu_instruct import corpora, files, tasks
from mnlu_instruct.dataset import fitting, repetition, rows, store
from mnlu_instruct.dataset.gc_and_arrow import thrifty
from mnlu_instruct.dataset.recipe import BuildRecipe
from mnlu_instruct.dataset.row_counts import Tally
from mnlu_instruct.dataset.sampling_keys import Keys, Ranks, ranks
from mnlu_instruct.dataset.store import Ordinals, Words
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.prompting import packs
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.sources.unit import Unit
from mnlu_instruct.tasks import label_shuffle
from mnlu_instruct.types import Instance

BATCH = 2_000
"""Rows per row group, rendered and written together."""
SHEET = ".shard.json"
"""The ending of the file that describes a shard and marks it as complete."""


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
    nothing: dict[str, NDArray[np.bool_]]
    characters: dict[str, int]
    ledger: Ledger
    inputs: dict[str, str]
    kept: Path


class Drawn(Struct, frozen=True):
    """Row numbers of a stored unit, sorted, and how often each was drawn."""

    ordinals: Ordinals
    times: Ordinals


class Shard(Struct, frozen=True):
    """A written shard: counts over its rows by kind of question, its size in bytes, its SHA-256."""

    unit: Unit
    name: str
    tallies: dict[str, Tally]
    size: int
    sha256: str


@thrifty()
def survey(unit: Unit, recipe: BuildRecipe, data: Path, excluded: Excluded) -> Survey:
    """Make the questions of a unit, unless the store has them, and rank them."""
    whole = store.load_or_make(unit.corpus, unit.split, data)
    held = fitting.fitted(whole, recipe)
    ledger = whole.ledger([family for family in tasks.FAMILIES if tasks.kinds([family]) & recipe.kinds])
    if held is not whole:
        ledger.merge(held.ledger(()))
    kinds = store.words(held, "task")
    stays = kinds.among(tasks.kinds(recipe.tasks))
    if excluded:
        stays &= ~_excluded_mask(store.words(held, "group"), stays, excluded, ledger)
    keys, characters = store.numbers(held, "key"), store.numbers(held, "characters")
    nothing = store.numbers(held, "nothing")
    if (rate := recipe.thin.get(corpora.get(unit.corpus).name)) is not None:
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


@thrifty()
def write_shard(unit: Unit, recipe: BuildRecipe, kept: Path, drawn: Drawn, path: Path) -> Shard:
    """Render the drawn questions of a stored unit into a Parquet file.

    A shard that an interrupted build finished is reused: its sheet, a file beside it, is written last.
    """
    sheet = path.with_suffix(SHEET)
    if sheet.exists():
        return json.decode(sheet.read_bytes(), type=Shard)
    corpus, pack = corpora.get(unit.corpus), packs.load(recipe.pack)
    picked = _drawn(kept, drawn)
    tallies: dict[str, Tally] = {}
    with pq.ParquetWriter(path, rows.SCHEMA, compression="zstd", compression_level=1) as writer:
        while batch := list(islice(picked, BATCH)):
            shown = [label_shuffle.shuffled(instance, recipe.seed) for instance in batch]
            table = [rows.row(instance, corpus, unit.split, pack) for instance in shown]
            for index in _too_long(batch, recipe):
                table[index] |= _with_original_order(batch[index], recipe, corpus, unit.split, pack)
            writer.write_table(pa.Table.from_pylist(table, rows.SCHEMA))
            for instance, row in zip(batch, table, strict=True):
                tallies.setdefault(instance.task, Tally()).add(instance, rows.characters(row), corpus.negative)
    shard = Shard(unit, path.name, tallies, path.stat().st_size, files.sha256(path))
    sheet.with_suffix(".part").write_bytes(json.encode(shard))
    sheet.with_suffix(".part").replace(sheet)
    return shard


def _drawn(kept: Path, drawn: Drawn) -> Iterator[Instance]:
    """The drawn questions, each followed by its repetitions."""
    for instance, times in zip(store.instances(kept, drawn.ordinals), drawn.times.tolist(), strict=True):
        yield from repetition.repeated(instance, times)


def _excluded_mask(groups: Words, asked: NDArray[np.bool_], excluded: Excluded, ledger: Ledger) -> NDArray[np.bool_]:
    """A mask of the questions about excluded documents; each such document among the `asked` rows is counted."""
    for code in np.unique(groups.codes[asked]).tolist():
        if (group := groups.words[code]) in excluded:
            ledger.drop(*excluded[group], group)
    return groups.among(excluded)


def _thinned(keys: Keys, nothing: NDArray[np.bool_], rate: float, seed: int) -> Ordinals:
    """The questions to leave out, so that of those that find nothing a fraction is left.

    Which ones is decided by other numbers than the draw's, whose first rows would otherwise all be of them.
    """
    places = np.flatnonzero(nothing)
    leaves = math.floor(rate * len(places) + 0.5)
    return np.sort(places[np.argsort(ranks(keys[places], seed, person=THIN), kind="stable")[leaves:]])


def _too_long(batch: Sequence[Instance], recipe: BuildRecipe) -> list[int]:
    """Indices of the repetitions whose reshuffled labels exceed the length budget."""
    if recipe.max_tokens is None:
        return []
    places = [place for place, instance in enumerate(batch) if repetition.first(instance) is not instance]
    lengths = fitting.tokens([batch[place] for place in places], recipe) if places else []
    return [place for place, length in zip(places, lengths, strict=True) if length > recipe.max_tokens]


def _with_original_order(
    instance: Instance, recipe: BuildRecipe, corpus: Corpus, split: str, pack: packs.Pack
) -> dict[str, Any]:
    """The row of a repetition with the labels in the order of the original, which is within the budget."""
    first = label_shuffle.shuffled(repetition.first(instance), recipe.seed)
    return {**rows.row(first, corpus, split, pack), "id": instance.id}
