"""brat standoff: `NAME.txt` beside `NAME.ann`, or beside BioNLP-ST's pair `NAME.a1` and `NAME.a2`.

All kinds of lines of the format are read: T (mention), R (relation), E (event), A and M (attribute of a mention or an
event), N (normalisation), `*` (equivalence), # (note).

- Fragments of a mention with only white space between them (mostly line breaks) are merged; others stay separate, as a
  discontinuous mention.
- The number of a role (`Amount2`) is removed. An event that is an argument stands for its trigger.
- An attribute of a mention becomes the value of every argument that the mention fills; that of a binary attribute is
  its name. Other attributes, and equivalences, are counted.
- Normalisations are the mention's concepts.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from mnlu_instruct.errors import UserError
from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Claim, Repairs, flat, locate, order_fragments, place_fragments
from mnlu_instruct.types import Argument, Document, Event, Mention, Relation, Span

MENTION = re.compile(r"(\S+) (\d{1,9} \d{1,9}(?:;\d{1,9} \d{1,9})*)")
LOOSE = re.compile(r"(\S+)\s+(\S+)\s+(\d{1,9} \d{1,9}(?:;\d{1,9} \d{1,9})*)\s+(\S.*)")
KINDS = "TREAMN*#"
NOT_ASKED = "attribute that no question asks for"


class Line(NamedTuple):
    """A line of annotations, and where it is."""

    file: File
    number: int
    text: str

    @property
    def place(self) -> str:
        """Its place, for the ledger."""
        return f"{self.file.name}:{self.number}"

    def error(self, message: str) -> UserError:
        """An error at this line."""
        return self.file.error(self.number, message)

    def cells(self, count: int) -> list[str]:
        """Its first tab-separated parts."""
        cells = self.text.split("\t", count - 1)
        if len(cells) != count:
            raise self.error(f"{len(cells)} tab-separated parts, expected {count}: {self.text[:60]!r}.")
        return cells


class Attribute(NamedTuple):
    """An attribute of a mention or an event."""

    line: Line
    name: str
    value: str


Lines = Mapping[str, list[Line]]


def brat(id_parts: int = 1, trigger: str = "", value: str = "", annotations: tuple[str, ...] = (".ann",)) -> Reader:
    """A reader of texts with their annotations.

    Args:
        id_parts: how many of the last parts of a document's path form its id.
        trigger: the mention type whose mentions are event triggers, in corpora that state the arguments of events as
            relations to the trigger (`Strength-Drug`).
        value: the name of the attribute that gives an argument's value, in which `{type}` stands for the type of the
            mention; by default the mention's attribute if it has only one.
        annotations: how the names of a document's files of annotations end: `.ann`, or `.a1` and `.a2`.
    """

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        ends = (".txt", *annotations)
        found = {end: {one.name.removesuffix(end): one for one in files if one.name.endswith(end)} for end in ends}
        for name in sorted(set().union(*found.values())):
            for end in ends:
                if name not in found[end]:
                    wanted = " and ".join(f"a {one} file" for one in ends)
                    raise UserError(f"{name}{end} is missing: a document needs {wanted}.", "download the corpus again.")
            document = "/".join(PurePosixPath(name).parts[-id_parts:])
            source, *notes = (found[end][name] for end in ends)
            yield _document(document, source, notes, trigger, value, repairs)

    return read


def _document(name: str, source: File, notes: Sequence[File], trigger: str, value: str, repairs: Repairs) -> Document:
    text, lines = source.text(), _by_kind(notes)
    mentions = _mentions(text, lines, repairs)
    known = {mention.id: mention.id for mention in mentions}
    stated = [_event_parts(line, known) for line in lines["E"]]
    known |= {event: trigger_id for event, _, trigger_id, _ in stated}
    attributes = _attributes(lines["A"] + lines["M"], known, repairs)
    values = _values(mentions, attributes, value)
    events = [_event(parts, known, values, line) for parts, line in zip(stated, lines["E"], strict=True)]
    relations = tuple(_relation(line, known) for line in lines["R"])
    if trigger:
        events += _related(mentions, relations, trigger, lines["R"])
    _count_unused(attributes, values, events, lines["*"], repairs)
    return Document(
        id=name,
        text=text,
        group=name,
        origin=f"{notes[0].name}:1",
        mentions=mentions,
        relations=relations,
        events=tuple(events),
    )


def _by_kind(notes: Sequence[File]) -> Lines:
    """The lines of all files by their first letter, without empty ones and notes."""
    found: dict[str, list[Line]] = defaultdict(list)
    for file in notes:
        for number, text in file.lines():
            if text and text[0] not in KINDS:
                raise file.error(number, f"expected a T, R, E, A, M, N, * or # line, found {text[:60]!r}.")
            if text and text[0] != "#":
                found[text[0]].append(Line(file, number, text))
    return found


# ---------------------------------------------------------------------------------------------------------------------
# Mentions


def _mentions(text: str, lines: Lines, repairs: Repairs) -> tuple[Mention, ...]:
    plain = flat(text)
    claims: dict[File, list[Claim]] = defaultdict(list)
    found: list[Mention] = []
    concepts = _concepts(lines["N"])
    seen: set[str] = set()
    for line in lines["T"]:
        name, body, words = _mention_cells(line, repairs)
        match = MENTION.fullmatch(body)
        if not match:
            raise line.error(f"expected 'type start end', found {body!r}.")
        if name in seen:
            raise line.error(f"there are two mentions '{name}'.")
        seen.add(name)
        stated = [_span(pair) for pair in match[2].split(";")]
        first, last = min(stated)[0], max(end for _, end in stated)
        claim = Claim(line.number, name, match[1], first, last, flat(words), tuple(concepts.pop(name, ())))
        if len(stated) == 1:
            claims[line.file].append(claim)
        elif placed := place_fragments(plain, claim, order_fragments(plain, claim, stated), line.file, repairs):
            found.append(Mention(name, match[1], _merged(plain, placed), claim.concepts))
    _check_concepts(concepts, lines)
    for file, stated_there in claims.items():
        found += locate(plain, stated_there, file, repairs)
    return tuple(sorted(found, key=lambda mention: (mention.spans, mention.id)))


def _mention_cells(line: Line, repairs: Repairs) -> list[str]:
    """Id, type with offsets, and words of a mention; `odd-tabs` allows any white space between and after them."""
    match = LOOSE.fullmatch(line.text.rstrip()) if line.text.count("\t") != 2 else None
    if match and repairs.mends("odd-tabs", line.place):
        return [match[1], f"{match[2]} {match[3]}", match[4]]
    return line.cells(3)


def _span(pair: str) -> Span:
    start, end = map(int, pair.split())
    return start, end


def _merged(text: str, spans: Sequence[Span]) -> tuple[Span, ...]:
    merged = [spans[0]]
    for start, end in spans[1:]:
        first, last = merged[-1]
        if last <= start and not text[last:start].strip():
            merged[-1] = (first, end)
        else:
            merged.append((start, end))
    return tuple(merged)


def _concepts(lines: Sequence[Line]) -> dict[str, list[str]]:
    """The concepts of each mention: `N1 TAB Reference T3 Entrez:5742 TAB PTGS1`."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        parts = line.cells(2)[1].partition("\t")[0].split()
        if len(parts) != 3:
            raise line.error(f"expected 'Reference mention id', found {line.text[:60]!r}.")
        _, target, concept = parts
        if concept not in found[target]:
            found[target].append(concept)
    return found


