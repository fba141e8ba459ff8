"""Strict scoring of end-to-end relation extraction (ERE): micro F1 over the relations of documents, as sets.

A predicted relation is right if its type is a gold one's and its names are names of that one's ends, white space aside
(tokenizers move it). Several predictions that fit the same gold relations are one. Where ends are concepts with several
names, predictions and gold are matched one to one, as many as possible, so one prediction never pays for two gold
relations, nor two for one, and order doesn't matter. What fits no gold relation is a false positive; gold without a
match is missed. An unreadable answer states no relation.
"""

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct

from mnlu_instruct.scoring.counts import PRF, Numbers, ratio
from mnlu_instruct.scoring.relaxed import matched
from mnlu_instruct.scoring.statistics import Answered, Metric, Statistics, micro
from mnlu_instruct.types import NO_RELATION, Related, Relations, Stated, normalise

Key = Callable[[str], str]
"""What of a name is compared."""
Gold = tuple[str, tuple[frozenset[str], ...], tuple[str, ...]]
"""A relation's type, the names of each end, as they are compared, and its concepts."""


def spaceless(name: str) -> str:
    """A name without white space."""
    return "".join(name.split())


class Said(Struct, frozen=True):
    """A predicted relation as it is compared: its type and the name of each end; unordered ones sorted, each once."""

    type: str
    names: tuple[str, ...]


class Compared(Struct, frozen=True):
    """An answer beside its gold relations.

    Args:
        gold: the gold relations.
        found: those that a prediction is matched to, by index.
        strange: the predictions that fit none, each once.
        unordered: whether ends have no order.
    """

    gold: tuple[Gold, ...]
    found: frozenset[int]
    strange: tuple[Said, ...]
    unordered: bool

    @property
    def missed(self) -> list[int]:
        """The gold relations without a prediction, by index."""
        return [place for place in range(len(self.gold)) if place not in self.found]

    def same_ends(self, said: Said, place: int) -> bool:
        """Whether a prediction is between the ends of a gold relation, of whatever type."""
        return _between(said.names, self.gold[place][1], self.unordered)


def compared(answered: Answered, key: Key = spaceless) -> Compared:
    """An answer beside its gold relations, names compared by `key`."""
    gold, stated = answered.instance.gold, answered.parsed.answer
    assert isinstance(gold, Relations)
    wanted = tuple(dict.fromkeys(_comparable(one, gold.unordered, key) for one in gold.relations))
    said = dict.fromkeys(_said(one, gold.unordered, key) for one in (stated if isinstance(stated, tuple) else ()))
    fits = {
        one: tuple(
            place
            for place, (kind, ends, _) in enumerate(wanted)
            if one.type == kind and _between(one.names, ends, gold.unordered)
        )
        for one in said
    }
    # Predictions that fit the same gold relations name the same concepts, and are one.
    meeting = list(dict.fromkeys(places for places in fits.values() if places))
    strange = tuple(one for one, places in fits.items() if not places)
    return Compared(wanted, frozenset(matched(meeting).values()), strange, gold.unordered)


def _said(stated: Stated, unordered: bool, key: Key) -> Said:
    kind, *names = stated
    keys = map(key, names)
    return Said(kind, tuple(sorted(set(keys)) if unordered else keys))


def _comparable(related: Related, unordered: bool, key: Key) -> Gold:
    """A gold relation as it is compared; of unordered ends with the same names there is one."""
    ends = tuple(frozenset(map(key, names)) for names in related.ends)
    return related.type, tuple(sorted(set(ends), key=sorted)) if unordered else ends, related.concepts


def _between(names: Sequence[str], ends: Sequence[frozenset[str]], unordered: bool) -> bool:
    """Whether names are those of a gold relation's ends, one of each; of unordered ends in any order."""
    if len(names) != len(ends):
        return False
    if not unordered:
        return all(name in end for name, end in zip(names, ends, strict=True))
    meeting = [[place for place, end in enumerate(ends) if name in end] for name in names]
    return all(meeting) and len(matched(meeting)) == len(names)


def measure(answers: Sequence[Answered]) -> Statistics:
    """Counts by type; F1 of names compared to the letter (`f1_exact`), and of documents that have relations.

    `exact_match` is the share of documents with all relations and no other. Shares: clauses that can't be read, of all
    clauses; names not in the text, of all names; documents without relations in which some are found.
    """
    keys = sorted({label.key for one in answers for label in one.instance.labels} - {NO_RELATION})
    place = {key: index for index, key in enumerate(keys)}
    counts = np.zeros((len(answers), len(keys), 3))
    others = np.zeros((len(answers), len(OTHERS)))
    unread = clauses = names = foreign = without = alarms = 0
    for row, more, one in zip(counts, others, answers, strict=True):
        strictly = compared(one)
        _count(strictly, row, place)
        total = row.sum(0)
        more[:3] = _totals(compared(one, normalise))
        more[3:6] = total if strictly.gold else 0
        more[6:] = total[1] == total[2] == 0, 1
        stated = one.parsed.answer if isinstance(one.parsed.answer, tuple) else ()
        text = spaceless(one.instance.text)
        said = [name for _, *ends in stated for name in ends]
        names += len(said)
        foreign += sum(spaceless(name) not in text for name in said)
        unread += one.parsed.unread
        clauses += one.parsed.unread + len(stated)
        without += not strictly.gold
        alarms += not strictly.gold and bool(strictly.strange)
    return Statistics(
        rows=np.concatenate([counts.reshape(len(answers), -1), others], axis=1),
        metrics={**micro(len(keys)), **_further(3 * len(keys))},
        labels=tuple(keys),
        shares={
            "unread_clauses": unread / max(clauses, 1),
            "not_in_text": foreign / max(names, 1),
            "false_alarms": alarms / max(without, 1),
        },
    )


OTHERS = ("tp exact", "fp exact", "fn exact", "tp with", "fp with", "fn with", "exact match", "documents")
"""The columns after the counts by type."""


def _count(found: Compared, row: Numbers, place: dict[str, int]) -> None:
    """Add the counts of an answer by type, shape (types, 3)."""
    for index, (kind, *_) in enumerate(found.gold):
        row[place[kind], 0 if index in found.found else 2] += 1
    for said in found.strange:
        row[place[said.type], 1] += 1


def _totals(found: Compared) -> tuple[int, int, int]:
    right = len(found.found)
    return right, len(found.strange), len(found.gold) - right


def _further(first: int) -> dict[str, Metric]:
    """The metrics of the columns after the counts by type, the first of which is `first`."""

    def f1(start: int) -> Metric:
        return lambda sums: PRF(*(sums[..., first + start + one] for one in range(3))).f1

    return {
        "f1_exact": f1(0),
        "f1_with_relations": f1(3),
        "exact_match": lambda sums: ratio(sums[..., first + 6], sums[..., first + 7]),
    }
