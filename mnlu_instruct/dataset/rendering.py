"""The rows of a data set, rendered and written in two steps, each of many calls that workers share.

`deal` renders a part, some of the questions drawn from one unit, and deals its rows into pieces, one a shard. `gather`
puts the pieces of a shard together, sorted by their places. Rows are never sent between processes: pieces are files.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Struct, json

from mnlu_instruct import corpora, files
from mnlu_instruct.dataset import fitting, repetition, rows, store
from mnlu_instruct.dataset.gc_and_arrow import thrifty
from mnlu_instruct.dataset.layout import Layout
from mnlu_instruct.dataset.recipe import BuildRecipe
from mnlu_instruct.dataset.row_counts import Tally
from mnlu_instruct.dataset.store import Ordinals
from mnlu_instruct.leakage.documents import article, index_of
from mnlu_instruct.prompting import packs
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.sources.unit import Unit
from mnlu_instruct.tasks import label_shuffle
from mnlu_instruct.types import Instance

BATCH = 2_000
"""Rows rendered together; the rows of a shard's row group."""
SHEET = ".json"
"""The ending of the file that describes a file and marks it as complete."""
PIECES = ".pieces.arrow"
"""The ending of a part's pieces, an Arrow file with a record batch a shard."""
PLACE = "place"
SCHEMA = rows.SCHEMA.append(pa.field(PLACE, pa.uint64()))

Written = TypeVar("Written", bound=Struct)


class Part(Struct, frozen=True):
    """Some of the questions drawn from a unit.

    Args:
        index: the number of the part in the data set.
        unit: where they are from; `kept` is its file in the store.
        ordinals: their row numbers in the store, sorted; `times`: how often each was drawn.
    """

    index: int
    unit: Unit
    kept: Path
    ordinals: Ordinals
    times: Ordinals


class Dealt(Struct, frozen=True):
    """A rendered part: counts over its rows by kind of question; the shards that its pieces are for, in their order."""

    unit: Unit
    tallies: dict[str, Tally]
    shards: list[int]


class Shard(Struct, frozen=True):
    """A written shard: its rows, its size in bytes, its SHA-256."""

    name: str
    rows: int
    size: int
    sha256: str


@thrifty()
def deal(part: Part, recipe: BuildRecipe, layout: Layout, path: Path) -> Dealt:
    """Render the questions of a part, and write a piece of rows for each shard that gets some.

    A part that an interrupted build finished is reused.

    Args:
        part: the part.
        recipe: the recipe of the data set.
        layout: its layout.
        path: the file for the pieces.
    """
    return _once(path, Dealt, partial(_deal, part, recipe, layout, path))


@thrifty()
def gather(pieces: Sequence[tuple[Path, int]], path: Path) -> Shard:
    """Write a shard: its pieces, sorted by place. A shard that an interrupted build finished is reused.

    Args:
        pieces: the file of each piece, and which of its record batches it is.
        path: the shard's file.
    """
    return _once(path, Shard, partial(_gather, pieces, path))


def _once(path: Path, kind: type[Written], write: Callable[[], Written]) -> Written:
    """What `write` says of the file that it writes; if the sheet beside the file is there, what that says."""
    sheet = path.with_suffix(SHEET)
    if sheet.exists():
        return json.decode(sheet.read_bytes(), type=kind)
    written = write()
    sheet.with_suffix(".part").write_bytes(json.encode(written))
    sheet.with_suffix(".part").replace(sheet)
    return written


def _deal(part: Part, recipe: BuildRecipe, layout: Layout, path: Path) -> Dealt:
    tallies: dict[str, Tally] = {}
    corpus = corpora.get(part.unit.corpus)
    table = pa.concat_tables(_rendered(part, recipe, corpus, tallies))
    places = layout.places(part.index, table["id"].to_pylist())
    index = index_of(corpus)
    shards = layout.shards_of(
        part.index,
        layout.held(part.unit.split, [article(index, group) or group for group in table["group"].to_pylist()]),
        places,
    )
    table = table.append_column(SCHEMA.field(PLACE), pa.array(places))
    order = np.argsort(shards, kind="stable")
    found, first = np.unique(shards[order], return_index=True)
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, SCHEMA, options=options) as writer:
        for rows_of_shard in np.split(order, first[1:]):
            (batch,) = table.take(rows_of_shard).combine_chunks().to_batches()
            writer.write_batch(batch)
    return Dealt(part.unit, tallies, found.tolist())


def _gather(pieces: Sequence[tuple[Path, int]], path: Path) -> Shard:
    table = pa.Table.from_batches([_piece(*piece) for piece in pieces], SCHEMA).sort_by(PLACE).drop_columns(PLACE)
    with pq.ParquetWriter(path, rows.SCHEMA, compression="zstd", compression_level=1) as writer:
        writer.write_table(table, BATCH)
    return Shard(path.name, len(table), path.stat().st_size, files.sha256(path))


def _piece(path: Path, number: int) -> pa.RecordBatch:
    with pa.OSFile(str(path)) as source, pa.ipc.open_file(source) as reader:
        return reader.get_batch(number)


def _rendered(part: Part, recipe: BuildRecipe, corpus: Corpus, tallies: dict[str, Tally]) -> Iterator[pa.Table]:
    """The rows of a part, in batches; `tallies` counts them."""
    pack, split = packs.load(recipe.pack), part.unit.split
    picked = _drawn(part)
    while batch := list(islice(picked, BATCH)):
        shown = [label_shuffle.shuffled(instance, recipe.seed) for instance in batch]
        table = [rows.row(instance, corpus, split, pack) for instance in shown]
        for index in _too_long(batch, recipe):
            table[index] |= _with_original_order(batch[index], recipe, corpus, split, pack)
        for instance, row in zip(batch, table, strict=True):
            tallies.setdefault(instance.task, Tally()).add(instance, rows.characters(row), corpus.negative)
        yield pa.Table.from_pylist(table, rows.SCHEMA)


def _drawn(part: Part) -> Iterator[Instance]:
    """The questions of a part, each followed by its repetitions."""
    for instance, times in zip(store.instances(part.kept, part.ordinals), part.times.tolist(), strict=True):
        yield from repetition.repeated(instance, times)


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
