"""The mixture: how many instances of which task are drawn from which unit."""

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
"""The maximum number of repetitions of an instance; more is taken for a mistake in `n`."""

Tokens = Mapping[Unit, Mapping[str, Lengths]]
"""For each unit and task, the number of tokens of each instance that can be drawn."""


class Row(Struct, frozen=True):
    """One line of the mixture table: the instances of one task that a unit has, and the rows drawn from them.

    `drawn` counts rows, so a repeated instance counts each time. `characters` of their texts are estimated from the
    mean over all instances. `nothing` counts drawn rows whose answers find nothing (`row_counts.states_nothing`).
    `tokens` of prompts and completions are exact, and None without a tokenizer. `barren`: not one of the instances that
    the unit has finds anything.
    """

    task: str
    corpus: str
    split: str
    domain: str
    available: int
    drawn: int
    characters: int
    nothing: int
    tokens: int | None = None
    barren: bool = False


class Mixture(Struct, frozen=True):
    """The mixture table, and for each unit the ordinals of the drawn instances by task.

    The ordinals are sorted; an ordinal that occurs twice is an instance with two rows (`repetition.repeated`).
    """

    rows: tuple[Row, ...]
    chosen: dict[Unit, dict[str, Ordinals]]

    @property
    def total(self) -> int:
        """The number of rows drawn."""
        return sum(row.drawn for row in self.rows)

    @property
    def size(self) -> int:
        """Roughly the maximum bytes that the data set takes on disk: one per character of its texts.

        Each text is in the prompt and in the column `text`, and compression halves that. Measured by corpus: 0.5 to 1.2
        bytes per character; 2.2 for short sentences with long options, 0.1 for an abstract with fifty questions.
        """
        return sum(row.characters for row in self.rows)


def mix(
    surveys: Sequence[Survey], corpora: Mapping[Unit, Corpus], recipe: BuildRecipe, tokens: Tokens | None = None
) -> Mixture:
    """Draw each task's share from all units together.

    Args:
        surveys: in the order of the units.
        corpora: the corpus of each unit.
        recipe: tasks, n, rates, weights, caps, and what to do if a task is short.
        tokens: of the instances that can be drawn, in the order of the surveys' ranks; given if the recipe has a
            tokenizer.

    Raises:
        UserError: a task has fewer instances than its share, or none at all.
    """
    of_units = [corpora[survey.unit] for survey in surveys]
    waiting = {task: _queue(task, surveys, of_units, recipe, tokens) for task in recipe.tasks}
    available = {task: queue.length for task, queue in waiting.items()}
    if not any(available.values()):
        raise UserError("No task has any instances.", "'mnlu corpora check' shows what was dropped.")
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
        nothing=int(times @ survey.nothing[task]),
        tokens=None if tokens is None else int(times @ tokens[survey.unit][task]),
        barren=bool(survey.nothing[task].all()),
    )


def _queue(
    task: str, surveys: Sequence[Survey], corpora: Sequence[Corpus], recipe: BuildRecipe, tokens: Tokens | None
) -> Queue:
    """The queue of a task; it has at least one instance, unless the recipe says `short: accept`.

    Raises:
        UserError: the task has no instances, or the caps exclude all of them.
    """
    ranks = [survey.ranks[task] for survey in surveys]
    if not any(map(len, ranks)) and recipe.short != "accept":
        read = ", ".join(sorted({corpus.name for corpus in corpora}))
        raise UserError(f"Task '{task}' has no instances in {read}.", "'mnlu corpora check' shows what was dropped.")
    lengths = None if tokens is None else np.concatenate([tokens[survey.unit][task] for survey in surveys])
    found = draw_order.queue(task, ranks, corpora, recipe, lengths)
    if not found.length and len(found.places):
        raise UserError(f"The caps exclude all instances of task '{task}'.", "raise the caps in tokens.")
    return found


def _check_repetition(task: str, queue: Queue, wanted: int) -> None:
    lacking = wanted - queue.length
    if lacking <= 0:
        return
    repeatable = int(np.count_nonzero(queue.repeatable & np.isfinite(queue.places)))
    if not repeatable:
        raise UserError(
            f"Task '{task}' has {queue.length:,} of {wanted:,} instances, and caps forbid repeating any of them.",
            "lower --n or the task's weight, raise a cap, or cap the task too.",
        )
    if lacking > MOST * repeatable:
        raise UserError(
            f"Task '{task}' has {queue.length:,} of {wanted:,} instances: each would be repeated over {MOST:,} times.",
            "lower --n, or take all there are with '--short accept'.",
        )
