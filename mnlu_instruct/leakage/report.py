"""The table train × test: how many documents of a test set overlap with each training corpus, by kind of match."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from mnlu_instruct.leakage.documents import HeldOut
from mnlu_instruct.leakage.overlap import Link, Overlap, count, merged

EXAMPLES = 3
HALF = 0.5
ANY = "any"
"""The key for all training corpora together."""


class Example(Struct, frozen=True):
    """An overlapping pair of documents: the kinds of match, and the share of the test document's words (`covered`)."""

    train: str
    test: str
    kinds: tuple[str, ...]
    covered: float


class Cell(Struct, frozen=True):
    """The overlap of one training corpus (or of all, `ANY`) with one test set.

    Args:
        documents: the number of documents in the test set; all other counts but `train_documents` are of these.
        shared: documents with any overlap; `by_id`, `by_text`, `by_words`: with this kind of match.
        half: documents with at least half of their words in the corpus, in runs of 13 or as whole short texts.
        covered: the share of all words of the test set that are in the corpus.
        train_documents: the training documents with any overlap.
        examples: the pairs of documents that overlap the most.
    """

    train: str
    test: str
    documents: int
    shared: int
    by_id: int
    by_text: int
    by_words: int
    half: int
    covered: float
    train_documents: int
    examples: tuple[Example, ...]

    @property
    def share(self) -> float:
        """The share of the test set's documents that overlap."""
        return self.shared / self.documents

    @property
    def kinds(self) -> dict[str, int]:
        """The overlapping documents by kind of match."""
        return {"id": self.by_id, "text": self.by_text, "words": self.by_words}


def cells(overlaps: Sequence[Overlap], held_out: HeldOut) -> list[Cell]:
    """A cell for each test set and training corpus, in their order, and one for all corpora together."""
    rows = [*overlaps, merged(ANY, overlaps)]
    return [_cell(one, test, held_out) for test in held_out.sizes for one in rows]


def _cell(one: Overlap, test: str, held_out: HeldOut) -> Cell:
    own = {place for place, document in enumerate(held_out.documents) if document.dataset == test}
    links = [link for link in one.links if link.document in own]
    words = {place: count(spans) for place, spans in one.stretches.items() if place in own}
    lengths = held_out.lengths
    return Cell(
        train=one.corpus,
        test=test,
        documents=len(own),
        shared=_documents(links),
        by_id=_documents(link for link in links if link.by_id),
        by_text=_documents(link for link in links if link.by_text),
        by_words=len(words),
        half=sum(found >= HALF * lengths[place] for place, found in words.items()),
        covered=sum(words.values()) / max(1, sum(lengths[place] for place in own)),
        train_documents=len({link.group for link in links}),
        examples=tuple(_example(link, held_out) for link in sorted(links, key=_strength)[:EXAMPLES]),
    )


def _documents(links: Iterable[Link]) -> int:
    return len({link.document for link in links})


def _strength(link: Link) -> tuple[int, bool, bool, int, str]:
    """A sort key that puts the largest overlap first."""
    return -link.words, not link.by_text, not link.by_id, link.document, link.group


def _example(link: Link, held_out: HeldOut) -> Example:
    document, length = held_out.documents[link.document], held_out.lengths[link.document]
    kinds = {"id": link.by_id, "text": link.by_text, "words": link.words > 0}
    shown = tuple(kind for kind, holds in kinds.items() if holds)
    return Example(link.group, document.group, shown, link.words / max(1, length))
