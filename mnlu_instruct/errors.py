"""`UserError`, the exception for mistakes in a user's input or data."""

from collections.abc import Iterable


class UserError(Exception):
    """A mistake in the user's input or data: one sentence on what is wrong, and a hint on what to do.

    The command line prints it without a traceback and exits with status 1.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nHint: {self.hint}" if self.hint else self.message


def install(extra: str) -> str:
    """How to install an extra of this package, in words; it isn't on PyPI, so that users have a clone of it."""
    return f"pip install -e '.[{extra}]' in the clone of mnlu-instruct"


def unknown(kind: str, name: str, known: Iterable[str]) -> UserError:
    """The error for an unknown name; its hint has the closest known names, or all of them."""
    import difflib  # noqa: PLC0415 (few commands end with an error)

    choices = sorted(known)
    near = difflib.get_close_matches(name.lower(), choices, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(choices)}."
    return UserError(f"Unknown {kind} '{name}'.", hint)
