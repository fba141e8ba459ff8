"""What a model said, beside its question: for ways of counting that see raw output, or that are not strict scoring."""

from msgspec import Struct

from mnlu_instruct.errors import UserError
from mnlu_instruct.types import Instance, Parsed, Places, Relations, Stated


class UnscorableError(UserError):
    """Answers that a way of counting has no rule for, or that it crashes on."""


class Said(Struct, frozen=True):
    """A question, its gold completion, a model's raw output, the contents of the prompt's messages, what was read.

    `places`, where a system gives them, are those of the mentions that it states, by type.
    """

    instance: Instance
    target: str
    prediction: str
    prompt: tuple[str, ...] = ()
    parsed: Parsed = Parsed(None)
    places: Places | None = None

    @property
    def gold(self) -> Relations:
        """The gold relations of a text."""
        assert isinstance(self.instance.gold, Relations)
        return self.instance.gold

    @property
    def stated(self) -> tuple[Stated, ...]:
        """The relations that the answer states; none, if it can't be read."""
        return self.parsed.answer if isinstance(self.parsed.answer, tuple) else ()
