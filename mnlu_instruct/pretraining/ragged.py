"""Arrays of many documents in one: their values one after the other, and how many each has."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
Value = TypeVar("Value", bound=np.generic)


def starts(counts: Counts) -> Counts:
    """The index of the first value of each document."""
    return np.cumsum(counts) - counts


def numbered(counts: Counts) -> Counts:
    """For each value, its number within its document, from 0."""
    return np.arange(counts.sum()) - np.repeat(starts(counts), counts)


def sums(values: NDArray[Any], counts: Counts) -> Counts:
    """The sum of each document's values; 0 of none. Of flags, how many hold."""
    ends = np.cumsum(counts)
    if values.dtype == np.bool_:  # several times as fast as to add them up
        return np.diff(np.searchsorted(np.flatnonzero(values), ends), prepend=0)
    whole = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=whole[1:])
    found: Counts = whole[ends] - whole[ends - counts]
    return found


def before(values: Counts, counts: Counts) -> Counts:
    """For each value, the sum of those before it in its document."""
    whole = np.cumsum(values) - values
    first = starts(counts)[counts > 0]
    return whole - np.repeat(whole[first], counts[counts > 0])


def segments(first: Counts, counts: Counts) -> Counts:
    """The indices `first[i]`, `first[i] + 1`, … of `counts[i]` values, one segment after the other."""
    return np.repeat(first - starts(counts), counts) + np.arange(counts.sum())
