"""The mixture: which units give how many instances of which task."""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from mnlu_instruct import sampling
from mnlu_instruct.corpus import Corpus
from mnlu_instruct.errors import UserError
from mnlu_instruct.recipe import BuildRecipe
from mnlu_instruct.units import Ordinals, Survey, Unit


class Row(Struct, frozen=True):
    """One line of the mixture table: instances of one task from one unit, and the characters of text they hold."""

    task: str
    corpus: str
    split: str
    domain: str
    available: int
    drawn: int
    characters: int


class Mixture(Struct, frozen=True):
    """The table, and for each unit the ordinals of the chosen instances by task."""

    rows: tuple[Row, ...]
    chosen: dict[Unit, dict[str, Ordinals]]

    @property
    def total(self) -> int:
        """How many instances are drawn."""
        return sum(row.drawn for row in self.rows)


def mix(surveys: Sequence[Survey], corpora: Mapping[Unit, Corpus], recipe: BuildRecipe) -> Mixture:
    """Draw each task's share, uniformly without replacement, from all units together.

    Args:
        surveys: in the order of the units.
        corpora: the corpus of each unit.
        recipe: tasks, n, and what to do where a task is short.

    Raises:
        UserError: a task is short of its share, or has nothing at all.
    """
    available = {task: sum(len(survey.ranks[task]) for survey in surveys) for task in recipe.tasks}
    for task, count in available.items():
        if not count:
            read = ", ".join(sorted({corpus.name for corpus in corpora.values()}))
            raise UserError(f"Task '{task}' has no instances in {read}.", "'mnlu corpora check' says what was dropped.")
    shares = sampling.shares(recipe.tasks, recipe.n, available, recipe.short)
    rows = []
    chosen: dict[Unit, dict[str, Ordinals]] = {survey.unit: {} for survey in surveys}
    for task in recipe.tasks:
        masks = sampling.draw([survey.ranks[task] for survey in surveys], shares[task])
        for survey, mask in zip(surveys, masks, strict=True):
            chosen[survey.unit][task] = survey.ordinals[task][mask]
            if len(mask):
                drawn = int(np.count_nonzero(mask))
                characters = survey.characters[task] * drawn // len(mask)
                corpus, split = corpora[survey.unit], survey.unit.split
                rows.append(Row(task, corpus.name, split, corpus.domain, len(mask), drawn, characters))
    return Mixture(tuple(rows), chosen)
