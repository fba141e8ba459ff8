"""A built data set as token ids, each with the mask of what is trained."""

from pathlib import Path
from typing import Any

from datasets import Dataset

from mnlu_instruct import chat, manifest
from mnlu_instruct.errors import UserError

BATCH = 1_000


def load(folder: Path) -> Dataset:
    """The rows of a built data set, after its shards were found to be those of its manifest.

    Raises:
        UserError: no built data set, one of another version, or a shard that is missing or changed.
    """
    stated = manifest.verify(folder)
    return Dataset.from_parquet([str(folder / shard["file"]) for shard in stated["shards"]], split="train")


def tokenised(data: Dataset, tokenizer: chat.Tokenizer, max_length: int) -> Dataset:
    """Columns `input_ids` and `completion_mask` (1 on the completion and its end-of-text), as TRL trains on them.

    Raises:
        UserError: a row is longer than `max_length` tokens; the trainer would cut off its answer.
    """

    def encode(batch: dict[str, list[Any]]) -> dict[str, list[list[int]]]:
        examples = chat.examples(tokenizer, batch["prompt"], batch["completion"])
        for name, example in zip(batch["id"], examples, strict=True):
            if len(example.ids) > max_length:
                raise UserError(
                    f"{name} has {len(example.ids)} tokens, more than max_length {max_length}.",
                    f"build with --max-tokens {max_length} and this tokenizer.",
                )
        masks = [[0] * one.prompt_length + [1] * (len(one.ids) - one.prompt_length) for one in examples]
        return {"input_ids": [one.ids for one in examples], "completion_mask": masks}

    return data.map(
        encode,
        batched=True,
        batch_size=BATCH,
        remove_columns=data.column_names,
        desc="Tokenising",
        keep_in_memory=True,
    )
