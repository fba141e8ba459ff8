"""Documents of training corpora that say the same: copies word for word, and near copies.

A record's texts are compared as one, in normalised words (`leakage.words`); `sketches` says what is a near copy. A
document is a copy if each of its records has a copy in documents that are kept; of equals the first is kept.
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
"""A unit's ordinal, and that of a record in it."""
Near = Mapping[int, Sequence[int]]
"""Text → the texts that are near copies of it."""


class Copy(Struct, frozen=True):
    """A document that says nothing new, and the one that said it first; it is near if one of its records is no more."""

    group: str
    units: tuple[Unit, ...]
    original: str
    kind: Kind


class Count(Struct, frozen=True):
    """How many of a corpus' documents are copies of documents of a corpus, of the same or one before it."""

    corpus: str
    of: str
    documents: int
    exact: int
    near: int
    example: tuple[str, str]

    @property
    def share(self) -> float:
        """The share of the corpus' documents."""
        return (self.exact + self.near) / self.documents


class Duplicates(Struct, frozen=True):
    """The copies among documents, in the order of these, and how many documents each corpus has."""

    documents: dict[str, int]
    copies: tuple[Copy, ...]

    def counts(self) -> list[Count]:
        """The copies by the corpus that has them and the corpus that has the originals."""
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
        """For each unit the documents to leave out, with the reason (the recipe's `duplicates`)."""
        found: dict[Unit, dict[str, str]] = {}
        for copy in self.copies:
            how = "copies" if copy.kind == "exact" else "nearly copies"
            for unit in copy.units:
                found.setdefault(unit, {})[copy.group] = f"{how} a document of {corpus_of(copy.original)}"
        return found


class Said(Struct, frozen=True):
    """A document: its texts, by ordinals, and the units that it is in, both in order."""

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
    """The copies among the documents of units, in the order of these.

    Args:
        units: splits of corpora.
        kind: copies word for word only, or near copies too.
        data: the data directory.
        pool: worker processes, or None.
        progress: told of what is done.
        left_out: documents that a build leaves out anyway, so that none of them is kept as an original.

    Raises:
        UserError: a corpus can't be read.
    """
    sketches = spread([(sketch, (unit, data)) for unit in units], pool, progress, "reading")
    texts: dict[bytes, int] = {}
    places: list[Place] = []
    documents: dict[str, Said] = {}
    for at, one in enumerate(sketches):
        for record, (group, digest) in enumerate(zip(one.groups, one.digests, strict=True)):
            if group in left_out:
                continue
            text = texts.setdefault(digest, len(texts))
            if text == len(places):
                places.append((at, record))
            said = documents.setdefault(group, Said({}, {}))
            said.texts[text] = said.units[units[at]] = None
    near: Near = {}
    if kind == "near":
        pairs = candidates([sketches[at].smallest[record] for at, record in places]).tolist()
        near = _near(pairs, places, units, data, pool, progress)
    counts = Counter(corpus_of(group) for group in documents)
    return Duplicates(dict(counts), tuple(_copies(documents, near)))


def corpus_of(group: str) -> str:
    """The corpus that a document is of."""
    return group.partition("/")[0]


def _near(
    pairs: Sequence[Sequence[int]],
    places: Sequence[Place],
    units: Sequence[Unit],
    data: Path,
    pool: Executor | None,
    progress: Progress,
) -> Near:
    """The near copies among pairs of texts."""
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


def _copies(documents: Mapping[str, Said], near: Near) -> Iterator[Copy]:
    """Each document that is a copy of those kept before it; as the original stands the one that has its first text."""
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
