"""The protocol of Seq2Rel (Giorgi et al., 2022) for BC5CDR.

Seq2Rel writes all names of both concepts of a relation, and a relation is right if these are all of them and no other.
The corpus `bc5cdr-seq2rel` has such answers; one that states a single name can't be scored so.

There, predictions whose disease is a hypernym in MeSH of a right one's disease are ignored. The tree of MeSH is not
here, so they are wrong here: precision can be lower than theirs, never higher. Its second, lenient comparison (more
than half of the names stated for each concept are the gold's) is not here either.
"""

from collections.abc import Sequence

from mnlu_instruct.scoring.said import Said
from mnlu_instruct.scoring.statistics import Statistics, of_sets
from mnlu_instruct.types import SYNONYMS, Stated


def measure(said: Sequence[Said]) -> Statistics:
    """Micro F1 of relations between concepts, each the set of its lower-cased names."""
    return of_sets(
        [({*map(_clusters, one.stated)}, {_clusters(related.stated) for related in one.gold.relations}) for one in said]
    )


def _clusters(stated: Stated) -> tuple[frozenset[str], ...]:
    """The names of each end."""
    return tuple(frozenset(name.strip().lower() for name in end.split(SYNONYMS)) for end in stated[1:])
