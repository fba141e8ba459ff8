"""The unit of work: one split of one corpus."""

from msgspec import Struct


class Unit(Struct, frozen=True, order=True):
    """One split of one corpus (by name or path)."""

    corpus: str
    split: str
