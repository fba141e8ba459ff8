"""Sweep over merge parameters: a grid of merges, each scored on a suite of dev splits.

Each evaluation is kept as a run under a hash of everything that decides it, so a sweep that was stopped resumes, and a
sweep with another value evaluates only that value. Merged models are scored and removed; the best one's recipe is kept.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from itertools import product
from pathlib import Path

import yaml
from msgspec import json

from mnlu_instruct import folders, yaml_files
from mnlu_instruct.catalogue import suites
from mnlu_instruct.catalogue.suites import Suite
from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.evaluation import result_keys, subprocess_run
from mnlu_instruct.evaluation.evaluate import SCORES
from mnlu_instruct.evaluation.scorecard import Scorecard
from mnlu_instruct.evaluation.subprocess_run import Asking
from mnlu_instruct.merging import run, sweep_page, weights
from mnlu_instruct.merging.recipe import MERGE_PARAMETERS, MergeRecipe
from mnlu_instruct.merging.sweep_result import Sweep, System

Grid = Mapping[str, tuple[float, ...]]
"""The values of each parameter that is varied."""

Making = Callable[[], AbstractContextManager[Path]]
"""Makes a model that exists within its context only, while it is scored."""

TUNED = "tuned"
RECIPE, SWEEP, PAGE, BEST = "sweep.yaml", "sweep.json", "sweep.html", "best.yaml"
MERGED, RUNS = "merged", "runs"


def parse(words: Sequence[str], recipe: MergeRecipe) -> Grid:
    """Parse a grid: words such as `weight=0.3,0.5`.

    Raises:
        UserError: a name that is no parameter of the recipe's method, a parameter given twice, or values that aren't
            numbers.
    """
    found: dict[str, tuple[float, ...]] = {}
    for word in words:
        name, _, values = word.partition("=")
        if name not in MERGE_PARAMETERS[recipe.method]:
            raise unknown(f"parameter of method '{recipe.method}':", name, MERGE_PARAMETERS[recipe.method])
        try:
            found[name] = tuple(dict.fromkeys(float(value) for value in values.split(",")))
        except ValueError as error:
            raise UserError(f"'{word}' is not a parameter with a list of numbers.", f"write {name}=0.3,0.5.") from error
    if len(found) < len(words):
        raise UserError("A parameter of the grid is given twice.", "put its values together, as in weight=0.3,0.5.")
    return found


def cells(recipe: MergeRecipe, varied: Grid) -> list[MergeRecipe]:
    """The merge recipes of a grid, with the last parameter varying fastest.

    Raises:
        UserError: a value is invalid for its parameter.
    """
    written = recipe.model_dump()
    combinations = (dict(zip(varied, values, strict=True)) for values in product(*varied.values()))
    return [yaml_files.validated(MergeRecipe, written | values, "the grid") for values in combinations]


def sweep(recipe: MergeRecipe, words: Sequence[str], asking: Asking, say: Callable[[str], None]) -> Sweep:
    """As `merging.sweep`."""
    suite = suites.load(asking.suite)
    _check(suite)
    varied = parse(words, recipe)
    merges = cells(recipe, varied)
    folder = recipe.out.with_name(f"{recipe.out.name}-sweep")
    folders.check(folder, overwrite=True, mark=RECIPE)
    with folders.locked(folder, f"Another process is writing {folder}."):
        _write(folder / RECIPE, recipe)
        models = [weights.hashes(one) for one in (weights.find(weights.local(recipe.base)), run.stored(recipe.tuned))]
        asked = [models, result_keys.answers(suite, asking)]
        tuned = partial(run.whole, recipe, weights.local(recipe.base))
        making: list[tuple[dict[str, float], Making]] = [({}, tuned)]
        for cell in merges:
            passing = cell.model_copy(update={"out": folder / MERGED})
            making.append((cell.parameters, partial(run.temporary, passing)))
        found = []
        for number, (parameters, made) in enumerate(making):
            shown = {name: parameters[name] for name in varied if name in parameters}
            say(f"{named(shown)} ({number} of {len(merges)} merges)" if number else named(shown))
            name = result_keys.key([*asked, recipe.method, recipe.dtype, parameters])
            scores = _scored(folder / RUNS / name, asking, made)
            found.append(_system(shown, scores, suite))
        swept = Sweep(folder, recipe.method, suite.name, tuple(found))
        (folder / SWEEP).write_bytes(json.format(json.encode(swept, enc_hook=str), indent=2) + b"\n")
        _write(folder / BEST, merges[swept.systems.index(swept.best) - 1])
        sweep_page.write(swept, folder / PAGE)
    return swept


def named(parameters: Mapping[str, float]) -> str:
    """A system's name in tables: its parameters with their values."""
    return ", ".join(f"{name} {value:g}" for name, value in parameters.items()) or TUNED


def _check(suite: Suite) -> None:
    """Check that no parameter is chosen on a test set.

    Raises:
        UserError: the suite has a test set.
    """
    for dataset in suite.datasets:
        if dataset.split == "test":
            raise UserError(
                f"{dataset.name} of suite {suite.name} is a test set: it can't both choose parameters and judge them.",
                "use --suite dev, or a suite of your own with dev splits.",
            )


def _scored(out: Path, asking: Asking, making: Making) -> Scorecard:
    """A model's scores: those kept from before, or else of the model, which is made and evaluated now."""
    if not (out / SCORES).is_file():
        with making() as model:
            subprocess_run.evaluate(model, asking, out)
    return json.decode((out / SCORES).read_bytes(), type=Scorecard)


def _system(parameters: dict[str, float], card: Scorecard, suite: Suite) -> System:
    average, *_ = suite.average(card.values).values()
    return System(named(parameters), parameters, card, average)


def _write(path: Path, recipe: MergeRecipe) -> None:
    path.write_text(yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False), "utf-8")
