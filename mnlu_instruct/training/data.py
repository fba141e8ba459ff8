"""Load a built data set, split off held-out rows, and tokenise rows with the mask of the loss."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import datasets
import numpy as np
from datasets import Dataset
from numpy.typing import NDArray

from mnlu_instruct.dataset import manifest
from mnlu_instruct.dataset.layout import TRAIN, VALIDATION, split_of
from mnlu_instruct.dataset.manifest import Manifest
from mnlu_instruct.dataset.sampling_keys import Ranks, key, ranks
from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting import chat

BATCH = 1_000


def load(folder: Path) -> Dataset:
    """Load the training rows of a built data set, after checking its shards against its manifest.

    Raises:
        UserError: the folder is no built data set, or of another version, or a shard is missing or changed.
    """
    return _rows(folder, manifest.verify(folder), TRAIN)


def _rows(folder: Path, stated: Manifest, split: str) -> Dataset:
    """The rows of a split of a built data set.

    `datasets` finds what it has read before by the paths and times of files; another data set may have both, out of an
    archive or an image layer. So its cache is in a folder named by the content hash.
    """
    cache = Path(datasets.config.HF_DATASETS_CACHE) / f"mnlu-instruct-{stated['content_hash'][:16]}"
    shards = [str(folder / shard["file"]) for shard in stated["shards"] if split_of(shard["file"]) == split]
    return Dataset.from_parquet(shards, split=split, cache_dir=str(cache))


def rows_of(folder: Path, held_out: int, seed: int) -> tuple[Dataset, Dataset]:
    """The rows of a built data set to train on, and those held out: of its validation split, if it has one.

    Without one, rows are held out of its training split (`split_held_out`).

    Args:
        folder: the data set.
        held_out: how many rows of each kind of question to hold out; of a validation split that has fewer, all.
        seed: the seed of the hashes that say which.

    Raises:
        UserError: as `load` and `split_held_out`.
    """
    stated = manifest.verify(folder)
    rows = _rows(folder, stated, TRAIN)
    if VALIDATION not in manifest.splits(stated):
        return split_held_out(rows, held_out, seed)
    offered = _rows(folder, stated, VALIDATION)
    return rows, offered.select(_first_of_each_kind(offered, np.arange(len(offered)), held_out, seed))


def split_held_out(rows: Dataset, held_out: int, seed: int) -> tuple[Dataset, Dataset]:
    """Split rows into training rows and held-out rows, `held_out` of each kind of question.

    Whole documents (column `group`) are left out of training, in the order of a hash of seed and document, until each
    kind of question has enough rows; a document is left out if it has a question of a kind that needs more. Of these
    rows, the `held_out` of each kind with the smallest hashes of seed and id are held out; the others are neither
    trained on nor asked. A document that two corpora share counts as two.

    Args:
        rows: the rows of a built data set.
        held_out: how many rows of each kind of question to hold out.
        seed: the seed of the hashes; the order of rows doesn't matter.

    Returns:
        Rows to train on, in their order, and held-out rows, kind by kind.

    Raises:
        UserError: a kind of question would have no row to train on.
    """
    if not held_out:
        return rows, rows.select([])
    (groups, group), (kinds, kind) = _coded(rows, "group"), _coded(rows, "task")
    place = np.argsort(np.argsort(_ranks(groups, seed)))[group]
    leaving = np.zeros(len(groups), bool)
    for one in range(len(kinds)):
        leaving[np.sort(place[kind == one])[:held_out]] = True
    out = leaving[place]
    if lost := sorted(kinds[one] for one in range(len(kinds)) if out[kind == one].all()):
        raise UserError(
            f"With {held_out} rows of each kind held out, no row to train on is left of: {', '.join(lost)}.",
            "hold out fewer (`held_out`), or build a larger data set.",
        )
    return rows.select(np.flatnonzero(~out)), rows.select(
        _first_of_each_kind(rows, np.flatnonzero(out), held_out, seed)
    )


def _first_of_each_kind(rows: Dataset, left: NDArray[np.int64], count: int, seed: int) -> NDArray[np.int64]:
    """The first `count` rows of each kind of question by their hashes, kind by kind, of those in the places `left`."""
    kinds, kind = _coded(rows, "task")
    left = left[np.argsort(_ranks(rows.select(left)["id"][:], seed))]
    return np.concatenate([left[kind[left] == one][:count] for one in np.argsort(kinds)])


def held_out_summary(folder: Path, trained: Dataset, held: Dataset) -> str:
    """Describe the result of `rows_of` in a sentence."""
    kinds, (asked, whole) = len(_coded(held, "task")[0]), (len(held), manifest.read(folder)["rows"])
    return (
        f"Held out: {whole - len(trained):,} questions, of which each evaluation asks {asked:,}, of {kinds} kinds. "
        f"The training uses the other {len(trained):,} questions, none of them about the same documents."
    )


def shuffled(rows: Dataset, seed: int) -> Dataset:
    """Shuffle rows by a hash of seed and id, so that rows packed together are of different tasks and corpora."""
    return rows.select(np.argsort(_ranks(rows["id"][:], seed)))


def _coded(rows: Dataset, column: str) -> tuple[list[str], NDArray[np.int64]]:
    """The distinct values of a column, and the index of each row's value."""
    coded = rows.select_columns(column).with_format("arrow")[:][column].combine_chunks().dictionary_encode()
    return coded.dictionary.to_pylist(), coded.indices.to_numpy().astype(np.int64)


