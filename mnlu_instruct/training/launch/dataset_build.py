"""Build the data set of a training recipe first, if it doesn't exist; loads nothing of torch itself."""

import os
import shlex
from typing import Any

from mnlu_instruct import console
from mnlu_instruct.data_folder import filled_data_directory
from mnlu_instruct.dataset import manifest
from mnlu_instruct.dataset.build import Draft, draft, write
from mnlu_instruct.dataset.recipe import BuildRecipe, build_recipe
from mnlu_instruct.errors import UserError
from mnlu_instruct.training.recipe import TrainRecipe
from mnlu_instruct.workers import process_pool

DEFAULT_LENGTH = 1024
"""TRL's default of `max_length`."""


def ensure(recipe: TrainRecipe) -> Draft | None:
    """Build the recipe's data set if its folder doesn't exist; do nothing if the recipe names no `build`.

    Returns:
        The data set that was built, or None.

    Raises:
        UserError: the folder was built by another recipe; or the data set can't be built.
    """
    if recipe.build is None:
        return None
    if recipe.data.exists():
        _check(recipe, recipe.build)
        return None
    console.notice(f"{recipe.data} doesn't exist; building it first: {command(recipe)}")
    with process_pool(len(os.sched_getaffinity(0))) as pool, console.progress() as progress:
        drafted = draft(build_for(recipe), filled_data_directory().absolute(), pool, progress)
        write(drafted, recipe.data.absolute(), pool, progress)
    return drafted


def check_built(recipe: TrainRecipe, source: str) -> None:
    """Check that the recipe's data set exists, and is the one that the recipe would build.

    Args:
        recipe: the recipe.
        source: its name or path, for the hint.

    Raises:
        UserError: it doesn't exist (the hint has the command that makes it); or it was built by another recipe.
    """
    if not recipe.data.exists():
        by = command(recipe) if recipe.build else f"mnlu build --out {shlex.quote(str(recipe.data))}"
        first = f"run 'mnlu train {source}' on one machine, which builds it first, or" if recipe.build else "run"
        raise UserError(f"The data set {recipe.data} doesn't exist.", f"{first} '{by}'.")
    if recipe.build:
        _check(recipe, recipe.build)


def build_for(recipe: TrainRecipe) -> BuildRecipe:
    """The build recipe that `build` names, with the base model's tokenizer and `max_length` as its length budget.

    Raises:
        UserError: there is no such build recipe, or it is wrong.
    """
    return build_recipe(recipe.build, _limits(recipe))


def command(recipe: TrainRecipe) -> str:
    """The `mnlu build` command that makes the recipe's data set."""
    limits = [part for name, value in _limits(recipe).items() for part in (f"--{name.replace('_', '-')}", str(value))]
    return shlex.join(["mnlu", "build", "--recipe", str(recipe.build), *limits, "--out", str(recipe.data)])


def _limits(recipe: TrainRecipe) -> dict[str, Any]:
    """What a training adds to its build recipe, unless that has a length budget itself, or the model is new."""
    if recipe.model.base is None or build_recipe(recipe.build, {}).max_tokens is not None:
        return {}
    return {
        "max_tokens": recipe.trainer.get("max_length", DEFAULT_LENGTH),
        "tokenizer": recipe.model.base,
        **({"template": recipe.model.template} if recipe.model.template else {}),
    }


def _check(recipe: TrainRecipe, build: str) -> None:
    """Check that the data set was built by the recipe; the lengths of rows are checked on the rows themselves."""
    stated, declared = manifest.read(recipe.data)["recipe"], build_recipe(build, {}).model_dump(mode="json")
    for key in declared.keys() - _limits(recipe).keys():
        if stated.get(key) != declared[key]:
            raise UserError(
                f"{recipe.data} was built by another recipe than {build}: its {key} is {stated.get(key)}, "
                f"not {declared[key]}.",
                f"give another folder as `data`, remove {recipe.data}, or leave `build` out (--set build=null) to "
                "train on it as it is.",
            )
