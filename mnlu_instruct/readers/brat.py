"""brat standoff: `NAME.txt` beside `NAME.ann` with T (mention), E (event), A (attribute), R (relation) lines.

Fragments of a mention that white space alone separates (mostly line breaks) are one; others stay apart. A role's number
(`Amount2`) is dropped. An attribute of a mention becomes the value of the arguments that the mention fills.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Claim, Repairs, check_fragments, locate
from mnlu_instruct.types import Argument, Document, Event, Mention, Relation, Span

MENTION = re.compile(r"(\S+) (\d+ \d+(?:;\d+ \d+)*)")
Line = tuple[int, str]


def brat(id_parts: int = 1) -> Reader:
    """A reader of `.txt` and `.ann` pairs; a document's id is the last `id_parts` parts of its path."""

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        texts = {file.name.removesuffix(".txt"): file for file in files if file.name.endswith(".txt")}
        notes = {file.name.removesuffix(".ann"): file for file in files if file.name.endswith(".ann")}
        for name in sorted(texts.keys() | notes.keys()):
            if name not in texts or name not in notes:
                missing = f"{name}.{'txt' if name not in texts else 'ann'}"
                raise UserError(f"{missing} is missing, its partner is there.", "download the corpus again.")
            yield _document("/".join(PurePosixPath(name).parts[-id_parts:]), texts[name], notes[name], repairs)

    return read


def _document(name: str, source: File, notes: File, repairs: Repairs) -> Document:
    text = source.text()
    lines: dict[str, list[Line]] = defaultdict(list)
    for number, line in notes.lines():
        if line and not line.startswith("#"):
            lines[line[0]].append((number, line))
    if strange := lines.keys() - set("TEAR"):
        number, line = lines[min(strange)][0]
        raise notes.error(number, f"expected a T, E, A or R line, found {line[:60]!r}.")
    mentions = _mentions(text, lines["T"], notes, repairs)
    values = dict(_value(line, notes) for line in lines["A"])
    known = {mention.id for mention in mentions}
    return Document(
        id=name,
        text=text,
        group=name,
        origin=f"{notes.name}:1",
        mentions=mentions,
        relations=tuple(_relation(line, known, notes) for line in lines["R"]),
        events=tuple(_event(line, known, values, notes) for line in lines["E"]),
    )


def _mentions(text: str, lines: list[Line], notes: File, repairs: Repairs) -> tuple[Mention, ...]:
    flat = _flat(text)
    claims, found = [], []
    for number, line in lines:
        name, body, words = _cells(line, 3, number, notes)
        match = MENTION.fullmatch(body)
        if not match:
            raise notes.error(number, f"expected 'type start end', found {body!r}.")
        spans = sorted(_span(pair) for pair in match[2].split(";"))
        claim = Claim(number, name, match[1], spans[0][0], spans[-1][1], _flat(words))
        if len(spans) == 1:
            claims.append(claim)
        else:
            check_fragments(flat, claim, spans, notes)
            found.append(Mention(name, match[1], _merged(flat, spans)))
    found += locate(flat, claims, notes, repairs)
    return tuple(sorted(found, key=lambda mention: (mention.spans, mention.id)))


def _flat(text: str) -> str:
    """A blank for every white space character, as brat writes the words of a mention; offsets stay."""
    return re.sub(r"\s", " ", text)


def _span(pair: str) -> Span:
    start, end = map(int, pair.split())
    return start, end


def _merged(text: str, spans: list[Span]) -> tuple[Span, ...]:
    merged = [spans[0]]
    for start, end in spans[1:]:
        first, last = merged[-1]
        if last <= start and not text[last:start].strip():
            merged[-1] = (first, end)
        else:
            merged.append((start, end))
    return tuple(merged)


def _value(line: Line, notes: File) -> tuple[str, str]:
    number, words = line
    _, body = _cells(words, 2, number, notes)
    parts = body.split()
    if len(parts) != 3:
        raise notes.error(number, f"expected 'attribute mention value', found {body!r}.")
    return parts[1], parts[2]


def _relation(line: Line, known: set[str], notes: File) -> Relation:
    number, words = line
    _, body = _cells(words, 2, number, notes)
    parts = body.split()
    if len(parts) != 3:
        raise notes.error(number, f"expected 'type Arg1:T1 Arg2:T2', found {body!r}.")
    kind, *ends = parts
    return Relation(kind, *(_filler(end, known, number, notes)[1] for end in ends))


def _event(line: Line, known: set[str], values: dict[str, str], notes: File) -> Event:
    number, words = line
    name, body = _cells(words, 2, number, notes)
    if not body.strip():
        raise notes.error(number, f"expected 'type:trigger role:mention …', found {words!r}.")
    (kind, trigger), *roles = [_filler(part, known, number, notes) for part in body.split()]
    arguments = (Argument(role.rstrip("0123456789"), mention, values.get(mention)) for role, mention in roles)
    return Event(name, kind, trigger, tuple(arguments))


def _filler(part: str, known: set[str], number: int, notes: File) -> tuple[str, str]:
    role, _, mention = part.partition(":")
    if mention not in known:
        raise notes.error(number, f"{part!r} refers to no mention of this document.")
    return role, mention


def _cells(line: str, count: int, number: int, notes: File) -> list[str]:
    cells = line.split("\t", count - 1)
    if len(cells) != count:
        raise notes.error(number, f"{len(cells)} tab-separated parts, expected {count}: {line[:60]!r}.")
    return cells
