"""BioC's model (Comeau et al., 2013): documents of passages, perhaps of sentences, with annotations and relations.

`bioc` and `bioc_json` decode files into it; `assembled` makes records of it.

- Offsets are relative to the document: each passage states its own, and gaps between passages are filled with spaces.
- A passage may be divided into sentences, which are then the passages of the record; if it has no text of its own, it
  is put together from theirs.
- An annotation with several locations is a discontinuous mention; one without a location is counted and left out.
- Ids are optional, and may recur: a mention without one of its own gets one that no other has.
- Relations are read if the corpus asks about them; those that don't link two annotations, or whose annotations were
  dropped, are counted and left out. Nodes with the roles `Arg1` and `Arg2` may be in either order.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct

from mnlu_instruct.files import File
from mnlu_instruct.readers.repairs import Claim, Repairs, locate, order_fragments, place_fragments
from mnlu_instruct.types import Document, Mention, Passage, Relation

CONCEPTS = 10_000
"""Cache size, in parsed cells of concept ids; most cells recur."""
LONGEST = 10_000_000
"""Characters that a document may have: a wild offset would fill the memory with spaces."""
NO_PLACE = "annotation without a place"


class Place(Struct, frozen=True):
    """A location: where an annotation, or a part of it, begins, and its length."""

    offset: int
    length: int


class Annotation(Struct, frozen=True):
    """An annotation; `line` is where it is, in files that have lines."""

    infons: dict[str, Any] = {}
    text: str | None = None
    locations: list[Place] = []
    id: str | int | None = None
    line: int | None = None


class Node(Struct, frozen=True):
    """An end of a relation: the id of an annotation, and its role."""

    refid: str | int = ""
    role: str = ""


class Link(Struct, frozen=True):
    """A relation as stated."""

    infons: dict[str, Any] = {}
    nodes: list[Node] = []
    id: str | int | None = None
    line: int | None = None


class Sentence(Struct, frozen=True):
    """A sentence of a passage."""

    offset: int
    text: str | None = None
    annotations: list[Annotation] = []
    relations: list[Link] = []
    line: int | None = None


class Section(Struct, frozen=True):
    """A passage as stated."""

    offset: int
    text: str | None = None
    infons: dict[str, Any] = {}
    sentences: list[Sentence] = []
    annotations: list[Annotation] = []
    relations: list[Link] = []
    line: int | None = None


class Article(Struct, frozen=True):
    """A document as stated."""

    id: str | int
    passages: list[Section] = []
    annotations: list[Annotation] = []
    relations: list[Link] = []
    line: int | None = None


class Keys(Struct, frozen=True):
    """The infons of a corpus.

    Args:
        type: the infon that holds an annotation's type.
        concept: the infon that holds its concept ids.
        separator: what separates the ids of one annotation.
        unknown: the concept id that means no concept.
        relation: the infons that hold a relation's type and its two concepts; a relation with nodes links the two
            annotations that these refer to.
    """

    type: str
    concept: str
    separator: str
    unknown: str
    relation: tuple[str, str, str]


def assembled(article: Article, file: File, keys: Keys, repairs: Repairs) -> Document:
    """The record of a document.

    Raises:
        UserError: passages overlap, an annotation has no type or no words, its words aren't at its place, or a relation
            lacks its type or an end.
    """
    text, passages = _text(article, file)
    annotations, links = _parts(article)
    mentions, ids = _mentions(annotations, text, file, keys, repairs)
    kept = {mention.id for mention in mentions}
    relations = _relations(links, ids, kept, file, keys, repairs) if repairs.relations else ()
    return Document(
        id=str(article.id),
        text=text,
        group=str(article.id),
        origin=f"{file.name}:{article.line or article.id}",
        passages=passages,
        mentions=mentions,
        relations=tuple(relations),
    )


def _text(article: Article, file: File) -> tuple[str, tuple[Passage, ...]]:
    passages = list[Passage]()
    texts = [section.text or _joined(section, file) for section in article.passages]
    text = _spread(article.passages, texts, 0, file)
    for section, stated in zip(article.passages, texts, strict=True):
        end = section.offset + len(stated)
        sentences = [_sentence(one, section.offset, end, file) for one in section.sentences]
        passages += sentences or [Passage(str(section.infons.get("type") or ""), section.offset, end)]
    return text, tuple(passages)


def _joined(section: Section, file: File) -> str:
    """The text of a passage, put together from its sentences."""
    return _spread(section.sentences, [one.text or "" for one in section.sentences], section.offset, file)


def _spread(parts: Sequence[Section | Sentence], texts: Sequence[str], begin: int, file: File) -> str:
    """Texts at their offsets, which count from `begin`, with spaces between."""
    found: list[str] = []
    length = 0
    for part, text in zip(parts, texts, strict=True):
        start = part.offset - begin
        if start < length:
            message = f"{_kind(part)} at {part.offset} begins before the one before it ends, at {begin + length}."
            raise file.error(
                part.line, message if found else f"{_kind(part)} at {part.offset}, expected {begin} or more."
            )
        if start > LONGEST:
            raise file.error(part.line, f"{_kind(part)} at {part.offset}: no document is that long.")
        found += [" " * (start - length), text]
        length = start + len(text)
    return "".join(found)


def _kind(part: Section | Sentence) -> str:
    return "a passage" if isinstance(part, Section) else "a sentence"


def _sentence(one: Sentence, begin: int, stop: int, file: File) -> Passage:
    if not one.text:
        raise file.error(one.line, "a <sentence> without <text>.")
    end = one.offset + len(one.text)
    if one.offset < begin or end > stop:
        raise file.error(one.line, f"a sentence at {one.offset}–{end}, its passage is {begin}–{stop}.")
    return Passage("sentence", one.offset, end)


def _parts(article: Article) -> tuple[list[Annotation], list[Link]]:
    annotations, links = list(article.annotations), list(article.relations)
    for section in article.passages:
        parts: list[Section | Sentence] = [section, *section.sentences]
        for part in parts:
            annotations += part.annotations
            links += part.relations
    return annotations, links


# ---------------------------------------------------------------------------------------------------------------------
# Mentions


def _mentions(
    annotations: Sequence[Annotation], text: str, file: File, keys: Keys, repairs: Repairs
) -> tuple[tuple[Mention, ...], Counter[str]]:
    """The mentions, and how many annotations have each id."""
    stated = Counter(str(one.id) for one in annotations if one.id not in {None, ""})
    taken: set[str] = set()
    claims, mentions = [], list[Mention]()
    for number, one in enumerate(annotations, 1):
        name = _name(one, number, stated, taken)
        kind = one.infons.get(keys.type)
        if kind in (None, ""):
            raise file.error(one.line, f"an annotation without the infon '{keys.type}'.")
        if isinstance(kind, list | dict):
            raise file.error(one.line, f"the infon '{keys.type}' of annotation {name} is {kind}, expected words.")
        if not any(place.length for place in one.locations) and not (one.text and one.locations):
            if kind not in repairs.ignored:
                repairs.ledger.drop("read", NO_PLACE, f"{file.name}:{one.line or name}")
            continue
        if not one.text:
            raise file.error(one.line, "an annotation without text.")
        spans = [(place.offset, place.offset + place.length) for place in one.locations]
        first, last = min(spans)[0], max(end for _, end in spans)
        concepts = _concepts(str(one.infons.get(keys.concept) or ""), keys.separator, keys.unknown)
        claim = Claim(one.line or 0, name, str(kind), first, last, one.text, concepts)
        if len(spans) == 1:
            claims.append(claim)
        elif placed := place_fragments(text, claim, order_fragments(text, claim, spans), file, repairs):
            mentions.append(Mention(name, claim.type, placed, concepts))
    mentions += locate(text, claims, file, repairs)
    return tuple(sorted(mentions, key=lambda mention: (mention.spans, mention.id))), stated


def _name(one: Annotation, number: int, stated: Counter[str], taken: set[str]) -> str:
    """An annotation's id, or one that no other has."""
    name = str(one.id) if one.id not in {None, ""} else ""
    if not name or name in taken:
        base = f"{name}#{number}"
        name = next(other for other in (base, *(f"{base}.{more}" for more in range(9))) if other not in stated)
    taken.add(name)
    return name


