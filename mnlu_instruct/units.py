"""The unit of work: one split of one corpus, surveyed by one worker, then written by one as a shard.

Rows never cross a process: a survey brings back ranks and counts, a shard brings back its hash.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Struct
from numpy.typing import NDArray

from mnlu_instruct import chat, corpora, files, prompts, reading, rows, sampling, tasks
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sampling import Ranks
from mnlu_instruct.types import Instance

BATCH = 5_000
Ordinals = NDArray[np.int64]
"""Places in the sequence of a unit's instances of one task."""


class Unit(Struct, frozen=True, order=True):
    """One split of one corpus (by name or path)."""

    corpus: str
    split: str


class Job(Struct, frozen=True):
    """What all units of a build share."""

    data: Path
    tasks: tuple[str, ...]
    pack: str
    seed: int
    max_tokens: int | None = None
    tokenizer: str | None = None


class Survey(Struct, frozen=True):
    """What a unit has to offer: for each task the ordinals and ranks of what can be drawn; sizes; what was lost."""

    unit: Unit
    ordinals: dict[str, Ordinals]
    ranks: dict[str, Ranks]
    characters: dict[str, int]
    ledger: Ledger
    inputs: dict[str, str]


class Shard(Struct, frozen=True):
    """A written file: its rows by kind of question, its size in bytes, its hash."""

    unit: Unit
    name: str
    rows: dict[str, int]
    size: int
    sha256: str


def survey(unit: Unit, job: Job) -> Survey:
    """Read a unit, formulate its questions, and rank them."""
    corpus = corpora.get(unit.corpus)
    ledger = Ledger()
    ordinals: dict[str, list[int]] = {task: [] for task in job.tasks}
    ranks: dict[str, list[int]] = {task: [] for task in job.tasks}
    characters: Counter[str] = Counter()
    for task, ordinal, instance in _fitting(_numbered(unit, job, ledger), job, ledger):
        ordinals[task].append(ordinal)
        ranks[task].append(sampling.rank(instance.id, job.seed))
        characters[task] += len(instance.text)
    folder = reading.directory(corpus, job.data)
    return Survey(
        unit=unit,
        ordinals={task: np.array(places, np.int64) for task, places in ordinals.items()},
        ranks={task: np.array(values, np.uint64) for task, values in ranks.items()},
        characters=dict(characters),
        ledger=ledger,
        inputs={
            path.relative_to(folder).as_posix(): files.sha256(path)
            for path in reading.input_files(corpus, job.data, unit.split)
        },
    )


def write_shard(unit: Unit, job: Job, chosen: dict[str, Ordinals], path: Path) -> Shard:
    """Render the chosen instances of a unit into a parquet file."""
    wanted = {task: frozenset(ordinals.tolist()) for task, ordinals in chosen.items()}
    corpus = corpora.get(unit.corpus)
    pack = prompts.load(job.pack)
    count: Counter[str] = Counter()
    picked = (instance for task, ordinal, instance in _numbered(unit, job, Ledger()) if ordinal in wanted[task])
    with pq.ParquetWriter(path, rows.SCHEMA, compression="zstd", compression_level=1) as writer:
        while batch := list(islice(picked, BATCH)):
            count.update(instance.task for instance in batch)
            shown = [sampling.shuffled(instance, job.seed) for instance in batch]
            table = [rows.row(instance, corpus, unit.split, pack) for instance in shown]
            writer.write_table(pa.Table.from_pylist(table, rows.SCHEMA))
    return Shard(unit, path.name, dict(count), path.stat().st_size, files.sha256(path))


def _numbered(unit: Unit, job: Job, ledger: Ledger) -> Iterator[tuple[str, int, Instance]]:
    """The instances of a unit, each with the requested task it counts for and its place in that task's sequence."""
    corpus = corpora.get(unit.corpus)
    requested = {kind: task for task in job.tasks for kind in tasks.members(task)}
    count: Counter[str] = Counter()
    for record in reading.records(corpus, unit.split, job.data, ledger):
        for instance in tasks.instances(record, corpus, requested, ledger):
            task = requested[instance.task]
            yield task, count[task], instance
            count[task] += 1


def _fitting(
    numbered: Iterable[tuple[str, int, Instance]], job: Job, ledger: Ledger
) -> Iterator[tuple[str, int, Instance]]:
    """Those within the budget of tokens; the others are dropped and counted."""
    if job.max_tokens is None or job.tokenizer is None:
        yield from numbered
        return
    pack, tokenizer = prompts.load(job.pack), _tokenizer(job.tokenizer)
    source = iter(numbered)
    while batch := list(islice(source, BATCH)):
        shown = [sampling.shuffled(instance, job.seed) for _, _, instance in batch]
        conversations = [pack.prompt(instance) + prompts.completion(instance) for instance in shown]
        for item, length in zip(batch, chat.lengths(tokenizer, conversations), strict=True):
            if length <= job.max_tokens:
                yield item
            else:
                ledger.drop("budget", f"longer than {job.max_tokens} tokens", item[2].id)


_tokenizer = cache(chat.load_tokenizer)
