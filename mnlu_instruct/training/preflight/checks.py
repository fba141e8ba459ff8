"""Check processes and prepared rows before the first step, for errors that would spoil a training silently."""

import os
from collections.abc import Callable, Iterable
from functools import partial

import deepspeed
import numpy as np
import torch
from datasets import Dataset
from trl import SFTConfig

from mnlu_instruct.errors import UserError
from mnlu_instruct.training.preflight import documents, rules
from mnlu_instruct.training.preflight.documents import Documents
from mnlu_instruct.training.preflight.rules import BrokenError, Marks, Terms
from mnlu_instruct.training.recipe import TrainRecipe

Rule = Callable[[Documents, Terms], None]


def check_processes(config: SFTConfig) -> None:
    """Connect the processes (`config.device` does that), and check that all that were launched train together.

    Raises:
        UserError: fewer train together than were launched, or FSDP was asked for on a CPU.
    """
    launched = int(os.environ.get("WORLD_SIZE", "1"))
    if config.device is None or config.world_size != launched:
        message = f"{launched} processes were launched, but {config.world_size} train together."
        raise UserError(message, "check the launcher's configuration: 'accelerate env' prints it.")
    if (config.fsdp or os.environ.get("ACCELERATE_USE_FSDP") == "true") and config.device.type == "cpu":
        raise UserError(
            "FSDP was asked for, but accelerate has no FSDP on a CPU: it would silently copy the model, as DDP does.",
            "train on GPUs, or use --config_file zero3, which also runs on a CPU.",
        )
    if config.deepspeed:
        # On a CPU the trainer connects the processes without DeepSpeed, which would then see only one process.
        os.environ["ACCELERATE_USE_DEEPSPEED"] = "true"
        deepspeed.init_distributed(dist_backend=torch.distributed.get_backend() if launched > 1 else "gloo")


def check_rows(prepared: Dataset, given: Dataset, marks: Marks, recipe: TrainRecipe, most: int) -> Documents:
    """Check all rows that the trainer of a decoder model prepared, by `rules`.

    Args:
        prepared: its rows, with `input_ids`, `labels` (-100 for tokens without a loss) and, where whole documents are
            packed, their `seq_lengths`.
        given: the rows that it prepared them from (`data.tokenised`).
        marks: the tokens that begin and end each document.
        recipe: says how they are packed, and which tokens have a loss.
        most: the most tokens of a row.

    Returns:
        One document as the trainer has it, of median length among the first batch.

    Raises:
        UserError: a row breaks a rule; the error names its id where a single document does.
    """
    terms = Terms(marks, recipe.loss == "all", most)
    due = partial(documents.given, given, terms.everything)
    lengths = np.concatenate([part.lengths for part in due()])
    return check(due, documents.prepared(prepared, recipe.packing, lengths), rules.DECODER, terms, given)


def check(
    due: Callable[[], Iterable[Documents]],
    found: Iterable[Documents],
    checks: Iterable[Rule],
    terms: Terms,
    given: Dataset,
) -> Documents:
    """Compare the documents that a trainer has with those that it was given.

    Args:
        due: makes the documents given, in the order of `given`, with the labels that they should have.
        found: the documents that the trainer has, in any order.
        checks: the rules to check.
        terms: the settings that the documents were made with.
        given: the rows they were made from, with their `id`.

    Returns:
        One of the documents found, of median length among the first batch.

    Raises:
        UserError: a rule is broken.
    """
    has, broken, shown = [], None, Documents(*[np.zeros(0, np.int64)] * 4)
    for part in found:
        has.append((part.lengths, part.trained))
        broken = broken or _broken(part, checks, terms)
        if not len(shown.ids):
            shown = part.one(int(np.argsort(part.lengths)[len(part.lengths) // 2]))
    lengths, trained = map(np.concatenate, zip(*has, strict=True))
    should = [(part.lengths, part.trained) for part in due()]
    due_lengths, due_trained = map(np.concatenate, zip(*should, strict=True))
    # Report lost documents first: they explain any other error.
    rules.none_lost(lengths, due_lengths)
    if broken:
        raise _named(*broken, due(), given)
    rules.whole_answers(trained, due_trained)
    return shown


def _broken(part: Documents, checks: Iterable[Rule], terms: Terms) -> tuple[UserError, Documents] | None:
    """The first rule that one of these documents breaks, and that document."""
    for rule in checks:
        try:
            rule(part, terms)
        except BrokenError as error:
            return error, part.one(error.place)
        except UserError as error:
            return error, part
    return None


def _named(error: UserError, document: Documents, due: Iterable[Documents], given: Dataset) -> UserError:
    """The error, with the id of the row that was given with the same tokens."""
    if not isinstance(error, BrokenError):
        return error
    place = 0
    for part in due:
        for one in np.flatnonzero(part.lengths == document.lengths[0]):
            if np.array_equal(part.one(one).ids, document.ids):
                return UserError(f"{given[place + int(one)]['id']} {error.message}", error.hint)
        place += len(part.lengths)
    return UserError(f"A row of the trainer {error.message}", error.hint)
