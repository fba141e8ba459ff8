"""What is kept of work that is interrupted (Ctrl-C), so that the command line can say it: as notes of the exception."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def keeping(words: Callable[[], str]) -> Iterator[None]:
    """If the block is interrupted, `words` says in a sentence what of its work is kept; nothing if it is empty."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        if said := words():
            interrupt.add_note(said)
        raise


def kept(error: BaseException | None) -> str:
    """What was kept, in sentences, by an interruption or by what was raised because of one."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return " ".join(getattr(error, "__notes__", ()))
        error = error.__cause__ or error.__context__
    return ""