@lru_cache(CONCEPTS)
def _concepts(cell: str, separator: str, unknown: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(i for i in map(str.strip, cell.split(separator)) if i and i != unknown))


# ---------------------------------------------------------------------------------------------------------------------
# Relations


def _relations(
    links: Sequence[Link], ids: Counter[str], kept: Collection[str], file: File, keys: Keys, repairs: Repairs
) -> Iterator[Relation]:
    """The relations between two annotations, or else between the concepts that infons name.

    Args:
        links: the relations as stated.
        ids: how many annotations have each id.
        kept: the ids of the mentions that weren't dropped.
        file: the file, for messages; `keys` and `repairs` as elsewhere.
    """
    others = {str(link.id) for link in links if link.id not in {None, ""}}
    for link in links:
        nodes = [str(node.refid) for node in _in_order(link.nodes)]
        if missing := [key for key in keys.relation[: 1 if nodes else 3] if link.infons.get(key) is None]:
            raise file.error(link.line, f"a relation without the infon '{missing[0]}'.")
        kind, *ends = (str(link.infons.get(key)) for key in keys.relation)
        if kind in repairs.ignored:
            continue
        if reason := _unfit(nodes, ids, kept, others):
            repairs.ledger.drop("read", reason, f"{file.name}:{link.line or link.id}")
        elif strange := [node for node in nodes if node not in ids]:
            raise file.error(link.line, f"node {strange[0]!r} refers to no annotation of this document.")
        else:
            head, tail = nodes or ends
            yield Relation(kind, head, tail)


def _in_order(nodes: Sequence[Node]) -> Sequence[Node]:
    """Head and tail."""
    return nodes[::-1] if [node.role for node in nodes] == ["Arg2", "Arg1"] else nodes


def _unfit(nodes: Sequence[str], ids: Counter[str], kept: Collection[str], relations: set[str]) -> str:
    """Why a relation between annotations can't be asked about; empty if it can, or if it is between concepts."""
    if not nodes:
        return ""
    if len(nodes) != 2:
        return "relation of other than two annotations"
    if any(node not in ids and node in relations for node in nodes):
        return "relation to a relation"
    if any(ids[node] > 1 for node in nodes):
        return "relation to an id that several annotations have"
    lost = any(node in ids and node not in kept for node in nodes)
    return "relation of an annotation that was dropped" if lost else ""