def _ranks(names: Sequence[str], seed: int) -> Ranks:
    """A hash of each name and the seed, as a sort key."""
    return ranks(np.array([key(name) for name in names], np.uint64), seed)


def tokenised(data: Dataset, tokenizer: chat.Tokenizer, max_length: int, positions: int | None = None) -> Dataset:
    """Tokenise rows for TRL: columns `id`, `input_ids` and `completion_mask` (1 on completion and end-of-text).

    Args:
        data: the rows.
        tokenizer: the model's.
        max_length: the recipe's.
        positions: how many the model has, if they are limited.

    Raises:
        UserError: a row is longer than `max_length` tokens; the trainer would cut off its answer. Or it has more tokens
            than the model has positions, whose embeddings would be looked up beyond their table in the first step.
    """

    def encode(batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
        examples = chat.examples(tokenizer, batch["prompt"], batch["completion"])
        for name, example in zip(batch["id"], examples, strict=True):
            check_length(name, len(example.ids), max_length, positions)
        masks = [[0] * one.prompt_length + [1] * (len(one.ids) - one.prompt_length) for one in examples]
        return {"id": batch["id"], "input_ids": [one.ids for one in examples], "completion_mask": masks}

    return mapped(data, encode)


def check_stream(max_length: int, positions: int | None) -> None:
    """Check that a model has a position for each token of a stream, which is cut only at `max_length`.

    Raises:
        UserError: it doesn't.
    """
    if positions is not None and max_length > positions:
        raise UserError(
            f"max_length is {max_length}, but the model has only {positions} positions.",
            f"write max_length: {positions}, and build the data set with --max-tokens {positions}.",
        )


def check_length(name: str, length: int, max_length: int, positions: int | None) -> None:
    """Check the number of tokens of a row, or of one side of it, that share a table of positions.

    Raises:
        UserError: there are more than the recipe allows, or than the model has positions.
    """
    allowed = {max_length: f"max_length {max_length}"}
    if positions is not None:
        allowed.setdefault(positions, f"the model's {positions} positions")
    most = min(allowed)
    if length > most:
        raise UserError(
            f"{name} has {length} tokens, more than {allowed[most]}.",
            f"build with --max-tokens {most} and this tokenizer.",
        )


def mapped(data: Dataset, encode: Callable[[dict[str, list[Any]]], dict[str, list[Any]]]) -> Dataset:
    """Replace the columns of rows by those that a function makes of each batch."""
    return data.map(
        encode,
        batched=True,
        batch_size=BATCH,
        remove_columns=data.column_names,
        desc="Tokenising",
        keep_in_memory=True,
    )
