"""Memory settings of Python and Arrow for processing many rows."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa


@contextmanager
def thrifty() -> Iterator[None]:
    """Collect cycles a hundred times less often, and let Arrow take its memory from the system.

    Rows have no reference cycles, and looking for them takes a quarter of a build's time; Arrow's own memory pool keeps
    some 50 MB more.
    """
    threshold, *others = gc.get_threshold()
    pool = pa.default_memory_pool()
    gc.set_threshold(100 * threshold, *others)
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        gc.set_threshold(threshold, *others)
        pa.set_memory_pool(pool)
