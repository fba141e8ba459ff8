"""What `mnlu merge` and `merge/dare.py` do: a tuned model, or a LoRA adapter, merged with its base through mergekit."""

from typing import TYPE_CHECKING

from mnlu_instruct.errors import UserError
from mnlu_instruct.merging.recipe import MergeRecipe

if TYPE_CHECKING:
    from mnlu_instruct.merging.run import Merged


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
    try:
        from mnlu_instruct.merging import run  # noqa: PLC0415 (loads torch)
    except ImportError as error:
        raise UserError(f"Merging needs {error.name or 'mergekit'}.", "pip install 'mnlu-instruct[merge]'.") from error
    return run.run(recipe, overwrite, answers)
