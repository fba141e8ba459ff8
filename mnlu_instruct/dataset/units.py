"""The unit of work: one split of one corpus, surveyed by one worker; what was drawn from it is written in parts.

Rows never cross a process: a survey brings back ranks and counts, a part brings back its hash.
"""

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
from mnlu_instruct.dataset.memory import thrifty
from mnlu_instruct.dataset.recipe import BuildRecipe
from mnlu_instruct.dataset.row_counts import Tally
from mnlu_instruct.dataset.sampling_keys import Ranks, ranks
from mnlu_instruct.dataset.store import Ordinals, Words
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.prompting import packs
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.sources.unit import Unit
from mnlu_instruct.tasks import label_order
from mnlu_instruct.types import Instance

BATCH = 2_000
"""Rows that are rendered and written together, as one row group."""
SHEET = ".shard.json"
"""The ending of the file that says that a shard is whole, and what it holds."""


Excluded = Mapping[str, tuple[str, str]]
"""Documents (groups) that are left out, each with the stage and the reason of that."""


class Survey(Struct, frozen=True):
    """What a unit has to offer: for each task the ordinals, ranks and tokens of what can be drawn (no tokens, where
    nothing counts them); the characters of it all; what was lost; the raw files; where it is kept."""

    unit: Unit
    ordinals: dict[str, Ordinals]
    ranks: dict[str, Ranks]
    tokens: dict[str, Ordinals]
    characters: dict[str, int]
    ledger: Ledger
    inputs: dict[str, str]
    kept: Path


class Drawn(Struct, frozen=True):
    """Rows of a kept unit, ascending, and how often each was drawn."""

    ordinals: Ordinals
    times: Ordinals


class Shard(Struct, frozen=True):
    """A written file: what its rows hold, by kind of question; its size in bytes, its hash."""

    unit: Unit
    name: str
    tallies: dict[str, Tally]
    size: int
    sha256: str


@thrifty()
def survey(unit: Unit, recipe: BuildRecipe, data: Path, excluded: Excluded) -> Survey:
    """Formulate the questions of a unit, where the store doesn't hold them yet, and rank them."""
    whole = store.hold(unit.corpus, unit.split, data)
    held = fitting.fitted(whole, recipe)
    ledger = whole.ledger([family for family in tasks.FAMILIES if tasks.kinds([family]) & recipe.kinds])
    if held is not whole:
        ledger.merge(held.ledger(()))
    kinds = store.words(held, "task")
    stays = kinds.among(tasks.kinds(recipe.tasks))
    if excluded:
        stays &= ~_leaving(store.words(held, "group"), stays, excluded, ledger)
    found = {task: np.flatnonzero(kinds.among(tasks.members(task)) & stays) for task in recipe.tasks}
    keys, characters = store.numbers(held, "key"), store.numbers(held, "characters")
    tokens = None if recipe.tokenizer is None else store.numbers(held, "tokens").astype(np.int64)
    return Survey(
        unit=unit,
        ordinals=found,
        ranks={task: ranks(keys[at], recipe.seed) for task, at in found.items()},
        tokens={} if tokens is None else {task: tokens[at] for task, at in found.items()},
        characters={task: int(characters[at].sum()) for task, at in found.items()},
        ledger=ledger,
        inputs=whole.inputs,
        kept=held.path,
    )


@thrifty()
def write_shard(unit: Unit, recipe: BuildRecipe, kept: Path, drawn: Drawn, path: Path) -> Shard:
    """Render what was drawn of a kept unit, in ascending order, into a parquet file.

    A shard that an interrupted build finished is taken as it is: its sheet, a file beside it, is written last.
    """
    sheet = path.with_suffix(SHEET)
    if sheet.exists():
        return json.decode(sheet.read_bytes(), type=Shard)
    corpus, pack = corpora.get(unit.corpus), packs.load(recipe.pack)
    picked = _drawn(kept, drawn)
    tallies: dict[str, Tally] = {}
    with pq.ParquetWriter(path, rows.SCHEMA, compression="zstd", compression_level=1) as writer:
        while batch := list(islice(picked, BATCH)):
            shown = [label_order.shuffled(instance, recipe.seed) for instance in batch]
            table = [rows.row(instance, corpus, unit.split, pack) for instance in shown]
            for index in _too_long(batch, recipe):
                table[index] |= _as_at_first(batch[index], recipe, corpus, unit.split, pack)
            writer.write_table(pa.Table.from_pylist(table, rows.SCHEMA))
            for instance, row in zip(batch, table, strict=True):
                tallies.setdefault(instance.task, Tally()).add(instance, rows.characters(row))
    shard = Shard(unit, path.name, tallies, path.stat().st_size, files.sha256(path))
    sheet.with_suffix(".part").write_bytes(json.encode(shard))
    sheet.with_suffix(".part").replace(sheet)
    return shard


def _drawn(kept: Path, drawn: Drawn) -> Iterator[Instance]:
    """The drawn questions, each as often as it was drawn."""
    for instance, times in zip(store.instances(kept, drawn.ordinals), drawn.times.tolist(), strict=True):
        yield from repetition.repeated(instance, times)


def _leaving(groups: Words, asked: NDArray[np.bool_], excluded: Excluded, ledger: Ledger) -> NDArray[np.bool_]:
    """Which questions are of documents that are left out; each such document that is asked about is counted."""
    for code in np.unique(groups.codes[asked]).tolist():
        if (group := groups.words[code]) in excluded:
            ledger.drop(*excluded[group], group)
    return groups.among(excluded)


def _too_long(batch: Sequence[Instance], recipe: BuildRecipe) -> list[int]:
    """Which are repetitions whose own order of labels makes them longer than the budget."""
    if recipe.max_tokens is None:
        return []
    places = [place for place, instance in enumerate(batch) if repetition.first(instance) is not instance]
    lengths = fitting.tokens([batch[place] for place in places], recipe) if places else []
    return [place for place, length in zip(places, lengths, strict=True) if length > recipe.max_tokens]


def _as_at_first(
    instance: Instance, recipe: BuildRecipe, corpus: Corpus, split: str, pack: packs.Pack
) -> dict[str, Any]:
    """The row of a repetition, in the words of the first time, which are within the budget."""
    first = label_order.shuffled(repetition.first(instance), recipe.seed)
    return {**rows.row(first, corpus, split, pack), "id": instance.id}
