"""The paper's merge: python merge/dare.py recipes/merge/dare.yaml [--overwrite]."""

import sys

from mnlu_instruct.errors import UserError
from mnlu_instruct.merging import merge
from mnlu_instruct.recipe import merge_recipe

if __name__ == "__main__":
    try:
        out = merge(merge_recipe(sys.argv[1]), overwrite="--overwrite" in sys.argv[2:])
    except UserError as error:
        sys.exit(f"error: {error.message}\nhint: {error.hint}")
    print(f"merged model: {out}")  # noqa: T201
