"""The documents that the leakage search compares: those of test sets, and the texts of training documents.

A document is what a record's `group` names: an abstract, a trial, a note; a single sentence if that is all that the
corpus has.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from msgspec import Struct

from mnlu_instruct import corpora, files
from mnlu_instruct.catalogue import suites
from mnlu_instruct.errors import UserError
from mnlu_instruct.leakage.index import Index
from mnlu_instruct.leakage.words import Places
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources import reading
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.types import Dialogue, Document, Pair, Question, Record

Piece = tuple[str, str]
"""(group of a document, one of its texts)."""


class Tested(Struct, frozen=True):
    """A document of a test set: the name of the data set in its suite, and the group."""

    dataset: str
    group: str


@dataclass(frozen=True, eq=False)
class HeldOut:
    """The documents of test sets.

    Args:
        documents: all documents, set by set.
        index: the index of their texts.
        document_of: for each text, the ordinal of its document.
        lengths: the number of words of each document.
        articles: article id → ordinals of the documents that are this article.
        missing: the data sets that could not be read, with reasons.
    """

    documents: tuple[Tested, ...]
    index: Index
    document_of: Places
    lengths: tuple[int, ...]
    articles: dict[str, list[int]]
    missing: dict[str, str]

    @property
    def sizes(self) -> dict[str, int]:
        """The number of documents of each test set, in the order of the suite."""
        names = [document.dataset for document in self.documents]
        return {name: names.count(name) for name in dict.fromkeys(names)}


@cache
def held_out(names: tuple[str, ...], data: Path) -> HeldOut:
    """The documents of all test sets of some suites (names or paths) that have their files.

    A split that several data sets name is read once, under the first name.

    Raises:
        UserError: there is no such suite, its file has a mistake, or none of its data sets has its files.
    """
    datasets = _datasets(names)
    missing = {dataset.name: lack for dataset in datasets if (lack := dataset.lacks(data))}
    texts: dict[Tested, dict[str, None]] = {}
    articles: dict[str, dict[Tested, None]] = {}
    for dataset in (dataset for dataset in datasets if dataset.name not in missing):
        corpus = corpora.get(dataset.corpus)
        for group, text in pieces(corpus, dataset.split, data):
            document = Tested(dataset.name, group)
            texts.setdefault(document, {})[text] = None
            if name := article(index_of(corpus), group):
                articles.setdefault(name, {})[document] = None
    if not texts:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in missing.items())
        raise UserError(f"No test set of {', '.join(names)} has its files ({reasons}).", "see 'mnlu suite list'.")
    index = Index(text for own in texts.values() for text in own)
    document_of = np.repeat(np.arange(len(texts)), [len(own) for own in texts.values()])
    lengths = np.bincount(document_of, np.diff(index.words.first)).astype(int)
    places = {document: place for place, document in enumerate(texts)}
    found = {name: [places[document] for document in documents] for name, documents in articles.items()}
    return HeldOut(tuple(texts), index, document_of, tuple(lengths.tolist()), found, missing)


def _datasets(names: Iterable[str]) -> list[suites.Dataset]:
    """The data sets of suites, each split of a corpus once."""
    distinct: dict[tuple[str, str], suites.Dataset] = {}
    for dataset in (dataset for name in names for dataset in suites.load(name).datasets):
        distinct.setdefault((dataset.corpus, dataset.split), dataset)
    return list(distinct.values())


def pieces(corpus: Corpus, split: str, data: Path) -> Iterator[Piece]:
    """(group, text) for every text of a split."""
    for record in reading.records(corpus, split, data, Ledger()):
        for text in record_texts(record):
            yield record.group, text


def record_texts(record: Record) -> tuple[str, ...]:
    """The texts of a record, compared separately: both of a pair, a question and its text, a text and its summary.

    A dialogue is one text.
    """
    if isinstance(record, Document):
        return (record.text,)
    if isinstance(record, Pair):
        return record.first, record.second
    if isinstance(record, Question):
        return record.question, record.text
    if isinstance(record, Dialogue):
        return (f"{record.description}\n{record.transcript()}",)
    return record.text, record.summary


def article(index: str | None, group: str) -> str | None:
    """The article id of a document, "PubMed 10027835"; None if its groups aren't ids of an index."""
    return f"{index} {group.rpartition('/')[2]}" if index else None


def index_of(corpus: Corpus) -> str | None:
    """The literature index that a corpus' groups are article ids of; None if they aren't declared to be such ids."""
    return corpus.articles.index if corpus.articles else None


def listed(corpus: Corpus, splits: Iterable[str], data: Path) -> Iterator[str]:
    """The groups in a corpus' lists of article ids (if the files are there), even if their texts are missing."""
    for split, pattern in (corpus.articles.lists if corpus.articles else {}).items():
        if split in splits:
            for file in files.find(reading.directory(corpus, data), pattern):
                yield from (f"{corpus.name}/{line.strip()}" for _, line in file.lines() if line.strip())
