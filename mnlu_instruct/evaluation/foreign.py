"""Runs of other systems: their answers, as prediction files, become a run folder that reports and comparisons take."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import to_builtins

from mnlu_instruct import folders
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import predictions, provenance, scorecard, stated
from mnlu_instruct.evaluation.evaluate import RUN, record
from mnlu_instruct.evaluation.predictions import Line
from mnlu_instruct.evaluation.stated import AskedSet, Declared, Stated
from mnlu_instruct.sources.declaration import Corpus

ENGINE = "another system"


def adopt(
    paths: Sequence[Path], name: str, own: Mapping[str, Corpus], out: Path, overwrite: bool
) -> scorecard.Scorecard:
    """Write a run folder from prediction files of another system, and score it.

    Args:
        paths: files or folders, as `scorecard.score` takes them.
        name: the system's name in reports.
        own: corpora of the user's own, by name.
        out: the folder to write.
        overwrite: replace a run that is there.

    Raises:
        UserError: as `predictions.read`; `out` can't be written, or holds something else; the lines have several packs.
    """
    folders.check(out, overwrite, RUN)
    made = provenance.watch()
    found, about = predictions.read(paths, own), stated.read(paths)
    packs = sorted({line.prediction.pack for lines in found.values() for line in lines})
    if len(packs) > 1:
        raise UserError(f"The predictions have several packs: {', '.join(packs)}.", "make a run of each.")
    about = Stated(
        about.suite, {**{key: _described(lines) for key, lines in found.items()}, **about.datasets}, about.averages
    )
    said = [to_builtins(line.prediction) for lines in found.values() for line in lines]
    entries = {"system": name, "model": name, "engine": ENGINE, "pack": packs[0].partition("@")[0], **about.entries}
    return record(said, {**entries, provenance.ENTRY: made()}, out)


def _described(lines: Sequence[Line]) -> AskedSet:
    """What is known of a data set by its predictions alone."""
    first = lines[0].prediction
    return AskedSet(
        first.corpus,
        lines[0].instance.task,
        first.split,
        lines[0].instance.task,
        questions=len(lines),
        available=len(lines),
        declared=lines[0].declared or Declared(),
    )
