"""The mixture: which units give how many instances of which task."""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from mnlu_instruct.dataset import draw_order
from mnlu_instruct.dataset.apportionment import shares
from mnlu_instruct.dataset.draw_order import Indices, Lengths, Queue
from mnlu_instruct.dataset.recipe import BuildRecipe
from mnlu_instruct.dataset.store import Ordinals
from mnlu_instruct.dataset.units import Survey
from mnlu_instruct.errors import UserError
from mnlu_instruct.sources.declaration import Corpus
from mnlu_instruct.sources.unit import Unit

MOST = 1_000
"""How often an instance is drawn at most: more is a slip in `n`, and no data set."""

Tokens = Mapping[Unit, Mapping[str, Lengths]]
"""For each unit and task the tokens of each instance that can be drawn."""


class Row(Struct, frozen=True):
    """One line of the mixture table: what one unit has of one task, and what was drawn of it.

    `drawn` counts rows, repeated instances as often as they come. `characters` of text in them are reckoned from the
    mean of all instances; `tokens` of prompts and completions are exact, and None without a tokenizer.
    """

    task: str
    corpus: str
    split: str
    domain: str
    available: int
    drawn: int
    characters: int
    tokens: int | None = None


class Mixture(Struct, frozen=True):
    """The table, and for each unit the ordinals of the chosen instances by task.

    The ordinals ascend; one that comes twice is an instance of two rows (`repetition.repeated`).
    """

    rows: tuple[Row, ...]
    chosen: dict[Unit, dict[str, Ordinals]]

    @property
    def total(self) -> int:
        """How many rows are drawn."""
        return sum(row.drawn for row in self.rows)

    @property
    def size(self) -> int:
        """About how many bytes the data set takes on disk at most: one a character of its texts.

        Prompt and text both hold them, and compression halves that. Measured by corpus: 0.5 to 1.2 bytes a character,
        2.2 where sentences are short and options long, 0.1 where an abstract is asked about fifty times.
        """
        return sum(row.characters for row in self.rows)


def mix(
    surveys: Sequence[Survey], corpora: Mapping[Unit, Corpus], recipe: BuildRecipe, tokens: Tokens | None = None
) -> Mixture:
    """Draw each task's share from all units together.

    Args:
        surveys: in the order of the units.
        corpora: the corpus of each unit.
        recipe: tasks, n, rates, weights, caps, and what to do where a task is short.
        tokens: of what can be drawn, in the order of the surveys' ranks; given where the recipe has a tokenizer.

    Raises:
        UserError: a task is short of its share, or has nothing at all.
    """
    of_units = [corpora[survey.unit] for survey in surveys]
    waiting = {task: _queue(task, surveys, of_units, recipe, tokens) for task in recipe.tasks}
    available = {task: queue.length for task, queue in waiting.items()}
    if not any(available.values()):
        raise UserError("No task has any instances.", "'mnlu corpora check' says what was dropped.")
    wanted = shares(recipe, available)
    rows = []
    chosen: dict[Unit, dict[str, Ordinals]] = {survey.unit: {} for survey in surveys}
    for task, queue in waiting.items():
        _check_repetition(task, queue, wanted[task])
        ends = np.cumsum([len(survey.ranks[task]) for survey in surveys])
        drawn = np.split(queue.draw(wanted[task]), ends[:-1])
        for survey, corpus, times in zip(surveys, of_units, drawn, strict=True):
            chosen[survey.unit][task] = np.repeat(survey.ordinals[task], times)
            if len(times):
                rows.append(_row(task, survey, corpus, times, tokens))
    return Mixture(tuple(rows), chosen)


def _row(task: str, survey: Survey, corpus: Corpus, times: Indices, tokens: Tokens | None) -> Row:
    available, drawn = len(times), int(times.sum())
    return Row(
        task=task,
        corpus=corpus.name,
        split=survey.unit.split,
        domain=corpus.domain,
        available=available,
        drawn=drawn,
        characters=survey.characters[task] * drawn // available,
        tokens=None if tokens is None else int(times @ tokens[survey.unit][task]),
    )


def _queue(
    task: str, surveys: Sequence[Survey], corpora: Sequence[Corpus], recipe: BuildRecipe, tokens: Tokens | None
) -> Queue:
    """The queue of a task, which has at least one instance to draw, unless the recipe accepts what is there."""
    ranks = [survey.ranks[task] for survey in surveys]
    if not any(map(len, ranks)) and recipe.short != "accept":
        read = ", ".join(sorted({corpus.name for corpus in corpora}))
        raise UserError(f"Task '{task}' has no instances in {read}.", "'mnlu corpora check' says what was dropped.")
    lengths = None if tokens is None else np.concatenate([tokens[survey.unit][task] for survey in surveys])
    found = draw_order.queue(task, ranks, corpora, recipe, lengths)
    if not found.length and len(found.places):
        raise UserError(f"The caps let no instance of task '{task}' through.", "raise the caps in tokens.")
    return found


def _check_repetition(task: str, queue: Queue, wanted: int) -> None:
    lacking = wanted - queue.length
    if lacking <= 0:
        return
    repeatable = int(np.count_nonzero(queue.repeatable & np.isfinite(queue.places)))
    if not repeatable:
        raise UserError(
            f"Task '{task}' has {queue.length:,} of {wanted:,}, and caps forbid that any of them is repeated.",
            "lower --n or the task's weight, lift a cap, or cap the task too.",
        )
    if lacking > MOST * repeatable:
        raise UserError(
            f"Task '{task}' has {queue.length:,} of {wanted:,}: each would be repeated more than {MOST:,} times.",
            "lower --n, or '--short accept' takes what is there.",
        )
