"""Checkpoints that are whole: each ends with a sheet of its files, without which it was cut while it was written."""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, json
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from mnlu_instruct import console
from mnlu_instruct.errors import UserError
from mnlu_instruct.training import rank_consensus
from mnlu_instruct.training.identity import Identity, differences

SHEET = "complete.json"
"""Written last, into a checkpoint and beside the final model: a Slurm script can ask for the latter."""
MODEL = ("*.safetensors", "*config.json", "tokenizer.json")
"""The files of the final model that its sheet is of; others (a log, a card) may change later."""
NAME = re.compile(r"checkpoint-(\d+)")


class NothingLeftError(Exception):
    """All steps are trained: the model is that of the checkpoint, which the trainer has loaded."""


class Sheet(Struct, frozen=True):
    """What a folder held when it was whole.

    Attributes:
        step: after how many steps.
        files: the bytes of each file, by its path within the folder.
        training: what was trained.
    """

    step: int
    files: dict[str, int]
    training: Identity


def seal(folder: Path, paths: Iterable[Path], step: int, training: Identity) -> None:
    """Write a folder's sheet, after its files have reached the disk."""
    sizes = {}
    for path in sorted(paths):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            sizes[path.relative_to(folder).as_posix()] = path.stat().st_size
    hidden = folder / f".{SHEET}"
    with hidden.open("wb") as file:
        file.write(json.format(json.encode(Sheet(step, sizes, training)), indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    hidden.replace(folder / SHEET)


def sheet(folder: Path) -> Sheet | str:
    """The sheet of a whole folder, or what is wrong with the folder."""
    try:
        stated = json.decode((folder / SHEET).read_bytes(), type=Sheet)
    except OSError:
        return f"it has no {SHEET}, which is written last"
    except msgspec.DecodeError:
        return f"its {SHEET} is broken"
    for name, size in stated.files.items():
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        if path.stat().st_size != size:
            return f"{name} has {path.stat().st_size:,} bytes of {size:,}"
    return stated


def newest_first(output: Path) -> Iterator[Path]:
    """The checkpoints in a folder, whole or not."""
    found = [path for path in output.glob("checkpoint-*") if path.is_dir() and NAME.fullmatch(path.name)]
    yield from sorted(found, key=_step, reverse=True)


def last_whole(output: Path) -> Path | None:
    """The newest checkpoint that is whole."""
    return next((path for path in newest_first(output) if isinstance(sheet(path), Sheet)), None)


def begun(output: Path, training: Identity) -> str | None:
    """The path of the checkpoint that a training goes on from; says which were passed over, and why.

    Raises:
        UserError: the newest whole one is of another training.
    """
    for path in newest_first(output):
        found = sheet(path)
        if isinstance(found, Sheet):
            _check(path, found, training)
            console.notice(f"Goes on from {path}.")
            return str(path)
        console.notice(f"{path} is not whole and is passed over: {found}.")
    if next(newest_first(output), None):
        console.notice("No checkpoint is whole: the training begins anew.")
    return None


def finished(output: Path, training: Identity) -> Sheet | None:
    """The sheet of the final model, if that is there and whole; the sheet of one that isn't goes.

    Raises:
        UserError: it is the model of another training.
    """
    found = sheet(output)
    if isinstance(found, Sheet):
        _check(output, found, training)
        return found
    (output / SHEET).unlink(missing_ok=True)
    return None


def finish(output: Path, step: int, training: Identity) -> None:
    """Write the sheet of the final model, after everything else."""
    seal(output, [path for pattern in MODEL for path in output.glob(pattern)], step, training)


class Checkpoints(TrainerCallback):  # type: ignore[misc]
    """Seals each checkpoint once all processes have written it, and only then removes those beyond `save_total_limit`.

    The trainer itself would remove the last one before it knows that the next is whole.
    """

    def __init__(self, training: Identity, trainer: Trainer) -> None:
        self.training = training
        self.trainer = trainer
        self.limit = None
        if not trainer.args.save_only_model:
            self.limit, trainer.args.save_total_limit = trainer.args.save_total_limit, None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Take how often to log, save and evaluate from the arguments, not from the checkpoint.

        Raises:
            NothingLeftError: the checkpoint is that of the last step, after which the trainer (transformers 5.19) would
                train one more.
        """
        state.compute_steps(args, state.max_steps)
        if state.global_step >= state.max_steps:
            if args.load_best_model_at_end and state.best_model_checkpoint:
                self.trainer._load_best_model()
            raise NothingLeftError

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Seal the checkpoint of this step; one that holds the model alone can't be gone on from, and isn't sealed."""
        rank_consensus.greatest((0,), args.device)
        if args.save_only_model or not state.is_world_process_zero:
            return
        output = Path(args.output_dir)
        folder = output / f"checkpoint-{state.global_step}"
        (folder / SHEET).unlink(missing_ok=True)
        seal(folder, [path for path in folder.rglob("*") if path.is_file()], state.global_step, self.training)
        prune(output, self.limit, keep={folder.name, Path(state.best_model_checkpoint or folder).name})


def prune(output: Path, limit: int | None, keep: set[str]) -> None:
    """Remove checkpoints so that `limit` whole ones are left, the newest, and those to keep; those not whole go first.

    Args:
        output: where they are.
        limit: how many; all stay, if none or 0.
        keep: names of checkpoints that stay.
    """
    if not limit:
        return
    left = limit
    for path in newest_first(output):
        whole = isinstance(sheet(path), Sheet)
        if path.name not in keep and (not whole or left <= 0):
            (path / SHEET).unlink(missing_ok=True)
            shutil.rmtree(path, ignore_errors=True)
        else:
            left -= 1


def _check(path: Path, found: Sheet, training: Identity) -> None:
    if different := differences(found.training, training):
        raise UserError(
            f"{path} is of another training: {'; '.join(different)}.",
            "give another output_dir, or what was given then; without that folder the training begins anew.",
        )


def _step(path: Path) -> int:
    return int(path.name.removeprefix("checkpoint-"))
