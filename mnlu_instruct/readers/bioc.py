"""BioC XML (Comeau et al., 2013): documents of passages with annotations, read one document at a time.

Annotation offsets are relative to the document: each passage states its own offset, and gaps between passages are
filled with spaces. An annotation with several locations is a discontinuous mention. A passage may be divided into
sentences; these then hold its annotations and relations, and are the passages of the record.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from lxml import etree

from mnlu_instruct.files import BROKEN, File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.offsets import are_offsets
from mnlu_instruct.readers.repairs import Claim, Repairs, check_fragments, locate
from mnlu_instruct.types import Document, Mention, Passage, Relation, Span

Element = Any
"""lxml ships no types."""

CONCEPTS = 10_000
"""Cache size, in parsed cells of concept ids; most cells recur."""


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
        unknown: the concept id that means no concept.
        relation_keys: the infons that hold a relation's type and its two concepts; a relation with `<node>` elements
            links the two annotations that these refer to.
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
        passages, annotations, claims, mentions = [], [], [], []
        for passage in element.iterfind("passage"):
            annotations += passage.iter("annotation")
            start, words = _number(passage, "offset", file), _text(passage, "text", file)
            if start < len(text):
                raise file.error(passage.sourceline, f"a passage at {start} overlaps the one before, to {len(text)}.")
            text = text.ljust(start) + words
            sentences = [_sentence(sentence, start, text, file) for sentence in passage.iterfind("sentence")]
            passages += sentences or [Passage(_infons(passage).get("type", ""), start, len(text))]
        for annotation in annotations:
            claim, spans = _claim(annotation, file)
            if len(spans) == 1:
                claims.append(claim)
            else:
                check_fragments(text, claim, spans, file)
                mentions.append(Mention(claim.id, claim.type, spans, claim.concepts))
        mentions += locate(text, claims, file, repairs)
        known = {mention.get("id") for mention in annotations}
        return Document(
            id=name,
            text=text,
            group=name,
            origin=f"{file.name}:{element.sourceline}",
            passages=tuple(passages),
            mentions=tuple(sorted(mentions, key=lambda mention: (mention.spans, mention.id))),
            relations=tuple(_relation(found, relation_keys, known, file) for found in element.iter("relation")),
        )

    def _claim(annotation: Element, file: File) -> tuple[Claim, tuple[Span, ...]]:
        line = annotation.sourceline
        infons, words, places = {}, "", []
        for child in annotation:  # one pass: `find` by name takes three times as long
            tag = child.tag
            if tag == "infon":
                infons[child.get("key", "")] = child.text or ""
            elif tag == "location":
                places.append(_span(child, file))
            elif tag == "text":
                words = _words(child, file)
        if type_key not in infons:
            raise file.error(line, f"an annotation without the infon '{type_key}'.")
        if not words:
            raise file.error(line, "a <annotation> without <text>.")
        if not places:
            raise file.error(line, "an annotation without a location.")
        spans = tuple(sorted(places))
        known = concept_ids(infons.get(concept_key, ""))
        claim = Claim(line, annotation.get("id", ""), infons[type_key], spans[0][0], spans[-1][1], words, known)
        return claim, spans

    @lru_cache(CONCEPTS)
    def concept_ids(cell: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(i for i in map(str.strip, cell.split(concepts)) if i and i != unknown))

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
    if not are_offsets(start, length):
        raise file.error(location.sourceline, f"a location at {start!r} of length {length!r}, expected numbers.")
    return int(start), int(start) + int(length)


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


def _sentence(element: Element, begin: int, text: str, file: File) -> Passage:
    """A sentence of the passage that starts at `begin` and ends where `text` ends."""
    start = _number(element, "offset", file)
    end = start + len(_child_text(element, "text", file))
    if start < begin or end > len(text):
        raise file.error(element.sourceline, f"a sentence at {start}–{end}, its passage is {begin}–{len(text)}.")
    return Passage("sentence", start, end)


def _relation(element: Element, keys: tuple[str, str, str], known: set[str], file: File) -> Relation:
    """A relation between the annotations that its nodes refer to, or else between the concepts that its infons name."""
    infons = _infons(element)
    nodes = [child.get("refid", "") for child in element if child.tag == "node"]
    if missing := [key for key in keys[: 1 if nodes else 3] if key not in infons]:
        raise file.error(element.sourceline, f"a relation without the infon '{missing[0]}'.")
    if not nodes:
        return Relation(*(infons[key] for key in keys))
    if len(nodes) != 2 or not known.issuperset(nodes):
        raise file.error(element.sourceline, f"nodes {', '.join(nodes)}, expected two annotations of this document.")
    return Relation(infons[keys[0]], *nodes)
