"""Score entity linking: how often the right concept is the first, or among the first five.

A system ranks names for each part of a mention, and a name may be of several concepts. `strict`, which counts concepts:

- a rank is a name that brings a concept not ranked before it;
- a composite mention is right when each of its parts is, about which any of its concepts is right (BioSyn's rule);
- a mention whose concept isn't in the knowledge base is missed, and shares are also given of the mentions that a system
  could get right, and of all that are annotated;
- a name of several concepts is right if one of them is. Beside it stands what to expect of a system that then draws one
  of them, and how often the first name is such a name.

`reference` counts as GenBioEL's script does (Yuan et al., 2022): names, of which several may be of one concept; any
part of a composite mention suffices, asked by the words of its first; mentions with an unknown part aren't counted.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec import Struct

from mnlu_instruct.scoring import bootstrap
from mnlu_instruct.scoring.counts import Numbers, ratio
from mnlu_instruct.scoring.statistics import Answered, Metric, Statistics
from mnlu_instruct.types import Linked

RANKS = (1, 5)
"""The ranks k at which recall is given."""


def measure(answers: Sequence[Answered]) -> Statistics:
    """The share of answers that state a name of the right concept, or its id; a question a row."""
    rows = np.array([(right(answered), 1) for answered in answers], float)
    return Statistics(rows, {"recall@1": _share(0, 1)})


def right(answered: Answered) -> bool:
    """Whether an answer is a name or an id of the right concept, whatever its case."""
    gold, stated = answered.instance.gold, answered.parsed.answer
    assert isinstance(gold, Linked)
    return isinstance(stated, str) and stated.lower() in {name.lower() for name in (*gold.names, *gold.concepts)}


class Ranked(Struct, frozen=True):
    """A part of a mention with its answer.

    Args:
        mention: the id of its mention, which all parts of a composite mention share.
        group: its document.
        gold: the concepts that are right, as the knowledge base identifies them; none, if it knows none of them.
        names: the names that a system gives, best first.
        concepts: of each name, the concepts that have it.
        annotated: whether annotators gave the mention a concept.
        several: whether they gave it several.
    """

    mention: str
    group: str
    gold: tuple[str, ...]
    names: tuple[str, ...] = ()
    concepts: tuple[tuple[str, ...], ...] = ()
    annotated: bool = True
    several: bool = False


class Recall(Struct, frozen=True):
    """A share with its 95 % interval by resampled documents, fractions of 1."""

    value: float
    low: float
    high: float


class LinkingScore(Struct, frozen=True):
    """The score of a system on a split.

    Args:
        mentions: all that are annotated, `linked` those with a concept, `known` those whose concepts (all parts') the
            knowledge base has.
        composite: the mentions of several concepts.
        recall: shares by name: `recall@1` of the linked mentions, `recall@1_known`, `recall@1_all`, and `expected@1`,
            where a name of several concepts counts for its share of right ones; the same at 5.
        ambiguous: the share of linked mentions whose first name is of several concepts.
    """

    mentions: int
    linked: int
    known: int
    composite: int
    recall: dict[str, Recall]
    ambiguous: float


@dataclass(frozen=True)
class Released:
    """What else the released script does on a corpus, as far as its commands say so.

    Args:
        composites: whether it scores composite mentions; of NCBI-disease it drops them.
        items: how many test mentions it scores: as many as there are in the development set, whose length its loop has.
    """

    composites: bool = True
    items: int | None = None


def strict(parts: Sequence[Ranked]) -> LinkingScore:
    """The score of a split's parts, each asked once; `parts` has all mentions, even those without a concept."""
    mentions = _mentions(parts)
    columns = len(RANKS)
    rows = np.zeros((len(mentions), 2 * columns + 4))
    for row, some in zip(rows, mentions, strict=True):
        found = np.array([[_chance(part, k) for k in RANKS] for part in some])
        annotated = all(part.annotated for part in some)
        reachable = annotated and all(part.gold for part in some)
        shared = any(len(part.concepts[0]) > 1 for part in some if part.concepts)
        row[:] = np.hstack([(found > 0).all(0), found.prod(0), shared and annotated, annotated, reachable, 1])
    ambiguous, linked, known, every = range(2 * columns, 2 * columns + 4)
    metrics: dict[str, Metric] = {}
    for place, k in enumerate(RANKS):
        metrics |= {
            f"recall@{k}": _share(place, linked),
            f"recall@{k}_known": _share(place, known),
            f"recall@{k}_all": _share(place, every),
            f"expected@{k}": _share(columns + place, linked),
        }
    total = rows.sum(0)
    return LinkingScore(
        mentions=len(mentions),
        linked=int(total[linked]),
        known=int(total[known]),
        composite=sum(first.several for first, *_ in mentions),
        recall=_estimated(rows, mentions, metrics),
        ambiguous=float(ratio(total[ambiguous], total[linked])),
    )


def reference(parts: Sequence[Ranked], released: Released = Released()) -> LinkingScore:
    """The score of a split's parts, in the order of its files, as the released script counts."""
    mentions = [some for some in _mentions(parts) if all(part.annotated and part.gold for part in some)]
    if not released.composites:
        mentions = [some for some in mentions if not some[0].several]
    mentions = mentions[: released.items]
    rows = np.zeros((len(mentions), len(RANKS) + 1))
    for row, (first, *others) in zip(rows, mentions, strict=True):
        gold = {*first.gold, *(one for part in others for one in part.gold)}
        hits = [not gold.isdisjoint(concepts) for concepts in first.concepts]
        row[:] = [*(any(hits[:k]) for k in RANKS), 1]
    metrics = {f"recall@{k}": _share(place, -1) for place, k in enumerate(RANKS)}
    shared = sum(len(first.concepts[0]) > 1 for first, *_ in mentions if first.concepts)
    return LinkingScore(
        mentions=len(mentions),
        linked=len(mentions),
        known=len(mentions),
        composite=sum(first.several for first, *_ in mentions),
        recall=_estimated(rows, mentions, metrics),
        ambiguous=shared / max(len(mentions), 1),
    )


def ranks(concepts: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The concepts of each name that brings a new one: what counts as a rank."""
    seen: set[str] = set()
    found = []
    for some in concepts:
        if not seen.issuperset(some):
            found.append(some)
        seen.update(some)
    return found


def _chance(part: Ranked, k: int) -> float:
    """The chance that the right concept is among the first k, if one is drawn of those that share a name."""
    missed = 1.0
    for concepts in ranks(part.concepts)[:k]:
        missed *= 1 - len({*part.gold} & {*concepts}) / len(concepts)
    return 1 - missed


def _mentions(parts: Sequence[Ranked]) -> list[list[Ranked]]:
    """The parts of each mention, in the order of the first."""
    found: dict[str, list[Ranked]] = defaultdict(list)
    for part in parts:
        found[part.mention].append(part)
    return list(found.values())


def _estimated(rows: Numbers, mentions: Sequence[Sequence[Ranked]], metrics: dict[str, Metric]) -> dict[str, Recall]:
    """Each metric with its interval; Wilson's, where all resamples are alike."""
    if not mentions:
        return dict.fromkeys(metrics, Recall(0.0, 0.0, 1.0))
    groups = [first.group for first, *_ in mentions]
    sums = bootstrap.by_group(rows, groups)
    drawn = bootstrap.resampled(sums)
    total = sums.sum(0)
    found = {}
    for name, metric in metrics.items():
        value, values = float(metric(total)), metric(drawn)
        alike = np.ptp(values) == 0
        bounds = bootstrap.wilson(value, len(sums)) if alike else bootstrap.interval(values)
        found[name] = Recall(value, *bounds)
    return found


def _share(part: int, whole: int) -> Metric:
    return lambda sums: ratio(sums[..., part], sums[..., whole])
