"""i2b2 2009: one medication per line with its attributes, each located by line and token.

The medication, `m`, is the trigger of an event; fields with addresses are its span arguments, some without are classes
of it. `nm` means that a field is not mentioned.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.i2b2_lines import Field, Page, documents, fields
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Argument, Document, Event, Mention, Span

NOT_MENTIONED = "nm"
TRIGGER = "m"
ENDS = (".entries", ".m")
"""How the names of entry files end: those of the training records, those of the test records."""


def i2b2_entries(classes: Collection[str], synonyms: Mapping[str, str]) -> Reader:
    """A reader of texts and their entries.

    Args:
        classes: the fields that state a class, and have no address; all others have one, if they are mentioned.
        synonyms: class values → values that mean the same.
    """

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        for name, source, [entries] in documents(files, [ENDS], repairs):
            page = Page(source.text())
            found = [field for line in fields(entries, repairs) for field in _checked(line, classes, entries)]
            places = page.places([field for field in found if field.addresses], entries, repairs)
            yield Document(
                id=name,
                text=page.text,
                group=name,
                origin=f"{source.name}:1",
                mentions=tuple(Mention(_name(field), field.key, spans) for field, spans in places.items()),
                events=tuple(_events(found, places)),
            )

    def _events(found: Sequence[Field], places: Mapping[Field, tuple[Span, ...]]) -> Iterator[Event]:
        by_line = {line: list(same) for line, same in groupby(found, key=lambda field: field.line)}
        for trigger in (field for field in found if field.key == TRIGGER and field in places):
            others = [field for field in by_line[trigger.line] if field.key != TRIGGER]
            arguments = tuple(
                Argument(field.key, _name(field if field.addresses else trigger), _value(field))
                for field in others
                if field in places or not field.addresses
            )
            yield Event(f"E{trigger.line}", TRIGGER, _name(trigger), arguments)

    def _value(field: Field) -> str | None:
        return None if field.addresses else synonyms.get(field.words, field.words)

    return read


def _name(field: Field) -> str:
    return f"{field.key}{field.line}"


def _checked(line: tuple[Field, ...], classes: Collection[str], file: File) -> Iterator[Field]:
    """The fields of a line that are mentioned in the text."""
    keys = [field.key for field in line]
    if keys.count(TRIGGER) != 1 or len(set(keys)) < len(keys):
        raise file.error(line[0].line, f"expected one medication m=… and each other field once, found {keys}.")
    for field in line:
        if field.key == TRIGGER and not field.addresses:
            raise file.error(field.line, "the medication m=… has no line and token address.")
        if not field.addresses and field.words != NOT_MENTIONED and field.key not in classes:
            message = f'{field.key}="{field.words}" has no line and token address, expected one, or "{NOT_MENTIONED}".'
            raise file.error(field.line, message)
        if field.words != NOT_MENTIONED or field.addresses:
            yield field
