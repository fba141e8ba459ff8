"""BioC JSON, as the bioc package and PubTator 3's interface write it; `bioc_model` says what becomes of it.

A file is a collection, whose documents are under `documents` (PubTator 3: `PubTator3`), a list of documents, or one
document.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import DecodeError, ValidationError, convert, json

from mnlu_instruct.files import File
from mnlu_instruct.readers import Reader
from mnlu_instruct.readers.bioc_model import Article, Keys, Place, Section, Sentence, assembled
from mnlu_instruct.readers.jsonl import not_json
from mnlu_instruct.readers.repairs import Repairs
from mnlu_instruct.types import Document

LISTS = ("documents", "PubTator3")
"""The keys of a collection that hold its documents."""


def bioc_json(
    type_key: str = "type",
    concept_key: str = "identifier",
    concepts: str = ",",
    unknown: str = "-",
    relation_keys: tuple[str, str, str] = ("type", "entity1", "entity2"),
) -> Reader:
    """A reader of BioC JSON files; the arguments are those of `bioc_model.Keys`."""
    keys = Keys(type_key, concept_key, concepts, unknown, relation_keys)

    def read(files: Sequence[File], repairs: Repairs) -> Iterator[Document]:
        for file in files:
            for number, stated in enumerate(_documents(file), 1):
                yield assembled(_article(stated, number, file), file, keys, repairs)

    return read


def _documents(file: File) -> list[Any]:
    try:
        found = json.decode(file.text())
    except DecodeError as error:
        raise not_json(error, file) from error
    except RecursionError as error:
        raise file.error(None, "not BioC: its JSON is nested too deeply.") from error
    if isinstance(found, dict):
        found = next((found[key] for key in LISTS if key in found), [found])
    if not isinstance(found, list):
        raise file.error(None, "expected a BioC collection: an object with a list of 'documents'.")
    return found


def _article(stated: Any, number: int, file: File) -> Article:
    try:
        article = convert(stated, Article)
    except ValidationError as error:
        raise file.error(None, f"document {number}: {error}.") from error
    if any(place.offset < 0 or place.length < 0 for place in _places(article)):
        raise file.error(None, f"document {article.id}: a location with a negative number.")
    return article


def _places(article: Article) -> Iterator[Place]:
    for section in article.passages:
        parts: list[Section | Sentence] = [section, *section.sentences]
        for part in parts:
            for annotation in part.annotations:
                yield from annotation.locations
