"""BioC XML, read one document at a time; `bioc_model` says what becomes of it."""

from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree

from mnlu_instruct.files import BROKEN, File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.bioc_model import Annotation, Article, Keys, Link, Node, Place, Section, Sentence, assembled
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
    try:
        with file.open() as stream:
            options = {"resolve_entities": False, "load_dtd": False, "remove_comments": True, "remove_pis": True}
            for _, element in etree.iterparse(stream, tag="document", **options):
                yield element
    except BROKEN as error:
        raise file.broken() from error
    except etree.XMLSyntaxError as error:
        hint = "the file may be cut: download it again."
        raise file.error(error.lineno, f"not well-formed XML ({error.msg}).", hint) from error


def _article(element: Element, file: File) -> Article:
    return Article(
        id=_child_text(element, "id", file),
        passages=[_section(one, file) for one in element.iterfind("passage")],
        relations=_links(element),
        line=element.sourceline,
    )


def _section(element: Element, file: File) -> Section:
    return Section(
        offset=_number(element, "offset", file),
        text=_text(element, "text", file),
        infons=_infons(element),
        sentences=[_sentence(one, file) for one in element.iterfind("sentence")],
        annotations=_annotations(element, file),
        relations=_links(element),
        line=element.sourceline,
    )


def _sentence(element: Element, file: File) -> Sentence:
    return Sentence(
        offset=_number(element, "offset", file),
        text=_text(element, "text", file),
        annotations=_annotations(element, file),
        relations=_links(element),
        line=element.sourceline,
    )


def _annotations(element: Element, file: File) -> list[Annotation]:
    return [_annotation(one, file) for one in element.iterchildren("annotation")]


def _annotation(element: Element, file: File) -> Annotation:
    infons, words, places = {}, "", []
    for child in element:  # one pass: `find` by name takes three times as long
        tag = child.tag
        if tag == "infon":
            infons[child.get("key", "")] = child.text or ""
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


def _links(element: Element) -> list[Link]:
    return [
        Link(
            infons=_infons(one),
            nodes=[Node(child.get("refid", "")) for child in one if child.tag == "node"],
            id=one.get("id"),
            line=one.sourceline,
        )
        for one in element.iterchildren("relation")
    ]


def _infons(element: Element) -> dict[str, str]:
    return {child.get("key", ""): child.text or "" for child in element if child.tag == "infon"}


def _child_text(element: Element, tag: str, file: File) -> str:
    found = _text(element, tag, file)
    if not found:
        raise file.error(element.sourceline, f"a <{element.tag}> without <{tag}>.")
    return found


def _text(element: Element, tag: str, file: File) -> str:
    """The text of a child element, "" if there is none; raises if it holds markup or an entity, which would cut it."""
    child = element.find(tag)
    return "" if child is None else _words(child, file)


def _words(element: Element, file: File) -> str:
    if len(element):
        raise file.error(element.sourceline, f"markup or an entity inside <{element.tag}>.", "write plain text there.")
    return element.text or ""


def _number(element: Element, tag: str, file: File) -> int:
    value = _child_text(element, tag, file)
    if not are_offsets(value):
        raise file.error(element.sourceline, f"<{tag}> is {value!r}, expected a number.")
    return int(value)
