"""What `mnlu merge` and `merge/dare.py` do: a tuned model, or a LoRA adapter, merged with its base through mergekit."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation.subprocess_run import Asking
from mnlu_instruct.merging.recipe import MergeRecipe

if TYPE_CHECKING:
    from mnlu_instruct.merging.run import Merged
    from mnlu_instruct.merging.sweep_result import Sweep


def merge(recipe: MergeRecipe, overwrite: bool, answers: bool = True) -> "Merged":
    """Check the two models, merge them, and check what came out.

    Args:
        recipe: what is merged, and how.
        overwrite: whether a merged model that is there may be replaced.
        answers: whether the merged model answers five questions in the end, for which it is in memory as a whole.

    Raises:
        UserError: mergekit isn't installed; a model is missing, has no weights, or broken ones; the two don't fit each
            other; the folder is there already, or can't be written.
    """
    with _installed():
        from mnlu_instruct.merging import run  # noqa: PLC0415 (loads torch)
    return run.run(recipe, overwrite, answers)


@contextmanager
def passing(recipe: MergeRecipe) -> Iterator[Path]:
    """A merged model, for as long as it is scored; raises as `merge`."""
    with _installed():
        from mnlu_instruct.merging import run  # noqa: PLC0415 (loads torch)
    with run.passing(recipe) as folder:
        yield folder


def sweep(recipe: MergeRecipe, words: Sequence[str], asking: Asking, say: Callable[[str], None]) -> "Sweep":
    """Merge and score each cell of a grid, and the tuned model; write `<out>-sweep`: scores, a page, the best recipe.

    Args:
        recipe: what is merged; its `out` names the folder.
        words: the grid: `weight=0.3,0.5`, a parameter each.
        asking: how models are scored.
        say: is told what comes now.

    Raises:
        UserError: as `merge`; the suite has a test split, or lacks something; the grid has what the method hasn't; an
            evaluation fails; the folder holds something else, or another process is at work there.
    """
    with _installed():
        from mnlu_instruct.merging import grid  # noqa: PLC0415 (loads torch)
    return grid.sweep(recipe, words, asking, say)


@contextmanager
def _installed() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise UserError(f"Merging needs {error.name or 'mergekit'}.", "pip install 'mnlu-instruct[merge]'.") from error
