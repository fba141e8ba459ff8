"""The distribution of row lengths in a data set, in tokens or in characters."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

WIDTH = 40
"""The length of a histogram's longest bar, in characters."""


class Lengths(Struct, frozen=True):
    """A distribution of lengths: `counts[i]` rows have `bounds[i]` ≤ length < `bounds[i + 1]`."""

    rows: int
    total: int
    median: int
    longest: int
    bounds: tuple[int, ...]
    counts: tuple[int, ...]


def lengths(found: NDArray[np.int64]) -> Lengths:
    """The distribution of lengths (at least one), in bins between powers of two."""
    exponents = np.frexp(found)[1] - 1
    low, high = int(exponents.min()), int(exponents.max())
    return Lengths(
        rows=len(found),
        total=int(found.sum()),
        median=int(np.quantile(found, 0.5, method="lower")),
        longest=int(found.max()),
        bounds=tuple(2**exponent for exponent in range(low, high + 2)),
        counts=tuple(np.bincount(exponents - low).tolist()),
    )


def drawn(bounds: Sequence[int], counts: Sequence[int]) -> str:
    """A histogram as text, one line per bin."""
    low, rows = (max(len(f"{number:,}") for number in numbers) for numbers in (bounds, counts))
    most = max(counts)
    lines = (
        f"{bound:>{low},} – {limit - 1:>{low},}  {count:>{rows},}  {'█' * round(WIDTH * count / most)}"
        for bound, limit, count in zip(bounds[:-1], bounds[1:], counts, strict=True)
    )
    return "\n".join(line.rstrip() for line in lines)
