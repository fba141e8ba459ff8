"""brat standoff: `NAME.txt` beside `NAME.ann` with T (mention), E (event), A (attribute), R (relation) lines.

Fragments of a mention with only white space between them (mostly line breaks) are merged; others stay separate, as a
discontinuous mention. The number of a role (`Amount2`) is removed. An attribute of a mention becomes the value of every
argument that the mention fills.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Claim, Repairs, check_fragments, flat, locate
from mnlu_instruct.types import Argument, Document, Event, Mention, Relation, Span

MENTION = re.compile(r"(\S+) (\d{1,9} \d{1,9}(?:;\d{1,9} \d{1,9})*)")
LOOSE = re.compile(r"(\S+)\s+(\S+)\s+(\d{1,9} \d{1,9}(?:;\d{1,9} \d{1,9})*)\s+(\S.*)")
Line = tuple[int, str]


def brat(id_parts: int = 1, trigger: str = "") -> Reader:
    """A reader of `.txt` and `.ann` pairs.

    Args:
        id_parts: how many of the last parts of a document's path form its id.
        trigger: the mention type whose mentions are event triggers, in corpora that state the arguments of events as
            relations to the trigger (`Strength-Drug`).
    """

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        texts = {file.name.removesuffix(".txt"): file for file in files if file.name.endswith(".txt")}
        notes = {file.name.removesuffix(".ann"): file for file in files if file.name.endswith(".ann")}
        for name in sorted(texts.keys() | notes.keys()):
            if name not in texts or name not in notes:
                missing = f"{name}.{'txt' if name not in texts else 'ann'}"
                raise UserError(
                    f"{missing} is missing: a document needs a .txt and an .ann file.", "download the corpus again."
                )
            document = "/".join(PurePosixPath(name).parts[-id_parts:])
            yield _document(document, texts[name], notes[name], trigger, repairs)

    return read


def _document(name: str, source: File, notes: File, trigger: str, repairs: Repairs) -> Document:
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
    events = [_event(line, known, values, notes) for line in lines["E"]]
    if trigger:
        events += _related(mentions, lines["R"], trigger, notes)
    return Document(
        id=name,
        text=text,
        group=name,
        origin=f"{notes.name}:1",
        mentions=mentions,
        relations=tuple(_relation(line, known, notes) for line in lines["R"]),
        events=tuple(events),
    )


def _mentions(text: str, lines: list[Line], notes: File, repairs: Repairs) -> tuple[Mention, ...]:
    plain = flat(text)
    claims, found = [], []
    for number, line in lines:
        name, body, words = _mention_cells(line, number, notes, repairs)
        match = MENTION.fullmatch(body)
        if not match:
            raise notes.error(number, f"expected 'type start end', found {body!r}.")
        spans = sorted(_span(pair) for pair in match[2].split(";"))
        claim = Claim(number, name, match[1], spans[0][0], spans[-1][1], flat(words))
        if len(spans) == 1:
            claims.append(claim)
        else:
            check_fragments(plain, claim, spans, notes)
            found.append(Mention(name, match[1], _merged(plain, spans)))
    found += locate(plain, claims, notes, repairs)
    return tuple(sorted(found, key=lambda mention: (mention.spans, mention.id)))


def _mention_cells(line: str, number: int, notes: File, repairs: Repairs) -> list[str]:
    """Id, type with offsets, and words of a mention; `odd-tabs` allows any white space between and after them."""
    match = LOOSE.fullmatch(line.rstrip()) if line.count("\t") != 2 else None
    if match and repairs.mends("odd-tabs", f"{notes.name}:{number}"):
        return [match[1], f"{match[2]} {match[3]}", match[4]]
    return _cells(line, 3, number, notes)


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


def _related(mentions: tuple[Mention, ...], lines: list[Line], trigger: str, notes: File) -> Iterator[Event]:
    """One event per mention of the trigger type; its arguments are the mentions that relations link to it."""
    arguments: dict[str, list[Argument]] = {mention.id: [] for mention in mentions if mention.type == trigger}
    known = {mention.id for mention in mentions}
    for line in lines:
        relation = _relation(line, known, notes)
        if relation.tail not in arguments:
            raise notes.error(line[0], f"Arg2 of {relation.type} is '{relation.tail}', which is not a {trigger}.")
        role = relation.type.removesuffix(f"-{trigger}")
        arguments[relation.tail].append(Argument(role, relation.head))
    for name, found in arguments.items():
        yield Event(name, trigger, name, tuple(found))


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
