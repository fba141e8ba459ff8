"""Copy what a merged model needs beside weights: the tuned model's configuration, tokenizer and generation config."""

from pathlib import Path

import torch
from transformers import AutoConfig

from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting import chat

GENERATION = "generation_config.json"


def copy_tokenizer(source: Path, target: Path) -> None:
    """Copy the source's tokenizer with its chat template, and its generation config if it has one.

    Raises:
        UserError: the source has no tokenizer, or the copy is read differently.
    """
    before = chat.load_tokenizer(str(source))
    before.save_pretrained(target)
    if (source / GENERATION).is_file():
        (target / GENERATION).write_bytes((source / GENERATION).read_bytes())
    after = chat.load_tokenizer(str(target))
    if before.get_vocab() != after.get_vocab() or before.chat_template != after.chat_template:
        raise UserError(
            "The merged model's tokenizer differs from the tuned model's.", "report this with both folders."
        )


def configure(tuned: Path, merged: Path, dtype: str) -> None:
    """Write the tuned model's configuration with the merged dtype, in place of the base's, which mergekit wrote.

    It has the ids of the tokens that begin, end and pad a text, which must be the tuned tokenizer's.
    """
    config = AutoConfig.from_pretrained(tuned)
    config.dtype = getattr(torch, dtype)
    config.save_pretrained(merged)
