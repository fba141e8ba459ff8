"""The overlap of one corpus' training documents with the documents of test sets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from mnlu_instruct.leakage.documents import HeldOut, Piece, article
from mnlu_instruct.leakage.words import Words, batches, words
from mnlu_instruct.types import Span

Pair = tuple[int, str]
"""(ordinal of a test document, group of a training document)."""


class Link(Struct, frozen=True, order=True):
    """A training document and a test document that overlap.

    Args:
        document: the ordinal of the test document; `group`: the group of the training document.
        by_id: whether both are the same article.
        by_text: whether they have a whole text in common.
        words: how many of the test document's words are in the training document, in runs of 13 or as whole texts.
    """

    document: int
    group: str
    by_id: bool
    by_text: bool
    words: int


class Overlap(Struct, frozen=True):
    """The overlap of a corpus, or a part of it, with the test documents.

    Args:
        documents: the number of training documents searched; `listed`: of those known by id only.
        stretches: test document → its words that are in any training document, as spans of word ordinals.
    """

    corpus: str
    documents: int
    listed: int
    links: tuple[Link, ...]
    stretches: dict[int, tuple[Span, ...]]


def overlap(
    name: str, held_out: HeldOut, pieces: Iterable[Piece], articles: str | None, listed: Iterable[str] = ()
) -> Overlap:
    """Search training texts for the contents of the test documents.

    Args:
        name: the name of the training corpus.
        held_out: the test documents.
        pieces: the training texts, each with the group of its document.
        articles: the literature index that groups are article ids of; None if they aren't such ids.
        listed: further groups, known by id only.
    """
    groups: dict[str, None] = {}
    found: dict[Pair, tuple[Span, ...]] = {}
    equal: set[Pair] = set()
    for batch in batches(pieces, lambda piece: len(piece[1])):
        groups.update(dict.fromkeys(group for group, _ in batch))
        searched = words([text for _, text in batch])
        new: dict[Pair, list[Span]] = {}
        for theirs, ours, span in _finds(searched, held_out):
            pair = int(held_out.document_of[ours]), batch[theirs][0]
            new.setdefault(pair, []).append(span)
            if pair not in equal and searched.text(theirs) == held_out.index.words.text(ours):
                equal.add(pair)
        found.update({pair: union([*found.get(pair, ()), *spans]) for pair, spans in new.items()})
    named = [group for group in dict.fromkeys(listed) if group not in groups]
    same = _same_articles([*groups, *named], articles, held_out)
    links = [Link(*pair, pair in same, pair in equal, count(found.get(pair, ()))) for pair in same | found.keys()]
    return Overlap(name, len(groups), len(named), tuple(sorted(links)), _by_document(found))


def merged(name: str, parts: Sequence[Overlap]) -> Overlap:
    """The overlaps of several parts or corpora, combined into one."""
    links: dict[Pair, Link] = {}
    for link in (link for part in parts for link in part.links):
        other = links.get((link.document, link.group), link)
        links[link.document, link.group] = Link(
            link.document,
            link.group,
            link.by_id or other.by_id,
            link.by_text or other.by_text,
            max(link.words, other.words),
        )
    stretches: dict[int, list[Span]] = {}
    for document, spans in (item for part in parts for item in part.stretches.items()):
        stretches.setdefault(document, []).extend(spans)
    return Overlap(
        name,
        sum(part.documents for part in parts),
        sum(part.listed for part in parts),
        tuple(sorted(links.values())),
        {document: union(spans) for document, spans in sorted(stretches.items())},
    )


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The union of spans, as disjoint spans in order."""
    apart: list[Span] = []
    for start, end in sorted(spans):
        if apart and start <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(end, apart[-1][1])
        else:
            apart.append((start, end))
    return tuple(apart)


def count(spans: Iterable[Span]) -> int:
    """The number of words in disjoint spans."""
    return sum(end - start for start, end in spans)


def _finds(searched: Words, held_out: HeldOut) -> Iterator[tuple[int, int, Span]]:
    """The matches in a batch: (searched text, test text, span of words in the test documents)."""
    finds = held_out.index.find(searched)
    texts = held_out.index.words.texts_of(finds.first)
    spans = zip(finds.first.tolist(), (finds.first + finds.count).tolist(), strict=True)
    return zip(finds.text.tolist(), texts.tolist(), spans, strict=True)


def _same_articles(groups: Iterable[str], articles: str | None, held_out: HeldOut) -> set[Pair]:
    """The pairs that are the same article."""
    names = {group: article(articles, group) for group in groups}
    return {(document, group) for group, name in names.items() if name for document in held_out.articles.get(name, ())}


def _by_document(found: Mapping[Pair, tuple[Span, ...]]) -> dict[int, tuple[Span, ...]]:
    """The words of each test document that were found in any training document."""
    stretches: dict[int, list[Span]] = {}
    for (document, _), spans in found.items():
        stretches.setdefault(document, []).extend(spans)
    return {document: union(spans) for document, spans in sorted(stretches.items())}
