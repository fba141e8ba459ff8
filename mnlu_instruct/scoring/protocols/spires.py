"""The protocol of SPIRES (Caufield et al., 2024) for BC5CDR.

SPIRES grounds names in MeSH, with its synonyms and some of the training set's, and drops relations whose ends have no
MeSH id. MeSH is not here: what grounds names are the names of the test set itself. So a wrong name that MeSH has and
the test set lacks is dropped here and counted as wrong there. SPIRES was scored on a random sample of the test set,
which isn't published; `mnlu eval --limit` draws one.
"""

from collections.abc import Sequence

from mnlu_instruct.scoring.protocols import grounding
from mnlu_instruct.scoring.said import Said
from mnlu_instruct.scoring.statistics import Statistics, of_sets


def measure(said: Sequence[Said]) -> Statistics:
    """Micro F1 of pairs of ids; relations of names without an id are dropped."""
    table = grounding.Table(said)
    found = [{ids for stated in one.stated if None not in (ids := table.grounded(stated))} for one in said]
    return of_sets(zip(found, map(grounding.gold, said), strict=True))
