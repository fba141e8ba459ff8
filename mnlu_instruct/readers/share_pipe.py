"""Standoff formats of ShARe/CLEF eHealth: reports, and for each a file with its mentions.

- The test set of 2013: a file of the same name, a line `report.txt||type||concept||start||end` for each mention, with
  more offsets where it is discontinuous.
- The training set of 2013: Knowtator XML, named after the report with `.knowtator.xml` (`knowtator`).
- 2014: a file named after the report whose name has `.pipe`; a line for each mention, whose first fields, separated by
  `|`, are the report's name and the offsets (`19-25,30-33`).

Offsets are into the report's text, the end exclusive. `CUI-less` means no concept.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.knowtator import knowtator
from mnlu_instruct.readers.lists import stem
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Document, Mention, Span, surface

OFFSETS = r"(?:\|\|[0-9]{1,9}\|\|[0-9]{1,9})+"
MENTION = re.compile(rf"(?P<report>[^|]+)\|\|(?P<type>[^|]+)\|\|(?P<concept>[^|]+)(?P<offsets>{OFFSETS})")
PLACES = re.compile(r"\d{1,9}-\d{1,9}(?:,\d{1,9}-\d{1,9})*", re.ASCII)
UNKNOWN = "CUI-less"
DISORDER = "Disease_Disorder"
"""The type of all mentions of 2014, whose lines have none."""


def share_pipe(reports: str) -> Reader:
    """A reader of reports, in folders whose name is `reports`, and of their mentions, in other folders.

    A report without a file of mentions is dropped as `unannotated`.
    """

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        texts = {stem(file.name): file for file in files if PurePosixPath(file.name).parent.name == reports}
        notes = {stem(file.name): file for file in files if PurePosixPath(file.name).parent.name != reports}
        if strangers := notes.keys() - texts.keys():
            stranger = min(strangers)
            raise notes[stranger].error(None, f"there is no report {stranger} in {reports}.")
        for name, file in texts.items():
            if name in notes:
                yield _document(name, file, notes[name])
            elif not repairs.drops("unannotated", file.name):
                raise file.error(None, "a report without a file of mentions.")

    return read


def _document(name: str, file: File, notes: File) -> Document:
    text = file.text()
    if notes.name.endswith(".xml"):
        mentions = knowtator(notes, text)
    else:
        read = _of_2014 if ".pipe" in PurePosixPath(notes.name).suffixes else _mention
        report = PurePosixPath(file.name).name
        mentions = tuple(read(report, text, number, line, notes) for number, line in notes.lines() if line.strip())
    return Document(name, text, name, f"{file.name}:1", mentions=mentions)


def _mention(report: str, text: str, number: int, line: str, notes: File) -> Mention:
    match = MENTION.fullmatch(line.strip())
    if not match or match["report"] != report:
        raise notes.error(number, f"expected '{report}||type||concept||start||end', found {line[:80]!r}.")
    offsets = [int(offset) for offset in re.findall(r"\d+", match["offsets"])]
    concepts = () if match["concept"] == UNKNOWN else (match["concept"],)
    return Mention(f"T{number}", match["type"], _checked(_spans(offsets), text, number, notes), concepts)


def _of_2014(report: str, text: str, number: int, line: str, notes: File) -> Mention:
    fields = line.strip().split("|")
    if len(fields) < 2 or stem(fields[0]) != stem(report) or not PLACES.fullmatch(fields[1]):
        raise notes.error(number, f"expected '{report}|start-end,start-end|…', found {line[:80]!r}.")
    offsets = [int(offset) for offset in re.findall(r"\d+", fields[1])]
    concepts = tuple(concept for concept in fields[2:3] if concept and concept != UNKNOWN)
    return Mention(f"T{number}", DISORDER, _checked(_spans(offsets), text, number, notes), concepts)


def _checked(spans: tuple[Span, ...], text: str, number: int, notes: File) -> tuple[Span, ...]:
    if not all(start < end <= len(text) for start, end in spans) or not surface(text, spans):
        places = ", ".join(f"{start}–{end}" for start, end in spans)
        raise notes.error(number, f"{places} is not a valid mention in a text of {len(text)} characters.")
    return spans


def _spans(offsets: list[int]) -> tuple[Span, ...]:
    return tuple(sorted(zip(offsets[::2], offsets[1::2], strict=True)))
