"""Our readers against those of `bioc`, on the same files: CPU time, ratios, peak memory.

    MNLU_DATA=… make bench

Both read every document of a file and keep none. `bioc` (Python, lxml) is the usual reader of both formats; it only
parses, ours also checks that every mention's offsets give its text.
"""

import gc
import multiprocessing
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bioc import biocxml
from bioc import pubtator as their_pubtator

from mnlu_instruct import console
from mnlu_instruct.data_folder import data_directory
from mnlu_instruct.files import File
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.readers import Reader, Repairs
from mnlu_instruct.readers.bioc import bioc
from mnlu_instruct.readers.pubtator import pubtator
from mnlu_instruct.readers.repairs import RULES

Read = Callable[[str], int]

ROUNDS = 9

FILES: dict[str, Reader] = {
    "biored/Train.PubTator": pubtator(),
    "bc5cdr/CDR_TestSet.PubTator.txt": pubtator(concepts="|", unknown="-1"),
    "nlm-gene/NLMgene_Train.PubTator": pubtator(),
    "biored/Train.BioC.XML": bioc(),
    "bc5cdr/CDR_TestSet.BioC.xml": bioc(concept_key="MESH", relation_keys=("relation", "Chemical", "Disease")),
}
"""Files in the data directory, with their readers."""


def main() -> None:
    """Measure and print."""
    names = [name for name in FILES if (data_directory() / name).is_file()]
    rows = [_row(name) for name in names]
    console.table(("file", "documents", "bioc, ms", "ours, ms", "ratio", "bioc, MB", "ours, MB"), rows)
    if not rows:
        console.error(f"None of the files is in {data_directory()}.", "set MNLU_DATA.")
        sys.exit(1)


def ours(name: str) -> int:
    """Read with our reader; returns the number of documents."""
    return sum(1 for _ in FILES[name]([File(name, data_directory() / name)], Repairs(RULES, Ledger())))


def theirs(name: str) -> int:
    """Read with `bioc`; returns the number of documents."""
    path = data_directory() / name
    if "PubTator" in name:
        with path.open(encoding="utf-8") as lines:
            return len(their_pubtator.load(lines))
    with path.open("rb") as stream:
        return len(biocxml.load(stream).documents)


def peak(read: Read, name: str) -> float:
    """The increase in a fresh process' peak memory by reading a file, in MB, including lxml's (Linux)."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # the peak is counted from here
    before = _kilobytes("VmRSS")
    read(name)
    return (_kilobytes("VmHWM") - before) / 1024


def _kilobytes(key: str) -> int:
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{key}:"))


def _row(name: str) -> tuple[str, int, float, float, float, float, float]:
    count = ours(name)
    if count != theirs(name):
        raise AssertionError(f"{name}: {count} documents, bioc reads {theirs(name)}")
    times = [(_seconds(theirs, name), _seconds(ours, name)) for _ in range(ROUNDS)]
    slow, fast = (1000 * min(column) for column in zip(*times, strict=True))
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        peaks = [pool.apply(peak, (read, name)) for read in (theirs, ours)]
    return name, count, slow, fast, slow / fast, *peaks


def _seconds(read: Read, name: str) -> float:
    gc.collect()
    start = time.process_time()
    read(name)
    return time.process_time() - start


if __name__ == "__main__":
    main()
