"""What must hold on the real data before the first step, because a run that breaks it fails in silence."""

import os
from typing import Any

import deepspeed
import torch
from trl import SFTConfig

from mnlu_instruct import chat
from mnlu_instruct.errors import UserError

IGNORED = -100


def check_processes(config: SFTConfig) -> None:
    """Let the processes find each other (`config.device` does), and check that all that were launched are there.

    Raises:
        UserError: fewer train together than were launched.
    """
    launched = int(os.environ.get("WORLD_SIZE", "1"))
    if config.device is None or config.world_size != launched:
        message = f"{launched} processes were launched, {config.world_size} train together."
        raise UserError(message, "check the launcher's configuration: 'accelerate env' prints it.")
    if config.deepspeed:
        # On a CPU the trainer connects the processes without telling DeepSpeed, which would think that each is alone.
        os.environ["ACCELERATE_USE_DEEPSPEED"] = "true"
        deepspeed.init_distributed(dist_backend=torch.distributed.get_backend() if launched > 1 else "gloo")


def check_rows(prepared: Any, given: int, tokenizer: chat.Tokenizer) -> None:
    """Check the rows that the trainer prepared.

    Args:
        prepared: its rows, with `input_ids` and `labels` (-100 where nothing is trained).
        given: how many rows it was given.
        tokenizer: the tokenizer they were made with.

    Raises:
        UserError: padding is the end-of-text; a row is lost; a row has not exactly one beginning-of-text, or what is
            trained is not one stretch that ends with the end-of-text.
    """
    if tokenizer.pad_token_id == tokenizer.eos_token_id:
        raise UserError("Padding is the end-of-text, so that a model would never learn to stop.", "pad with <unk>.")
    if len(prepared) != given:
        raise UserError(f"The trainer kept {len(prepared)} of {given} rows.", "is max_length too small?")
    for index, row in enumerate(prepared):
        ids, labels = list(row["input_ids"]), list(row["labels"])
        trained = [place for place, label in enumerate(labels) if label != IGNORED]
        whole = trained == list(range(len(ids) - len(trained), len(ids)))
        if ids.count(tokenizer.bos_token_id) != 1 or ids[0] != tokenizer.bos_token_id:
            raise UserError(
                f"Row {index} doesn't begin with exactly one beginning-of-text.", "check the chat template."
            )
        if not trained or not whole or ids[-1] != tokenizer.eos_token_id:
            raise UserError(f"Row {index}: the loss is not on the completion and its end-of-text alone.", "check TRL.")
