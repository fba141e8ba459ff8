"""What goes with the weights: configuration, tokenizer, chat template, generation config, all of the tuned model."""

from pathlib import Path

import torch
from transformers import AutoConfig

from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting import chat

GENERATION = "generation_config.json"


def bring(source: Path, target: Path) -> None:
    """Write the source's tokenizer with its chat template, and its generation config if it has one.

    Raises:
        UserError: the source has no tokenizer, or what was written is read differently.
    """
    before = chat.load_tokenizer(str(source))
    before.save_pretrained(target)
    if (source / GENERATION).is_file():
        (target / GENERATION).write_bytes((source / GENERATION).read_bytes())
    after = chat.load_tokenizer(str(target))
    if before.get_vocab() != after.get_vocab() or before.chat_template != after.chat_template:
        raise UserError("The merged model's tokenizer is not the tuned model's.", "report this with both folders.")


def configure(tuned: Path, merged: Path, dtype: str) -> None:
    """Write the tuned model's configuration for weights of another dtype: mergekit left the base's.

    It names the tokens that begin, end and pad a text, which are the tuned tokenizer's.
    """
    config = AutoConfig.from_pretrained(tuned)
    config.dtype = getattr(torch, dtype)
    config.save_pretrained(merged)
