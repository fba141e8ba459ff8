"""Merge a tuned model, or a LoRA adapter, with its base through mergekit: `mnlu merge` and `merge/dare.py`."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mnlu_instruct.errors import UserError, install
from mnlu_instruct.evaluation.subprocess_run import Asking
from mnlu_instruct.merging.recipe import MergeRecipe

if TYPE_CHECKING:
    from mnlu_instruct.merging.run import Merged
    from mnlu_instruct.merging.sweep_result import Sweep


def merge(recipe: MergeRecipe, overwrite: bool, answers: bool = True) -> "Merged":
    """Check the two models, merge them, and check the result.

    Args:
        recipe: the merge recipe.
        overwrite: whether an existing merged model may be replaced.
        answers: whether the merged model answers five questions at the end, which needs all of it in memory.

    Raises:
        UserError: mergekit isn't installed; a model is missing, has no weights, or broken ones; the two don't fit each
            other; the folder exists, or can't be written.
    """
    with _installed():
        from mnlu_instruct.merging import run  # noqa: PLC0415 (loads torch)
    return run.run(recipe, overwrite, answers)


@contextmanager
def temporary(recipe: MergeRecipe) -> Iterator[Path]:
    """Merge, and remove the merged model when the context ends; raises as `merge`."""
    with _installed():
        from mnlu_instruct.merging import run  # noqa: PLC0415 (loads torch)
    with run.temporary(recipe) as folder:
        yield folder


def sweep(recipe: MergeRecipe, words: Sequence[str], asking: Asking, say: Callable[[str], None]) -> "Sweep":
    """Merge and score each cell of a grid, and the tuned model; write `<out>-sweep`: scores, a page, the best recipe.

    Args:
        recipe: the merge recipe; its `out` names the folder.
        words: the grid, one parameter each: `weight=0.3,0.5`.
        asking: the options of the evaluations.
        say: called with the name of each merge before it is made.

    Raises:
        UserError: as `merge`; the suite has a test split, or files are missing; the method doesn't have a parameter of
            the grid; an evaluation fails; the folder holds something else, or another process is writing there.
    """
    with _installed():
        from mnlu_instruct.merging import grid  # noqa: PLC0415 (loads torch)
    return grid.sweep(recipe, words, asking, say)


@contextmanager
def _installed() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise UserError(f"Merging needs {error.name or 'mergekit'}.", f"{install('merge')}.") from error
