"""The protocols of Jiang and Kavuluru (2023) for drug combinations, end to end: positive ones, or any.

A combination is the set of its drugs, lower-cased, " - " read as "-". (Tiktinsky et al., 2022, who made the corpus,
give the drugs' places and compare these, also in part: what an answer of names doesn't state.)
"""

from collections.abc import Callable, Iterable, Sequence

from mnlu_instruct.scoring.said import Said
from mnlu_instruct.scoring.statistics import Statistics, of_sets
from mnlu_instruct.types import Stated

POSITIVE = "POS"


def measure_positive(said: Sequence[Said]) -> Statistics:
    """Micro F1 of positive combinations; others are as none."""
    return _measure(said, lambda stated: stated[0] == POSITIVE)


def measure_any(said: Sequence[Said]) -> Statistics:
    """Micro F1 of combinations, whatever their effect."""
    return _measure(said, lambda _: True)


def _measure(said: Sequence[Said], counts: Callable[[Stated], bool]) -> Statistics:
    def combinations(relations: Iterable[Stated]) -> set[frozenset[str]]:
        return {frozenset(map(_closed, one[1:])) for one in relations if counts(one)}

    return of_sets(
        [(combinations(one.stated), combinations(related.stated for related in one.gold.relations)) for one in said]
    )


def _closed(name: str) -> str:
    return name.lower().replace(" - ", "-")
