"""Bytes to records: one file a format.

A reader is configured in a corpus' declaration and then called with the files of one split and its `Repairs`. It yields
records whose mentions slice to their words, or raises a `UserError` with file and line. It knows no task and no corpus.
"""

from collections.abc import Callable, Iterator, Sequence

from mnlu_instruct.files import File
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Record

Reader = Callable[[Sequence[File], Repairs], Iterator[Record]]

__all__ = ["Reader", "Repairs"]