def _check_concepts(left: Mapping[str, object], lines: Lines) -> None:
    """Check that what is normalised, and isn't a mention, is an event."""
    events = {line.text.partition("\t")[0] for line in lines["E"]}
    for line in lines["N"]:
        target = line.text.split()[2]
        if target in left and target not in events:
            raise line.error(f"'{target}' is no mention or event of this document.")


# ---------------------------------------------------------------------------------------------------------------------
# Relations and events

Parts = tuple[str, str, str, list[str]]
"""An event's id, type, trigger, and its arguments as stated."""


def _relation(line: Line, known: Mapping[str, str]) -> Relation:
    parts = line.cells(2)[1].split()
    if len(parts) != 3:
        raise line.error(f"expected 'type Arg1:T1 Arg2:T2', found {line.cells(2)[1]!r}.")
    kind, *ends = parts
    return Relation(kind, *(_filler(end, known, line)[1] for end in ends))


def _event_parts(line: Line, known: Mapping[str, str]) -> Parts:
    name, body = line.cells(2)
    if not body.strip():
        raise line.error(f"expected 'type:trigger role:mention …', found {line.text!r}.")
    head, *arguments = body.split()
    kind, trigger = _filler(head, known, line)
    return name, kind, trigger, arguments


def _event(parts: Parts, known: Mapping[str, str], values: Mapping[str, Attribute], line: Line) -> Event:
    name, kind, trigger, stated = parts
    arguments = []
    for part in stated:
        role, mention = _filler(part, known, line)
        attribute = values.get(mention)
        arguments.append(Argument(role.rstrip("0123456789"), mention, attribute.value if attribute else None))
    return Event(name, kind, trigger, tuple(arguments))


