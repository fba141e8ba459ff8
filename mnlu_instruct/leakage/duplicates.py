"""Exact and near-duplicate documents in training corpora.

The texts of a record are compared as one text, in normalised words (`leakage.words`); `leakage.minhash` defines near
copies. A document is a copy if each of its records has a copy in documents that are kept; of equal ones, the first is
kept.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Literal

from msgspec import Struct

from mnlu_instruct.leakage.minhash import alike, candidates, runs_of, sketch
from mnlu_instruct.sources.unit import Unit
from mnlu_instruct.workers import Progress, spread

Kind = Literal["exact", "near"]
Place = tuple[int, int]
"""(ordinal of a unit, ordinal of a record in it)."""
Near = Mapping[int, Sequence[int]]
"""Text → the texts that are near copies of it."""


class Copy(Struct, frozen=True):
    """A copied document and its original; `kind` is "near" if at least one of its records is only a near copy."""

    group: str
    units: tuple[Unit, ...]
    original: str
    kind: Kind


class Count(Struct, frozen=True):
    """How many documents of one corpus are copies of documents of another one (`of`, which may be the same corpus)."""

    corpus: str
    of: str
    documents: int
    exact: int
    near: int
    example: tuple[str, str]

    @property
    def share(self) -> float:
        """The share of the corpus' documents that are copies."""
        return (self.exact + self.near) / self.documents


class Duplicates(Struct, frozen=True):
    """The copies, in the order of the documents, and the number of documents of each corpus."""

    documents: dict[str, int]
    copies: tuple[Copy, ...]

    def counts(self) -> list[Count]:
        """The copies, counted by the corpus of the copy and the corpus of the original."""
        pairs: dict[tuple[str, str], list[Copy]] = {}
        for copy in self.copies:
            pairs.setdefault((corpus_of(copy.group), corpus_of(copy.original)), []).append(copy)
        return [
            Count(
                *pair,
                documents=self.documents[pair[0]],
                exact=sum(copy.kind == "exact" for copy in some),
                near=sum(copy.kind == "near" for copy in some),
                example=(some[0].group, some[0].original),
            )
            for pair, some in sorted(pairs.items())
        ]

    def by_unit(self) -> dict[Unit, dict[str, str]]:
        """For each unit, the documents to leave out with reasons (for the recipe's `duplicates`)."""
        found: dict[Unit, dict[str, str]] = {}
        for copy in self.copies:
            how = "copies" if copy.kind == "exact" else "nearly copies"
            for unit in copy.units:
                found.setdefault(unit, {})[copy.group] = f"{how} a document of {corpus_of(copy.original)}"
        return found


class DocumentTexts(Struct, frozen=True):
    """A document: the ordinals of its texts, and the units that it is in, both in order."""

    texts: dict[int, None]
    units: dict[Unit, None]


def duplicates(
    units: Sequence[Unit],
    kind: Kind,
    data: Path,
    pool: Executor | None,
    progress: Progress,
    left_out: Collection[str] = (),
) -> Duplicates:
    """Find the copies among the documents of units, in their order.

    Args:
        units: splits of corpora.
        kind: exact copies only, or near copies too.
        data: the data directory.
        pool: worker processes, or None.
        progress: receives the share that is done.
        left_out: documents that a build leaves out anyway, so that none of them counts as an original.

    Raises:
        UserError: a corpus can't be read.
    """
    sketches = spread([(sketch, (unit, data)) for unit in units], pool, progress, "reading")
    texts: dict[bytes, int] = {}
    places: list[Place] = []
    documents: dict[str, DocumentTexts] = {}
    for at, one in enumerate(sketches):
        for record, (group, digest) in enumerate(zip(one.groups, one.digests, strict=True)):
            if group in left_out:
                continue
            text = texts.setdefault(digest, len(texts))
            if text == len(places):
                places.append((at, record))
            said = documents.setdefault(group, DocumentTexts({}, {}))
            said.texts[text] = said.units[units[at]] = None
    near: Near = {}
    if kind == "near":
        pairs = candidates([sketches[at].smallest[record] for at, record in places]).tolist()
        near = _near(pairs, places, units, data, pool, progress)
    counts = Counter(corpus_of(group) for group in documents)
    return Duplicates(dict(counts), tuple(_copies(documents, near)))


def corpus_of(group: str) -> str:
    """The corpus of a document, given its group."""
    return group.partition("/")[0]


def _near(
    pairs: Sequence[Sequence[int]],
    places: Sequence[Place],
    units: Sequence[Unit],
    data: Path,
    pool: Executor | None,
    progress: Progress,
) -> Near:
    """The near copies among pairs of candidate texts."""
    wanted: dict[int, set[int]] = {}
    for at, record in (places[text] for pair in pairs for text in pair):
        wanted.setdefault(at, set()).add(record)
    calls = [(runs_of, (units[at], data, records)) for at, records in wanted.items()]
    found = dict(zip(wanted, spread(calls, pool, progress, "comparing"), strict=True))
    near: dict[int, list[int]] = {}
    for one, other in pairs:
        theirs, ours = (found[at][record] for at, record in (places[one], places[other]))
        if alike(theirs, ours):
            near.setdefault(one, []).append(other)
            near.setdefault(other, []).append(one)
    return near


def _copies(documents: Mapping[str, DocumentTexts], near: Near) -> Iterator[Copy]:
    """The documents that are copies of documents kept before; the original is the one with the copy's first text."""
    kept: dict[int, str] = {}
    for group, said in documents.items():
        known = {text: next((one for one in (text, *near.get(text, ())) if one in kept), None) for text in said.texts}
        originals = [original for original in known.values() if original is not None]
        if len(originals) == len(known):
            kind: Kind = "exact" if originals == list(known) else "near"
            yield Copy(group, tuple(said.units), kept[originals[0]], kind)
        else:
            for text in said.texts:
                kept.setdefault(text, group)
