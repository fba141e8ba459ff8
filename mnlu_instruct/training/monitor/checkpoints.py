"""Complete checkpoints: a list of its files (`complete.json`) is written last; a checkpoint without it was cut off."""

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
from mnlu_instruct.training.launch.launcher import WHOLE

SHEET = WHOLE
"""Written last, into each checkpoint and beside the final model; a Slurm script can test for the latter."""
MODEL = ("*.safetensors", "*config.json", "tokenizer.json")
"""The files of the final model that `complete.json` lists; others (a log, a card) may change later."""
NAME = re.compile(r"checkpoint-(\d+)")


class NothingLeftError(Exception):
    """All steps are trained already: the model is the checkpoint's, which the trainer has loaded."""


class Sheet(Struct, frozen=True):
    """The content of `complete.json`: what a folder held when it was complete.

    Attributes:
        step: the number of steps trained.
        files: the size of each file in bytes, by its path within the folder.
        training: the training's identity.
    """

    step: int
    files: dict[str, int]
    training: Identity


def seal(folder: Path, paths: Iterable[Path], step: int, training: Identity) -> None:
    """Write a folder's `complete.json`, after its files have reached the disk."""
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
    """The content of a complete folder's `complete.json`, or else why the folder isn't complete."""
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
    """The checkpoints in a folder, complete or not, newest first."""
    found = [path for path in output.glob("checkpoint-*") if path.is_dir() and NAME.fullmatch(path.name)]
    yield from sorted(found, key=_step, reverse=True)


def last_whole(output: Path) -> Path | None:
    """The newest checkpoint that is complete."""
    return next((path for path in newest_first(output) if isinstance(sheet(path), Sheet)), None)


def to_resume(output: Path, training: Identity) -> str | None:
    """The path of the checkpoint to resume from; prints a notice for each that is skipped, and why.

    Raises:
        UserError: the newest complete checkpoint is of another training.
    """
    for path in newest_first(output):
        found = sheet(path)
        if isinstance(found, Sheet):
            _check(path, found, training)
            console.notice(f"Resuming from {path}.")
            return str(path)
        console.notice(f"Skipping {path}, which is incomplete: {found}.")
    if next(newest_first(output), None):
        console.notice("No checkpoint is complete: the training starts from the beginning.")
    return None


def finished(output: Path, training: Identity) -> Sheet | None:
    """The final model's `complete.json`, if the model is complete; else the file is removed, if there is one.

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
    """Write the final model's `complete.json`, after everything else."""
    seal(output, [path for pattern in MODEL for path in output.glob(pattern)], step, training)


class Checkpoints(TrainerCallback):  # type: ignore[misc]
    """Marks each checkpoint complete once all processes have written it, then removes those beyond `save_total_limit`.

    The trainer itself would remove an old checkpoint before it knows that the new one is complete.
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
        """Take the intervals of logs, checkpoints and evaluations from the arguments, not from the checkpoint.

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
        """Mark the checkpoint of this step complete, unless it holds only the model and can't be resumed from."""
        rank_consensus.greatest((0,), args.device)
        if args.save_only_model or not state.is_world_process_zero:
            return
        output = Path(args.output_dir)
        folder = output / f"checkpoint-{state.global_step}"
        (folder / SHEET).unlink(missing_ok=True)
        seal(folder, [path for path in folder.rglob("*") if path.is_file()], state.global_step, self.training)
        prune(output, self.limit, keep={folder.name, Path(state.best_model_checkpoint or folder).name})


def prune(output: Path, limit: int | None, keep: set[str]) -> None:
    """Remove checkpoints beyond the newest `limit` complete ones, and all incomplete ones, except those in `keep`.

    Args:
        output: the folder that holds them.
        limit: how many to keep; None or 0 keeps all.
        keep: names of checkpoints to keep in any case.
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
            "give another output_dir, or the same values as then; or remove that folder, to start from the beginning.",
        )


def _step(path: Path) -> int:
    return int(path.name.removeprefix("checkpoint-"))
