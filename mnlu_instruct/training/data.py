"""A built data set as token ids, each with the mask of what is trained."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Dataset
from numpy.typing import NDArray

from mnlu_instruct.dataset import manifest
from mnlu_instruct.dataset.sampling_keys import Ranks, key, ranks
from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting import chat

BATCH = 1_000


def load(folder: Path) -> Dataset:
    """The rows of a built data set, after its shards were found to be those of its manifest.

    Raises:
        UserError: no built data set, one of another version, or a shard that is missing or changed.
    """
    stated = manifest.verify(folder)
    return Dataset.from_parquet([str(folder / shard["file"]) for shard in stated["shards"]], split="train")


def parted(rows: Dataset, held_out: int, seed: int) -> tuple[Dataset, Dataset]:
    """What is trained on, and what is held out: of each kind of question so many rows.

    Whole documents (column `group`) are left out, in an order that a hash of seed and document decides, until each kind
    has enough rows; a document goes that holds a question of a kind that lacks some. Of the rows left out, those with
    the smallest hashes of seed and id stay, `held_out` a kind; the others are neither trained on nor asked. A document
    that two corpora have is two.

    Args:
        rows: of a built data set.
        held_out: how many rows of each kind of question.
        seed: of the hashes; the order of rows decides nothing.

    Returns:
        Rows to train on, in their order, and rows held out, kind by kind.

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
            f"With {held_out} rows of each kind held out, nothing is left to train on of: {', '.join(lost)}.",
            "hold out fewer (`held_out`), or build a larger data set.",
        )
    left = np.flatnonzero(out)
    left = left[np.argsort(_ranks(rows.select(left)["id"][:], seed))]
    held = [left[kind[left] == one][:held_out] for one in np.argsort(kinds)]
    return rows.select(np.flatnonzero(~out)), rows.select(np.concatenate(held))


def left_out(rows: Dataset, trained: Dataset, held: Dataset) -> str:
    """What `parted` made of rows, in words."""
    documents = len(_coded(rows, "group")[0]) - len(_coded(trained, "group")[0])
    kinds = len(_coded(held, "task")[0])
    return (
        f"Held out: {documents:,} documents with {len(rows) - len(trained):,} questions; {len(held):,} of these, of "
        f"{kinds} kinds, are asked at each evaluation. {len(trained):,} are trained on."
    )


def shuffled(rows: Dataset, seed: int) -> Dataset:
    """The rows in the order of a hash of seed and id, so that those packed together are of all tasks and corpora."""
    return rows.select(np.argsort(_ranks(rows["id"][:], seed)))


def _coded(rows: Dataset, column: str) -> tuple[list[str], NDArray[np.int64]]:
    """The different words of a column, and which of them each row has."""
    coded = rows.select_columns(column).with_format("arrow")[:][column].combine_chunks().dictionary_encode()
    return coded.dictionary.to_pylist(), coded.indices.to_numpy().astype(np.int64)


def _ranks(names: Sequence[str], seed: int) -> Ranks:
    """A number for each name, which the seed decides too."""
    return ranks(np.array([key(name) for name in names], np.uint64), seed)


def tokenised(data: Dataset, tokenizer: chat.Tokenizer, max_length: int) -> Dataset:
    """Columns `id`, `input_ids` and `completion_mask` (1 on the completion and its end-of-text), as TRL takes them.

    Raises:
        UserError: a row is longer than `max_length` tokens; the trainer would cut off its answer.
    """

    def encode(batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
        examples = chat.examples(tokenizer, batch["prompt"], batch["completion"])
        for name, example in zip(batch["id"], examples, strict=True):
            if len(example.ids) > max_length:
                raise too_long(name, len(example.ids), max_length)
        masks = [[0] * one.prompt_length + [1] * (len(one.ids) - one.prompt_length) for one in examples]
        return {"id": batch["id"], "input_ids": [one.ids for one in examples], "completion_mask": masks}

    return mapped(data, encode)


def too_long(name: str, length: int, max_length: int) -> UserError:
    """The error for a row that has more tokens than it may."""
    return UserError(
        f"{name} has {length} tokens, more than max_length {max_length}.",
        f"build with --max-tokens {max_length} and this tokenizer.",
    )


def mapped(data: Dataset, encode: Callable[[dict[str, list[Any]]], dict[str, list[Any]]]) -> Dataset:
    """The columns that a function makes of a batch of rows, in their stead."""
    return data.map(
        encode,
        batched=True,
        batch_size=BATCH,
        remove_columns=data.column_names,
        desc="Tokenising",
        keep_in_memory=True,
    )
