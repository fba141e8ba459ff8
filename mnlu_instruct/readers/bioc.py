"""BioC XML (Comeau et al., 2013): documents of passages with annotations, read one document at a time.

Annotation offsets count the whole document: each passage states where it begins, and what lies between two passages is
blanks. Several locations of one annotation are its fragments.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree

from mnlu_instruct.files import BROKEN, File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.repairs import Claim, Repairs, check_fragments, locate
from mnlu_instruct.types import Document, Mention, Passage, Relation, Span

Element = Any
"""lxml ships no types."""


def bioc(
    type_key: str = "type",
    concept_key: str = "identifier",
    concepts: str = ",",
    unknown: str = "-",
    relation_keys: tuple[str, str, str] = ("type", "entity1", "entity2"),
) -> Reader:
    """A reader of BioC XML files.

    Args:
        type_key: the infon that holds an annotation's type.
        concept_key: the infon that holds its concept ids.
        concepts: what separates the ids of one annotation.
        unknown: the concept id that stands for none.
        relation_keys: the infons that hold a relation's type and its two concepts.
    """

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        for file in files:
            for element in _elements(file):
                yield _document(element, file, repairs)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]

    def _document(element: Element, file: File, repairs: Repairs) -> Document:
        name = _child_text(element, "id", file)
        text = ""
        passages, claims, mentions = [], [], []
        for passage in element.iterfind("passage"):
            start, words = _number(passage, "offset", file), _text(passage, "text", file)
            if start < len(text):
                raise file.error(passage.sourceline, f"a passage at {start} overlaps the one before, to {len(text)}.")
            text = text.ljust(start) + words
            passages.append(Passage(_infons(passage).get("type", ""), start, len(text)))
        for annotation in element.iterfind("passage/annotation"):
            claim, spans = _claim(annotation, file)
            if len(spans) == 1:
                claims.append(claim)
            else:
                check_fragments(text, claim, spans, file)
                mentions.append(Mention(claim.id, claim.type, spans, claim.concepts))
        mentions += locate(text, claims, file, repairs)
        return Document(
            id=name,
            text=text,
            group=name,
            origin=f"{file.name}:{element.sourceline}",
            passages=tuple(passages),
            mentions=tuple(sorted(mentions, key=lambda mention: (mention.spans, mention.id))),
            relations=tuple(_relation(found, relation_keys, file) for found in element.iterfind("relation")),
        )

    def _claim(annotation: Element, file: File) -> tuple[Claim, tuple[Span, ...]]:
        infons = _infons(annotation)
        line = annotation.sourceline
        if type_key not in infons:
            raise file.error(line, f"an annotation without the infon '{type_key}'.")
        ids = map(str.strip, infons.get(concept_key, "").split(concepts))
        known = tuple(dict.fromkeys(i for i in ids if i and i != unknown))
        words = _child_text(annotation, "text", file)
        spans = tuple(sorted(_span(location, file) for location in annotation.iterfind("location")))
        if not spans:
            raise file.error(line, "an annotation without a location.")
        claim = Claim(line, annotation.get("id", ""), infons[type_key], spans[0][0], spans[-1][1], words, known)
        return claim, spans

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


def _span(location: Element, file: File) -> Span:
    start, length = location.get("offset", ""), location.get("length", "")
    if not (start.isdecimal() and length.isdecimal()):
        raise file.error(location.sourceline, f"a location at {start!r} of length {length!r}, expected numbers.")
    return int(start), int(start) + int(length)


def _infons(element: Element) -> dict[str, str]:
    return {infon.get("key", ""): infon.text or "" for infon in element.iterfind("infon")}


def _child_text(element: Element, tag: str, file: File) -> str:
    found = _text(element, tag, file)
    if not found:
        raise file.error(element.sourceline, f"a <{element.tag}> without <{tag}>.")
    return found


def _text(element: Element, tag: str, file: File) -> str:
    """The words of a child element, "" where there is none; markup or an entity among them would cut them."""
    child = element.find(tag)
    if child is not None and len(child):
        raise file.error(child.sourceline, f"markup or an entity inside <{tag}>.", "write plain text there.")
    return element.findtext(tag) or ""


def _number(element: Element, tag: str, file: File) -> int:
    value = _child_text(element, tag, file)
    if not value.isdecimal():
        raise file.error(element.sourceline, f"<{tag}> is {value!r}, expected a number.")
    return int(value)


def _relation(element: Element, keys: tuple[str, str, str], file: File) -> Relation:
    """A relation between the concepts that its infons name."""
    infons = _infons(element)
    if missing := [key for key in keys if key not in infons]:
        raise file.error(element.sourceline, f"a relation without the infon '{missing[0]}'.")
    return Relation(*(infons[key] for key in keys))
