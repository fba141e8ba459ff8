"""Readers: parse corpus files into records, one module per file format.

A reader is configured in a corpus' declaration and then called with the files of one split and its `Repairs`. It yields
records whose mention offsets match the text, or raises a `UserError` with file and line. Readers are independent of
tasks and of particular corpora.
"""

from collections.abc import Callable, Iterator, Sequence

from mnlu_instruct.files import File
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Record

Reader = Callable[[Sequence[File], Repairs], Iterator[Record]]

__all__ = ["Reader", "Repairs"]
