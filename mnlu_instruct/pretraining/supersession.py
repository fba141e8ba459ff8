"""Which records of PubMed hold, over all files: later ones replace earlier ones, deletions remove them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SUPERSEDED, DELETED = "replaced by a later record", "deleted by a later file"
HOLDS, REPLACED, REMOVED = range(3)


def fates(pmids: Sequence[NDArray[np.int64]], versions: Sequence[NDArray[np.int32]]) -> list[NDArray[np.int8]]:
    """The fate of each entry: whether it holds, is replaced, or removed.

    A file deletes ids of itself and of all files before it. Of the rest, the highest version of an id holds; of equal
    versions, the last.

    Args:
        pmids: the ids in each file, files in ascending order; −1 of what has none, which always holds.
        versions: their versions; 0 of an id that the file deletes.
    """
    counts = [len(one) for one in pmids]
    ids, kinds = np.concatenate(pmids), np.concatenate(versions)
    file = np.repeat(np.arange(len(counts)), counts)
    found = np.full(len(ids), HOLDS, np.int8)

    deletes = kinds == 0
    gone, last = np.unique(ids[deletes][::-1], return_index=True)
    place = np.searchsorted(gone, ids) if len(gone) else np.zeros(len(ids), np.int64)
    if len(gone):
        place = np.minimum(place, len(gone) - 1)
        until = file[deletes][::-1][last]
        found[(gone[place] == ids) & (file <= until[place])] = REMOVED

    left = np.flatnonzero((found == HOLDS) & (ids >= 0) & ~deletes)
    order = left[np.lexsort((left, kinds[left], ids[left]))]
    found[order[:-1][ids[order[:-1]] == ids[order[1:]]]] = REPLACED
    return np.split(found, np.cumsum(counts)[:-1])
