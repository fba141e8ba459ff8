"""The leakage search in a built data set."""

from concurrent.futures import Executor
from pathlib import Path

from mnlu_instruct import workers
from mnlu_instruct.dataset import manifest
from mnlu_instruct.dataset.texts import built_corpora, built_pieces
from mnlu_instruct.leakage.documents import held_out
from mnlu_instruct.leakage.overlap import Overlap, overlap
from mnlu_instruct.leakage.search import Found, Suites, summed_up
from mnlu_instruct.workers import Progress


def search_built(folder: Path, against: Suites, data: Path, pool: Executor | None, progress: Progress) -> Found:
    """Search a built data set for overlap with the test sets of suites.

    Raises:
        UserError: the folder is no built data set, its shards can't be read, or no test set has its files.
    """
    calls = [(search_rows, (folder, name, against, data)) for name in built_corpora(folder)]
    return summed_up(workers.spread(calls, pool, progress, "searching"), held_out(against, data), {})


def search_rows(folder: Path, name: str, against: Suites, data: Path) -> Overlap:
    """The overlap of one corpus' rows in a built data set with the test sets of suites."""
    articles = manifest.indexes(manifest.read(folder)).get(name)
    return overlap(name, held_out(against, data), built_pieces(folder, name), articles)
