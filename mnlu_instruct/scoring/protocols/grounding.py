"""Names → concepts: one table of a whole test set, for protocols that compare ids."""

from collections.abc import Sequence

from mnlu_instruct.scoring.said import Said
from mnlu_instruct.types import Stated

Ids = tuple[str | None, ...]
"""The concepts of a relation's ends; None for a name without one."""


class Table:
    """The concepts of lower-cased names, as the texts of a test set name them; of several, the last one in its file.

    A name that annotators gave no concept, and whole composite mentions ("renal and hepatic failure"), aren't in it.
    Chemicals and diseases of BC5CDR share no name, so that both can be in one table.
    """

    def __init__(self, said: Sequence[Said]) -> None:
        self.ids = {name.lower(): concept for one in said for name, concept in one.gold.names.items()}

    def grounded(self, stated: Stated) -> Ids:
        """The concepts of a stated relation's names."""
        return tuple(self.ids.get(name.lower()) for name in stated[1:])


def gold(said: Said) -> set[Ids]:
    """The gold relations as their concepts."""
    return {one.concepts for one in said.gold.relations}
