"""What is kept of work that is interrupted (Ctrl-C), so that the command line can say it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_kept: list[str] = []
"""What the blocks that were interrupted have kept, the innermost first."""


@contextmanager
def keeping(words: Callable[[], str]) -> Iterator[None]:
    """If the block is interrupted, `words` says in a sentence what of its work is kept; nothing if it is empty."""
    try:
        yield
    except KeyboardInterrupt:
        if said := words():
            _kept.append(said)
        raise


def kept() -> str:
    """What was kept by the blocks that were interrupted, in sentences."""
    return " ".join(_kept)
