"""Parallel files of texts and summaries: a record is on the same line of each; their names differ in the suffix."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.readers.tsv import ending
from mnlu_instruct.types import Summary

Line = tuple[int | None, str]
MISSING: Line = (None, "")


def parallel(text: str = ".source", summary: str = ".target", name: str = ".doi") -> Reader:
    """A reader of three files whose names have these suffixes: texts, summaries, ids."""

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Summary]:
        three = [ending(files, end) for end in (text, summary, name)]
        for found in zip_longest(*(file.lines() for file in three), fillvalue=MISSING):
            for file, (number, words) in zip(three, found, strict=True):
                if not words.strip():
                    raise file.error(number, "an empty or missing line, where the parallel files have one.")
            (_, long), (_, short), (number, key) = found
            yield Summary(key.strip(), long, short, key.strip(), f"{three[0].name}:{number}")

    return read
