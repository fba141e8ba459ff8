"""MedDialog: one text file of dialogues between patients and doctors, as UCSD-AI4H distributes them.

```
id=1
https://…

Description
…

Dialogue
Patient:
…
Doctor:
…
```

A dialogue begins with a line `id=N` of its own. (Released code splits the file at `id=`, which an address in one of the
texts has as well.)
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise
from pathlib import PurePath

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Dialogue, Record, Turn

BEGINNING = re.compile(r"id=(\S+)")
SPEAKERS = {"Patient:": "Patient", "Doctor:": "Doctor"}
"""The speaker whose turn begins after a line."""
TWICE, REPEATED = "speaker-twice", "repeated-id"
Line = tuple[int, str]


def med_dialog(make: Callable[[Dialogue], Record] = lambda one: one) -> Reader:
    """A reader of such files; `make` turns a dialogue into a record of another kind.

    Of several files, each numbers its dialogues, so the names of files go into ids.
    """

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Record]:
        for file in files:
            before = f"{PurePath(file.name).stem}-" if len(files) > 1 else ""
            places: dict[str, int] = {}
            for lines in _blocks(file):
                number, first = lines[0]
                key = first.strip().removeprefix("id=")
                if places.setdefault(key, number) != number:
                    if not repairs.mends(REPEATED, f"{file.name}:{number}"):
                        raise file.error(number, f"dialogue {key} was already on line {places[key]}.")
                    key = f"{key}-line-{number}"
                dialogue = _dialogue(before + key, lines, file, repairs)
                if dialogue is not None:
                    yield make(dialogue)

    return read


def _blocks(file: File) -> Iterator[list[Line]]:
    """The lines of each dialogue, the first of which has its id."""
    number = 0

    def place(line: Line) -> int:
        nonlocal number
        number += bool(BEGINNING.fullmatch(line[1].strip()))
        return number

    for place_, lines in groupby(file.lines(), place):
        found = list(lines)
        if place_:
            yield found
        elif words := next((line for line in found if line[1].strip()), None):
            raise file.error(words[0], "expected a line 'id=N', which begins a dialogue.")


def _dialogue(key: str, lines: list[Line], file: File, repairs: Repairs) -> Dialogue | None:
    """A dialogue with that id from its lines; None if one speaker has two turns in a row, and the corpus drops such."""
    number, _ = lines[0]
    description, turns = _parts(lines, file)
    if not turns:
        raise file.error(number, f"dialogue {key} has no line 'Patient:' or 'Doctor:'.")
    if any(one.speaker == other.speaker for one, other in pairwise(turns)):
        if repairs.drops(TWICE, f"{file.name}:{number}"):
            return None
        raise file.error(
            number, f"in dialogue {key} a speaker has two turns in a row.", f"declare the repair '{TWICE}' to drop it."
        )
    return Dialogue(key, description, tuple(turns), key, f"{file.name}:{number}")


def _parts(lines: list[Line], file: File) -> tuple[str, list[Turn]]:
    """The description, and the turns."""
    description: list[str] = []
    turns: list[tuple[str, list[str]]] = []
    under: list[str] | None = None
    for _, line in lines[1:]:
        heading = line.strip()
        if heading in SPEAKERS:
            under = []
            turns.append((SPEAKERS[heading], under))
        elif heading == "Description" and not turns:
            under = description
        elif heading == "Dialogue" and not turns:
            under = None
        elif under is not None:
            under.append(line)
    return _text(description), [Turn(speaker, _text(words)) for speaker, words in turns]


def _text(lines: list[str]) -> str:
    return "\n".join(lines).strip()
