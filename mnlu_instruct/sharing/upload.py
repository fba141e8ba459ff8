"""What is sent of a folder: the files of a data set or a model, and its card; never texts under an agreement."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from msgspec import Struct

from mnlu_instruct.dataset import manifest
from mnlu_instruct.dataset.build import CARD, DROPPED
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import runs, terms
from mnlu_instruct.sharing import results

Kind = Literal["dataset", "model"]

MODELS = ("config.json", "adapter_config.json")
"""A folder with one of these holds a model."""
RESUMING = {"training_args.bin", "trainer_state.json"}
"""Files of a model's folder that are not sent: they serve to resume its training, and name places of this machine."""


class Upload(Struct, frozen=True):
    """What is sent.

    Args:
        kind: what it is.
        card: the content of its README.md.
        files: the other files.
        scores: how many scores the card's front matter has.
        known: whether it is known whose texts it holds or has learnt.
        left_out: the scores that are not sent, with reasons.
    """

    kind: Kind
    card: bytes
    files: tuple[Path, ...]
    scores: int = 0
    known: bool = True
    left_out: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """The bytes of all files together."""
        return len(self.card) + sum(path.stat().st_size for path in self.files)


def check_name(repository: str) -> None:
    """Check that a name can be a repository's; the hub has further rules.

    Raises:
        UserError: it can't.
    """
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise UserError(f"{repository} is no name of a repository.", "write owner/name.")


def prepared(folder: Path, scored: Sequence[Path]) -> Upload:
    """What is sent of a folder.

    Args:
        folder: a built data set, or a model.
        scored: folders of the model's evaluation runs, whose scores go into its card.

    Raises:
        UserError: the folder holds neither; a file was changed; it holds, or has learnt, texts that must not be passed
            on; a run is of another model.
    """
    if (folder / manifest.NAME).is_file():
        return _data(folder, scored)
    if any((folder / name).is_file() for name in MODELS):
        return _model(folder, scored)
    raise UserError(
        f"{folder} holds neither a data set ({manifest.NAME}) nor a model ({MODELS[0]}).",
        "name a folder that 'mnlu build', 'mnlu train' or 'mnlu merge' wrote.",
    )


def _data(folder: Path, scored: Sequence[Path]) -> Upload:
    if scored:
        raise UserError(f"{folder} is a data set, and scores are of models.", "leave --results out.")
    stated = manifest.verify(folder)
    if forbidden := terms.of_data(stated):
        raise UserError(
            f"{folder} holds texts that must not be passed on: {terms.said(forbidden)}.",
            "pass on its recipe, which is in its card: whoever has the corpora builds the same bytes from it; or leave "
            "these corpora out (`exclude`).",
        )
    files = [*(shard["file"] for shard in stated["shards"]), manifest.NAME, DROPPED]
    return Upload("dataset", (folder / CARD).read_bytes(), tuple(folder / name for name in files))


def _model(folder: Path, scored: Sequence[Path]) -> Upload:
    forbidden = terms.of_model(folder)
    if forbidden:
        raise UserError(
            f"{folder} learnt from texts that must not be passed on: {terms.said(forbidden)}.",
            "models memorise texts: pass on the recipe instead, or share the model as those terms say.",
        )
    path = folder / CARD
    text = path.read_text("utf-8") if path.is_file() else f"# {folder.resolve().name}\n"
    found = results.found(folder, runs.read(scored)) if scored else results.Results()
    return Upload(
        kind="model",
        card=results.with_scores(text, folder.resolve().name, found).encode(),
        files=_of_model(folder),
        scores=len(found.entries),
        known=forbidden is not None,
        left_out=found.left_out,
    )


def _of_model(folder: Path) -> tuple[Path, ...]:
    """The files of a model's folder, without its card, hidden files, checkpoints and other folders."""
    return tuple(
        path
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.startswith(".") and path.name not in {CARD, *RESUMING}
    )
