"""The XML of the DDI corpus (SemEval-2013 task 9): one document per file, with sentences, drugs and all pairs of drugs.

Offsets are relative to the sentence and include the last character; `;` separates the fragments of a mention. The
sentences become the passages of one text, one per line, or texts of their own.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.lists import chosen
from mnlu_instruct.readers.markup import Element, attribute, parse
from mnlu_instruct.readers.repairs import Claim, Repairs, locate, place_fragments
from mnlu_instruct.types import Document, Mention, Passage, Relation, Span

OFFSETS = re.compile(r"[0-9]{1,9}-[0-9]{1,9}(?:;[0-9]{1,9}-[0-9]{1,9})*")


def ddi_xml(untyped: str, by: Literal["document", "sentence"] = "document") -> Reader:
    """A reader of DDI files, or of those that a list names.

    Args:
        untyped: the type of interactions without one.
        by: whether a file's document is one record, or each of its sentences, with the document as its group.
    """

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        for file in chosen(files):
            root = _root(file, repairs)
            group, sentences = attribute(root, "id", file), list(root.iterfind("sentence"))
            if by == "document":
                yield _document(root, group, sentences, file, repairs)
                continue
            for sentence in sentences:
                if attribute(sentence, "text", file).strip():
                    yield _document(sentence, group, [sentence], file, repairs)
                elif not repairs.drops("no-text", f"{file.name}:{sentence.sourceline}"):
                    raise file.error(sentence.sourceline, "a sentence without text.", "declare the repair 'no-text'.")

    def _document(element: Element, group: str, sentences: Sequence[Element], file: File, repairs: Repairs) -> Document:
        """The record of a document or sentence, of which `sentences` are read."""
        name = attribute(element, "id", file)
        text = ""
        passages, claims, mentions = [], [], []
        relations: list[Relation] = []
        for sentence in sentences:
            start = len(text)
            text += attribute(sentence, "text", file)
            passages.append(Passage("sentence", start, len(text)))
            text += "\n"
            for entity in sentence.iterfind("entity"):
                claim, spans = _claim(entity, start, name, file)
                if len(spans) == 1:
                    claims.append(claim)
                elif places := place_fragments(text, claim, spans, file, repairs):
                    mentions.append(Mention(claim.id, claim.type, places))
            relations += _relations(sentence, name, file, repairs)
        mentions += locate(text, claims, file, repairs)
        return Document(
            id=name,
            text=text,
            group=group,
            origin=f"{file.name}:{element.sourceline}",
            passages=tuple(passages),
            mentions=tuple(sorted(mentions, key=lambda mention: (mention.spans, mention.id))),
            relations=tuple(relations),
        )

    def _relations(sentence: Element, name: str, file: File, repairs: Repairs) -> Iterator[Relation]:
        known = {entity.get("id") for entity in sentence.iterfind("entity")}
        for pair in sentence.iterfind("pair"):
            ends = [attribute(pair, end, file) for end in ("e1", "e2")]
            if strangers := [end for end in ends if end not in known]:
                raise file.error(pair.sourceline, f"{strangers[0]!r} is not an entity of this sentence.")
            interacts = attribute(pair, "ddi", file)
            if interacts not in {"true", "false"}:
                raise file.error(pair.sourceline, f"ddi is {interacts!r}, expected 'true' or 'false'.")
            if interacts == "true":
                kind = pair.get("type")
                if kind is None and repairs.mends("untyped-relation", f"{file.name}:{pair.sourceline}"):
                    kind = untyped
                if not kind:
                    raise file.error(pair.sourceline, "an interaction without a type.")
                head, tail = (_inside(end, name) for end in ends)
                yield Relation(kind, head, tail)

    return read


def _root(file: File, repairs: Repairs) -> Element:
    root = parse(file, repairs)
    if root.getroottree().docinfo.doctype:
        raise file.error(1, "a DOCTYPE, which may define entities.", "the released files have none.")
    if root.tag != "document":
        raise file.error(root.sourceline, f"a <{root.tag}>, expected a <document>.")
    return root


def _claim(entity: Element, start: int, document: str, file: File) -> tuple[Claim, tuple[Span, ...]]:
    """An entity as the file states it, with offsets into the document, and its fragments."""
    offsets = attribute(entity, "charOffset", file)
    if not OFFSETS.fullmatch(offsets):
        raise file.error(entity.sourceline, f"charOffset is {offsets[:60]!r}, expected 'first-last;first-last'.")
    pairs = [map(int, part.split("-")) for part in offsets.split(";")]
    spans = tuple(sorted((start + first, start + last + 1) for first, last in pairs))
    name, kind, words = (attribute(entity, key, file) for key in ("id", "type", "text"))
    claim = Claim(entity.sourceline, _inside(name, document), kind, spans[0][0], spans[-1][1], words)
    return claim, spans


def _inside(name: str, document: str) -> str:
    """The id of an entity, without the document id in front."""
    return name.removeprefix(f"{document}.")
