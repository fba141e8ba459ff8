"""Merge a tuned model with its base: merge/dare.py RECIPE [--overwrite].

The recipe names the method: DARE, as in the paper, in `recipes/merge/dare.yaml`; `mnlu_instruct/merging/methods.py`
has all of them.
"""

import sys

from mnlu_instruct.errors import UserError
from mnlu_instruct.merging import merge, methods
from mnlu_instruct.merging.recipe import merge_recipe

if __name__ == "__main__":
    try:
        recipe = merge_recipe(sys.argv[1])
        print(methods.formula(recipe))  # noqa: T201
        merged = merge(recipe, overwrite="--overwrite" in sys.argv[2:])
    except UserError as error:
        sys.exit(f"error: {error.message}\nhint: {error.hint}")
    print(f"merged model: {merged.folder}")  # noqa: T201
