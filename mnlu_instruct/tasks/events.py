"""Event extraction as three kinds of questions: triggers (ETE), span arguments (EAE), classes of arguments (EAC).

ETE asks once per document, for the triggers of all event types. EAE asks once per trigger and span attribute of its
type, annotated or not. EAC asks once per annotated class attribute. EAE and EAC mark the trigger in the text.
"""

from collections.abc import Iterator
from itertools import groupby

from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources.declaration import Corpus, EventType
from mnlu_instruct.tasks.answers import options, spans
from mnlu_instruct.types import (
    Answer,
    Argument,
    Choice,
    Document,
    Event,
    Instance,
    Label,
    Mention,
    Parsed,
    Record,
    Span,
    surface,
)

NAMES = ("ete", "eae", "eac")


def ask(record: Record, corpus: Corpus, ledger: Ledger) -> Iterator[Instance]:
    """The trigger question of a document, then the questions about each of its triggers."""
    if not isinstance(record, Document):
        return
    mentions = {mention.id: mention for mention in record.mentions}
    events = [event for event in record.events if event.type in corpus.events]
    triggers: dict[str, list[Mention]] = {key: [] for key in corpus.events}
    for event in events:
        triggers[event.type].append(mentions[event.trigger])
    yield Instance(
        id=f"{record.id}#ete",
        task="ete",
        group=record.group,
        text=record.text,
        asked={},
        labels=tuple(Label(key, kind.name) for key, kind in corpus.events.items()),
        gold=spans.gold(record.text, triggers),
    )
    for event, marks in _merged(events, mentions):
        kind = corpus.events[event.type]
        about = {"trigger": kind.name, "span": surface(record.text, marks)}
        yield from _arguments(record, event, kind, about, marks, mentions)
        yield from _classes(record, event, kind, about, marks, ledger)


def _merged(events: list[Event], mentions: dict[str, Mention]) -> Iterator[tuple[Event, tuple[Span, ...]]]:
    """The events in text order; those of one type on the same trigger span are merged, with all their arguments."""

    def place(event: Event) -> tuple[tuple[Span, ...], str]:
        return mentions[event.trigger].spans, event.type

    for (marks, _), same in groupby(sorted(events, key=place), key=place):
        first, *others = same
        arguments = first.arguments + tuple(argument for event in others for argument in event.arguments)
        yield Event(first.id, first.type, first.trigger, arguments), marks


def _arguments(
    record: Document,
    event: Event,
    kind: EventType,
    about: dict[str, str],
    marks: tuple[Span, ...],
    mentions: dict[str, Mention],
) -> Iterator[Instance]:
    for role, name in kind.spans.items():
        found = [mentions[argument.mention] for argument in event.arguments if argument.role == role]
        key = f"{event.type}/{role}"
        yield Instance(
            id=f"{record.id}/{event.id}#eae/{role}",
            task="eae",
            group=record.group,
            text=record.text,
            asked={**about, "attribute": name},
            labels=(Label(key, f"{kind.name} - {name}"),),
            gold=spans.gold(record.text, {key: found}),
            marks=marks,
        )


def _classes(
    record: Document, event: Event, kind: EventType, about: dict[str, str], marks: tuple[Span, ...], ledger: Ledger
) -> Iterator[Instance]:
    for role, attribute in kind.classes.items():
        arguments = [argument for argument in event.arguments if argument.role == role]
        if not arguments:
            continue
        name = f"{record.id}/{event.id}#eac/{role}"
        value = _one_value(arguments)
        if value is None:
            ledger.drop("ask", "no class value, or several", name)
            continue
        if value not in attribute.values:
            ledger.drop("ask", f"class value '{value}' is not declared", name)
            continue
        yield Instance(
            id=name,
            task="eac",
            group=record.group,
            text=record.text,
            asked={**about, "attribute": attribute.name},
            labels=tuple(Label(key, words) for key, words in attribute.values.items()),
            gold=Choice(value),
            marks=marks,
        )


def _one_value(arguments: list[Argument]) -> str | None:
    """The value that the arguments of one role agree on; None where they differ or none is annotated."""
    values = {argument.value for argument in arguments}
    return values.pop() if len(values) == 1 else None


def write(answer: Answer, instance: Instance) -> str:
    """Span lines for ETE and EAE; `trigger - attribute: (B) option` for EAC."""
    if instance.task == "eac":
        assert isinstance(answer, str)
        return _before(instance) + options.write((answer,), instance)
    assert isinstance(answer, dict)
    return spans.write(answer, instance.labels)


def read(text: str, instance: Instance) -> Parsed:
    """Parse span lines; for EAC, the option after `trigger - attribute:`."""
    if instance.task != "eac":
        return spans.read(text, instance.labels)
    before = _before(instance).strip()
    stated = text.strip()
    return Parsed(options.read_one(stated.removeprefix(before), instance))


def _before(instance: Instance) -> str:
    return f"{instance.asked['trigger']} - {instance.asked['attribute']}: "
