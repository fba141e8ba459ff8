"""The XML of i2b2 and n2c2: notes with inline or standoff mentions, links between them, and classes.

A file holds one note (`<TEXT>` beside `<TAGS>`: 2012, 2014, 2018) or many (`<RECORD ID="…">`: 2006). A standoff mention
has `id`, `start`, `end`, `text` and a type; an inline one is an element inside `<TEXT>`; a link has `fromID`, `toID`
and a type. A document class is an attribute of an element, whose name is the question.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.i2b2_lines import Page
from mnlu_instruct.readers.markup import Element, attribute, child, parse, plain_text
from mnlu_instruct.readers.offsets import are_offsets
from mnlu_instruct.readers.repairs import Claim, Repairs, flat, locate
from mnlu_instruct.types import Document, Judgement, Mention, Relation


@dataclass(frozen=True)
class Links:
    """Directed relations between mentions, read so that the mention that comes first in the text is the head.

    Args:
        types: type in the file → label.
        inverse: label → the label of the same relation seen from its other end.
    """

    types: Mapping[str, str]
    inverse: Mapping[str, str]


def i2b2_xml(
    record: str = "",
    inline: str = "",
    type_key: str = "",
    links: Links | None = None,
    classes: tuple[str, str] | None = None,
) -> Reader:
    """A reader of notes in XML.

    Args:
        record: the element that holds one note; if not given, a file is one note, and its name the id.
        inline: the element that marks a mention, if mentions are inline.
        type_key: the attribute that holds a mention's type.
        links: how links between standoff mentions are read; each line of the text is then a passage.
        classes: path of the elements that state a class, and the attribute that holds its value.
    """

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        for file in files:
            root = parse(file, repairs)
            if not record:
                yield _document(PurePosixPath(file.name).name.split(".")[0], root, file, repairs)
                continue
            child(root, record, file)
            for element in root.iterfind(record):
                yield _document(attribute(element, "ID", file), element, file, repairs)

    def _document(name: str, element: Element, file: File, repairs: Repairs) -> Document:
        body = child(element, "TEXT", file)
        text, mentions = _inline(body, inline, type_key, file) if inline else (plain_text(body, file), ())
        relations: tuple[Relation, ...] = ()
        if type_key and not inline:
            tags = child(element, "TAGS", file)
            mentions = _standoff(text, tags, type_key, file, repairs)
            relations = tuple(_relations(tags, mentions, links, file, repairs)) if links else ()
        return Document(
            id=name,
            text=text,
            group=name.partition("-")[0],
            origin=f"{file.name}:{element.sourceline}",
            passages=Page(text).passages() if links else (),
            mentions=mentions,
            relations=relations,
            judgements=tuple(_judgements(element, *classes, file)) if classes else (),
        )

    return read


def _inline(body: Element, tag: str, type_key: str, file: File) -> tuple[str, tuple[Mention, ...]]:
    """The text without tags, and the tagged mentions, without white space at their ends."""
    text = body.text or ""
    mentions = []
    for number, element in enumerate(body, 1):
        if element.tag != tag:
            raise file.error(element.sourceline, f"markup or an entity inside <{body.tag}>, expected <{tag}>.")
        words = plain_text(element, file)
        if not words.strip():
            raise file.error(element.sourceline, f"a <{tag}> without words.")
        start = len(text) + len(words) - len(words.lstrip())
        kind = attribute(element, type_key, file)
        mentions.append(Mention(f"P{number}", kind, ((start, start + len(words.strip())),)))
        text += words + (element.tail or "")
    return text, tuple(mentions)


def _standoff(text: str, tags: Element, type_key: str, file: File, repairs: Repairs) -> tuple[Mention, ...]:
    """The mentions in text order, longer ones first; a file writes the line ends in a mention as spaces."""
    claims = []
    lines: dict[str, int] = {}
    for element in tags:
        if element.get("fromID") is not None:
            continue
        start, end = attribute(element, "start", file), attribute(element, "end", file)
        if not are_offsets(start, end):
            raise file.error(element.sourceline, f"offsets {start!r} and {end!r}, expected numbers.")
        name, kind = attribute(element, "id", file), attribute(element, type_key, file)
        if name in lines:
            message = f"a second mention '{name}', after the one of line {lines[name]}."
            raise file.error(element.sourceline, message, "give them different ids.")
        lines[name] = element.sourceline
        words = flat(attribute(element, "text", file))
        claims.append(Claim(element.sourceline, name, kind, int(start), int(end), words))
    found = locate(flat(text), claims, file, repairs)
    return tuple(sorted(found, key=lambda mention: (mention.spans[0][0], -mention.spans[-1][1], mention.id)))


def _relations(
    tags: Element, mentions: tuple[Mention, ...], links: Links, file: File, repairs: Repairs
) -> Iterator[Relation]:
    places = {mention.id: place for place, mention in enumerate(mentions)}
    for element in tags:
        if element.get("fromID") is None:
            continue
        origin = f"{file.name}:{element.sourceline}"
        kind = attribute(element, "type", file)
        head, tail = attribute(element, "fromID", file), attribute(element, "toID", file)
        if not kind and repairs.drops("no-relation-type", origin):
            continue
        if kind not in links.types:
            expected = ", ".join(links.types)
            raise file.error(element.sourceline, f"a link of type {kind!r}.", f"expected one of {expected}.")
        if lost := [end for end in (head, tail) if end not in places]:
            if repairs.drops("dangling-end", origin):
                continue
            raise file.error(element.sourceline, f"'{lost[0]}' is not a mention of this note.")
        label = links.types[kind]
        if places[head] <= places[tail]:
            yield Relation(label, head, tail)
        else:
            yield Relation(links.inverse[label], tail, head)


def _judgements(element: Element, path: str, key: str, file: File) -> Iterator[Judgement]:
    found = element.findall(path)
    if not found:
        raise file.error(element.sourceline, f"a <{element.tag}> without {path}, which states its class.")
    for one in found:
        yield Judgement(one.tag, (attribute(one, key, file).lower(),))