def _related(
    mentions: tuple[Mention, ...], relations: Sequence[Relation], trigger: str, lines: Sequence[Line]
) -> Iterator[Event]:
    """One event per mention of the trigger type; its arguments are the mentions that relations link to it."""
    arguments: dict[str, list[Argument]] = {mention.id: [] for mention in mentions if mention.type == trigger}
    for relation, line in zip(relations, lines, strict=True):
        if relation.tail not in arguments:
            raise line.error(f"Arg2 of {relation.type} is '{relation.tail}', which is not a {trigger}.")
        role = relation.type.removesuffix(f"-{trigger}")
        arguments[relation.tail].append(Argument(role, relation.head))
    for name, found in arguments.items():
        yield Event(name, trigger, name, tuple(found))


def _filler(part: str, known: Mapping[str, str], line: Line) -> tuple[str, str]:
    """A role and the mention that fills it; an event stands for its trigger."""
    role, _, filler = part.partition(":")
    if filler not in known:
        raise line.error(f"{part!r} refers to no mention or event of this document.")
    return role, known[filler]


# ---------------------------------------------------------------------------------------------------------------------
# Attributes


def _attributes(lines: Sequence[Line], known: Mapping[str, str], repairs: Repairs) -> dict[str, dict[str, Attribute]]:
    """The attributes of each mention or event, by name."""
    found: dict[str, dict[str, Attribute]] = defaultdict(dict)
    for line in lines:
        body = line.cells(2)[1]
        parts = body.split()
        if len(parts) not in {2, 3}:
            raise line.error(f"expected 'attribute mention value', found {body!r}.")
        name, target, *stated = parts
        if target not in known:
            raise line.error(f"'{target}' is no mention or event of this document.")
        if before := found[target].get(name):
            repairs.ledger.drop("read", "attribute stated again", before.line.place)
        found[target][name] = Attribute(line, name, stated[0] if stated else name)
    return found


def _values(
    mentions: Sequence[Mention], attributes: Mapping[str, Mapping[str, Attribute]], value: str
) -> dict[str, Attribute]:
    """The attribute of each mention that gives the value of an argument."""
    found = {}
    for mention in mentions:
        there = attributes.get(mention.id, {})
        wanted = value.format(type=mention.type) if value else next(iter(there), "")
        if wanted in there and (value or len(there) == 1):
            found[mention.id] = there[wanted]
    return found


def _count_unused(
    attributes: Mapping[str, Mapping[str, Attribute]],
    values: Mapping[str, Attribute],
    events: Sequence[Event],
    equivalences: Sequence[Line],
    repairs: Repairs,
) -> None:
    """Count the attributes that are no argument's value, and the equivalences."""
    filling = {argument.mention for event in events for argument in event.arguments}
    used = {attribute.line for mention, attribute in values.items() if mention in filling}
    for named in attributes.values():
        for attribute in named.values():
            if attribute.line not in used:
                repairs.ledger.drop("read", NOT_ASKED, attribute.line.place)
    for line in equivalences:
        repairs.ledger.drop("read", "equivalence of mentions", line.place)
