"""What brat's standoff says about mentions: relations, events, attributes, equivalences (`brat`)."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from mnlu_instruct.readers.brat_lines import Line, Lines
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Argument, Event, Mention, Relation

NOT_ASKED = "attribute that no question asks for"
OF_DROPPED = "annotation of a mention that was dropped"
DROPPED = ""
"""Stands for the mention that an id refers to, if that was dropped."""
Parts = tuple[str, str, str, list[str]]
"""An event's id, type, trigger, and its arguments as stated."""


class Attribute(NamedTuple):
    """An attribute of a mention or an event."""

    line: Line
    name: str
    value: str


def linked(
    mentions: Sequence[Mention], stated: Collection[str], lines: Lines, trigger: str, value: str, repairs: Repairs
) -> tuple[tuple[Relation, ...], tuple[Event, ...]]:
    """The relations and events of a document.

    Args:
        mentions: its mentions.
        stated: the ids of all mentions that the file states; some may have been dropped.
        lines: its lines.
        trigger: as for `brat`; `value` likewise.
        repairs: counts what is left out.

    Raises:
        UserError: a line isn't of its form, or refers to no mention or event.
    """
    known = dict.fromkeys(stated, DROPPED) | {mention.id: mention.id for mention in mentions}
    parts = _events_stated(lines["E"], known)
    known |= {event: trigger_id for event, _, trigger_id, _ in parts}
    attributes = _attributes(lines["A"] + lines["M"], known, repairs)
    values = _values(mentions, attributes, value)
    events = [
        _event(one, known, values, line, repairs)
        for one, line in zip(parts, lines["E"], strict=True)
        if _kept([one[2]], line, repairs)
    ]
    relations, there = _relations(lines["R"], known, repairs)
    if trigger:
        events += _related(mentions, relations, trigger, values, there)
    _count_unused(attributes, values, events, repairs)
    _count_equivalences(lines["*"], known, repairs)
    return tuple(relations), tuple(events)


def _relations(lines: Sequence[Line], known: Mapping[str, str], repairs: Repairs) -> tuple[list[Relation], list[Line]]:
    """The relations whose ends are there, and their lines."""
    found = [(_relation(line, known), line) for line in lines]
    kept = [(one, line) for one, line in found if _kept([one.head, one.tail], line, repairs)]
    return [one for one, _ in kept], [line for _, line in kept]


def _relation(line: Line, known: Mapping[str, str]) -> Relation:
    parts = line.cells(2)[1].split()
    if len(parts) != 3:
        raise line.error(f"expected 'type Arg1:T1 Arg2:T2', found {line.cells(2)[1]!r}.")
    kind, *ends = parts
    (role, one), (other_role, other) = (_filler(end, known, line) for end in ends)
    if role == other_role:
        raise line.error(f"both ends of {kind} are '{role}'.")
    return Relation(kind, *((other, one) if (role, other_role) == ("Arg2", "Arg1") else (one, other)))


def _kept(mentions: Sequence[str], line: Line, repairs: Repairs) -> bool:
    """Whether none of the mentions that a line refers to was dropped; if one was, count the line."""
    if DROPPED in mentions:
        repairs.ledger.drop("read", OF_DROPPED, line.place)
    return DROPPED not in mentions


def _events_stated(lines: Sequence[Line], known: Mapping[str, str]) -> list[Parts]:
    found: dict[str, Parts] = {}
    for line in lines:
        parts = _event_parts(line, known)
        if parts[0] in found:
            raise line.error(f"there are two events '{parts[0]}'.")
        found[parts[0]] = parts
    return list(found.values())


def _event_parts(line: Line, known: Mapping[str, str]) -> Parts:
    name, body = line.cells(2)
    if not body.strip():
        raise line.error(f"expected 'type:trigger role:mention …', found {line.text!r}.")
    head, *arguments = body.split()
    kind, trigger = _filler(head, known, line)
    return name, kind, trigger, arguments


def _event(
    parts: Parts, known: Mapping[str, str], values: Mapping[str, Attribute], line: Line, repairs: Repairs
) -> Event:
    name, kind, trigger, stated = parts
    filled = [_filler(part, known, line) for part in stated]
    arguments = tuple(
        _argument(role.rstrip("0123456789"), mention, values)
        for role, mention in filled
        if _kept([mention], line, repairs)
    )
    return Event(name, kind, trigger, arguments)


def _argument(role: str, mention: str, values: Mapping[str, Attribute]) -> Argument:
    return Argument(role, mention, values[mention].value if mention in values else None)


def _related(
    mentions: Sequence[Mention],
    relations: Sequence[Relation],
    trigger: str,
    values: Mapping[str, Attribute],
    lines: Sequence[Line],
) -> Iterator[Event]:
    """One event per mention of the trigger type; its arguments are the mentions that relations link to it."""
    arguments: dict[str, list[Argument]] = {mention.id: [] for mention in mentions if mention.type == trigger}
    for relation, line in zip(relations, lines, strict=True):
        if relation.tail not in arguments:
            raise line.error(f"Arg2 of {relation.type} is '{relation.tail}', which is not a {trigger}.")
        role = relation.type.removesuffix(f"-{trigger}")
        arguments[relation.tail].append(_argument(role, relation.head, values))
    for name, found in arguments.items():
        yield Event(name, trigger, name, tuple(found))


def _filler(part: str, known: Mapping[str, str], line: Line) -> tuple[str, str]:
    """A role and the mention that fills it, which may be `DROPPED`; an event stands for its trigger."""
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
        if not _kept([known[target]], line, repairs):
            continue
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
    repairs: Repairs,
) -> None:
    """Count the attributes that are no argument's value."""
    filling = {argument.mention for event in events for argument in event.arguments}
    used = {attribute.line for mention, attribute in values.items() if mention in filling}
    for named in attributes.values():
        for attribute in named.values():
            if attribute.line not in used:
                repairs.ledger.drop("read", NOT_ASKED, attribute.line.place)


def _count_equivalences(lines: Sequence[Line], known: Mapping[str, str], repairs: Repairs) -> None:
    for line in lines:
        kind, *members = line.cells(2)[1].split() or [""]
        if len(members) < 2:
            raise line.error(f"expected '{kind or 'Equiv'} mention mention …', found {line.text[:60]!r}.")
        if strange := [one for one in members if one not in known]:
            raise line.error(f"'{strange[0]}' is no mention or event of this document.")
        repairs.ledger.drop("read", "equivalence of mentions", line.place)
