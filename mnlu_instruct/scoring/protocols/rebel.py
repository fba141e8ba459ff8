"""The protocol of REBEL (Huguet Cabot and Navigli, 2021): micro F1 over triplets.

A triplet is right if its type, its head and its tail are those of a gold one, to the letter and in order. Of a concept
with several names the one that is written is right, no other: REBEL takes the first mention, ours is the first mention
of that concept alone. REBEL also compares the types of both ends ("strict"), or doesn't ("boundaries"); in these
corpora a relation's type says the types of its ends, so that both are one.
"""

from collections.abc import Sequence

from mnlu_instruct.scoring.said import Said
from mnlu_instruct.scoring.statistics import Statistics, of_sets


def measure(said: Sequence[Said]) -> Statistics:
    """Micro F1 of (type, head, tail)."""
    return of_sets([({*one.stated}, {related.stated for related in one.gold.relations}) for one in said])
