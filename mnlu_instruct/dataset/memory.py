"""How Python and Arrow manage memory while many rows pass."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa


@contextmanager
def thrifty() -> Iterator[None]:
    """Collect cycles a hundred times less often, and let Arrow take its memory from the system.

    Rows hold no cycles, and looking for them is a quarter of a build's time; Arrow's own pool holds on to some 50 MB
    more.
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
