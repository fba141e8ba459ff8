"""BioC XML, read one document at a time; `bioc_model` says what becomes of it."""

from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree

from mnlu_instruct.files import BROKEN, File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.bioc_model import Annotation, Article, Keys, Link, Node, Place, Section, Sentence, assembled
from mnlu_instruct.readers.markup import not_well_formed
from mnlu_instruct.readers.offsets import are_offsets
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Document

Element = Any
"""lxml ships no types."""


def bioc(
    type_key: str = "type",
    concept_key: str = "identifier",
    concepts: str = ",",
    unknown: str = "-",
    relation_keys: tuple[str, str, str] = ("type", "entity1", "entity2"),
) -> Reader:
    """A reader of BioC XML files; the arguments are those of `bioc_model.Keys`."""
    keys = Keys(type_key, concept_key, concepts, unknown, relation_keys)

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        for file in files:
            for element in _elements(file):
                yield assembled(_article(element, file), file, keys, repairs)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]

    return read


def _elements(file: File) -> Iterator[Element]:
    options = {"resolve_entities": False, "load_dtd": False, "remove_comments": True, "remove_pis": True}
    try:
        with file.open() as stream:
            events = etree.iterparse(stream, tag="document", **options)
            for _, element in events:
                yield element
    except BROKEN as error:
        raise file.broken() from error
    except etree.XMLSyntaxError as error:
        raise not_well_formed(error, file, list(events.error_log)) from error
    if events.root.tag != "collection":
        raise file.error(None, f"the root is <{events.root.tag}>, expected BioC's <collection>.")


def _article(element: Element, file: File) -> Article:
    return Article(
        id=_child_text(element, "id", file).strip(),
        passages=[_section(one, file) for one in element.iterfind("passage")],
        annotations=_annotations(element, file),
        relations=_links(element, file),
        line=element.sourceline,
    )


def _section(element: Element, file: File) -> Section:
    return Section(
        offset=_number(element, "offset", file),
        text=_text(element, "text", file),
        infons=_infons(element, file),
        sentences=[_sentence(one, file) for one in element.iterfind("sentence")],
        annotations=_annotations(element, file),
        relations=_links(element, file),
        line=element.sourceline,
    )


def _sentence(element: Element, file: File) -> Sentence:
    return Sentence(
        offset=_number(element, "offset", file),
        text=_text(element, "text", file),
        annotations=_annotations(element, file),
        relations=_links(element, file),
        line=element.sourceline,
    )


def _annotations(element: Element, file: File) -> list[Annotation]:
    return [_annotation(one, file) for one in element.iterchildren("annotation")]


def _annotation(element: Element, file: File) -> Annotation:
    infons, words, places = {}, "", []
    for child in element:  # one pass: `find` by name takes three times as long
        tag = child.tag
        if tag == "infon":
            infons[child.get("key", "")] = _words(child, file)
        elif tag == "location":
            places.append(_place(child, file))
        elif tag == "text":
            words = _words(child, file)
    return Annotation(infons, words, places, element.get("id"), element.sourceline)


def _place(location: Element, file: File) -> Place:
    start, length = location.get("offset", ""), location.get("length", "")
    if not are_offsets(start, length):
        raise file.error(location.sourceline, f"a location at {start!r} of length {length!r}, expected numbers.")
    return Place(int(start), int(length))


def _links(element: Element, file: File) -> list[Link]:
    return [
        Link(
            infons=_infons(one, file),
            nodes=[Node(child.get("refid", ""), child.get("role", "")) for child in one if child.tag == "node"],
            id=one.get("id"),
            line=one.sourceline,
        )
        for one in element.iterchildren("relation")
    ]


def _infons(element: Element, file: File) -> dict[str, str]:
    return {child.get("key", ""): _words(child, file) for child in element if child.tag == "infon"}


def _child_text(element: Element, tag: str, file: File) -> str:
    found = _text(element, tag, file)
    if not found:
        raise file.error(element.sourceline, f"a <{element.tag}> without <{tag}>.")
    return found


def _text(element: Element, tag: str, file: File) -> str:
    """The text of a child element, "" if there is none; raises if there are two, or if markup or an entity cuts it."""
    found = element.findall(tag)
    if len(found) > 1:
        raise file.error(found[1].sourceline, f"a second <{tag}> in a <{element.tag}>.", "write one.")
    return _words(found[0], file) if found else ""


def _words(element: Element, file: File) -> str:
    if len(element):
        raise file.error(element.sourceline, f"markup or an entity inside <{element.tag}>.", "write plain text there.")
    return element.text or ""


def _number(element: Element, tag: str, file: File) -> int:
    value = _child_text(element, tag, file)
    if not are_offsets(value):
        raise file.error(element.sourceline, f"<{tag}> is {value!r}, expected a number.")
    return int(value)
