"""`mnlu stats`: the contents of a built data set, from its manifest, and the lengths of its rows.

Rows are read in batches; only their lengths stay in memory.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct
from numpy.typing import NDArray

from mnlu_instruct.dataset import manifest, shards, summary_tables
from mnlu_instruct.dataset.gc_and_arrow import thrifty
from mnlu_instruct.dataset.lengths import Lengths, lengths
from mnlu_instruct.dataset.manifest import Manifest
from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting import plain_text

ROWS = 1_000
"""How many rows are measured together."""

ALL = "all"
"""The key for all kinds of questions together."""

STATED = (
    *("rows", "pack", "content_hash", "recipe", "mixture", "written", "labels", "repairs", "drops", "leaks"),
    *("corpora", "unused"),
)
"""The keys of the manifest that `--json` prints."""

Numbers = NDArray[np.int64]


class Stats(Struct, frozen=True):
    """A data set's manifest, and the lengths of its rows by kind of question (`ALL`: all together).

    Lengths are of prompt and completion together. `tokens` are counted now if a tokenizer is given; else they are as
    counted by the build (only `ALL`), or empty.
    """

    manifest: Manifest
    characters: dict[str, Lengths]
    tokens: dict[str, Lengths]

    @property
    def document(self) -> dict[str, Any]:
        """Everything, for `--json`."""
        said = {name: self.manifest[name] for name in STATED}
        forbidden = summary_tables.restricted(self.manifest)
        return {"restricted": forbidden, **said, "characters": self.characters, "tokens": self.tokens}


@thrifty()
def stats(folder: Path, tokenizer: str | None, progress: Callable[[str, float], None]) -> Stats:
    """The contents of a built data set.

    Args:
        folder: the data set.
        tokenizer: name or path of a tokenizer that counts tokens, in the template that training uses; None doesn't.
        progress: receives the share of the rows that is read.

    Raises:
        UserError: the folder is no built data set, its manifest is incomplete, its shards can't be read or have another
            number of rows, or there is no such tokenizer.
    """
    stated = manifest.read(folder)
    if lacking := [name for name in (*STATED, "versions", "characters", "lengths") if name not in stated]:
        raise UserError(f"{folder / manifest.NAME} lacks '{lacking[0]}'.", "build the data set again.")
    counter = plain_text.counter(tokenizer) if tokenizer else None
    characters: dict[str, list[Numbers]] = {}
    tokens: dict[str, list[Numbers]] = {}
    read = 0
    for batch in shards.batches(folder, ("task", "prompt", "completion"), rows=ROWS):
        kinds = batch["task"].to_numpy(zero_copy_only=False)
        _enter(characters, kinds, _characters(batch["prompt"]) + _characters(batch["completion"]))
        if counter:
            _enter(tokens, kinds, _tokens(counter, batch))
        read += len(kinds)
        progress("reading", min(1.0, read / stated["rows"]))
    if read != stated["rows"]:
        raise UserError(
            f"{folder} has {read:,} rows, but its manifest says {stated['rows']:,}.", "build the data set again."
        )
    if counter is None and stated["lengths"]:
        return Stats(stated, _together(characters), {ALL: msgspec.convert(stated["lengths"], Lengths)})
    return Stats(stated, _together(characters), _together(tokens))


def _enter(found: dict[str, list[Numbers]], kinds: NDArray[np.object_], measured: Numbers) -> None:
    """Add the lengths of rows to those of their kinds of question."""
    for kind in np.unique(kinds).tolist():
        found.setdefault(kind, []).append(measured[kinds == kind])


def _together(found: dict[str, list[Numbers]]) -> dict[str, Lengths]:
    """The distributions of all lengths and of each kind's, in the order of the kinds."""
    if not found:
        return {}
    ordered = {kind: found[kind] for kind in (*summary_tables.KINDS, *found) if kind in found}
    everything = [part for parts in ordered.values() for part in parts]
    return {name: lengths(np.concatenate(parts)) for name, parts in ((ALL, everything), *ordered.items())}


def _characters(messages: pa.ListArray) -> Numbers:
    """The number of characters in each row's messages."""
    each = pc.utf8_length(messages.flatten().field("content")).to_numpy()
    found: Numbers = np.bincount(pc.list_parent_indices(messages), each, len(messages)).astype(np.int64)
    return found


def _tokens(counter: Callable[..., list[int]], batch: pa.RecordBatch) -> Numbers:
    rows = zip(batch["prompt"].to_pylist(), batch["completion"].to_pylist(), strict=True)
    return np.array(counter([prompt + completion for prompt, completion in rows]), dtype=np.int64)
