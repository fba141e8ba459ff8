"""Standoff format of ShARe/CLEF eHealth 2013: reports, and for each a file of the same name, one mention per line.

A line is `report.txt||type||concept||start||end`, with more offsets where the mention is discontinuous. Offsets
are into the report's text, the end exclusive. `CUI-less` means no concept.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Document, Mention, Span, surface

OFFSETS = r"(?:\|\|[0-9]{1,9}\|\|[0-9]{1,9})+"
MENTION = re.compile(rf"(?P<report>[^|]+)\|\|(?P<type>[^|]+)\|\|(?P<concept>[^|]+)(?P<offsets>{OFFSETS})")
UNKNOWN = "CUI-less"


def share_pipe(reports: str) -> Reader:
    """A reader of reports, in folders whose name is `reports`, and of their mentions, in other folders.

    A report without a file of mentions is dropped as `unannotated`.
    """

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        texts = {_name(file): file for file in files if PurePosixPath(file.name).parent.name == reports}
        notes = {_name(file): file for file in files if PurePosixPath(file.name).parent.name != reports}
        if strangers := notes.keys() - texts.keys():
            stranger = min(strangers)
            raise notes[stranger].error(None, f"there is no report {stranger} in {reports}.")
        for name, file in texts.items():
            if name in notes:
                yield _document(name, file, notes[name])
            elif not repairs.drops("unannotated", file.name):
                raise file.error(None, "a report without a file of mentions.")

    return read


def _name(file: File) -> str:
    return PurePosixPath(file.name).name


def _document(name: str, file: File, notes: File) -> Document:
    text = file.text()
    mentions = tuple(_mention(name, text, number, line, notes) for number, line in notes.lines() if line.strip())
    identity = name.removesuffix(".txt")
    return Document(identity, text, identity, f"{file.name}:1", mentions=mentions)


def _mention(report: str, text: str, number: int, line: str, notes: File) -> Mention:
    match = MENTION.fullmatch(line.strip())
    if not match or match["report"] != report:
        raise notes.error(number, f"expected '{report}||type||concept||start||end', found {line[:80]!r}.")
    offsets = [int(offset) for offset in re.findall(r"\d+", match["offsets"])]
    spans = _spans(offsets)
    if not all(start < end <= len(text) for start, end in spans) or not surface(text, spans):
        places = ", ".join(f"{start}–{end}" for start, end in spans)
        raise notes.error(number, f"{places} is not a valid mention in a text of {len(text)} characters.")
    concepts = () if match["concept"] == UNKNOWN else (match["concept"],)
    return Mention(f"T{number}", match["type"], spans, concepts)


def _spans(offsets: list[int]) -> tuple[Span, ...]:
    return tuple(sorted(zip(offsets[::2], offsets[1::2], strict=True)))
