"""How long the rows of a data set are, in tokens or in characters."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

WIDTH = 40
"""Of the longest bar of a histogram, in characters."""


class Lengths(Struct, frozen=True):
    """The rows of a data set by length: `counts[i]` have a length of `bounds[i]` or more, and below `bounds[i + 1]`."""

    rows: int
    total: int
    median: int
    longest: int
    bounds: tuple[int, ...]
    counts: tuple[int, ...]


def lengths(found: NDArray[np.int64]) -> Lengths:
    """The distribution of at least one length, between powers of two."""
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
    """Lengths as a histogram in text: a line for each two neighbouring bounds."""
    low, rows = (max(len(f"{number:,}") for number in numbers) for numbers in (bounds, counts))
    most = max(counts)
    lines = (
        f"{bound:>{low},} – {limit - 1:>{low},}  {count:>{rows},}  {'█' * round(WIDTH * count / most)}"
        for bound, limit, count in zip(bounds[:-1], bounds[1:], counts, strict=True)
    )
    return "\n".join(line.rstrip() for line in lines)
