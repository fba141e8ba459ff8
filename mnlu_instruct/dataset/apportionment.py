"""How many rows each task gets: `n` divided by weights, within caps and the available instances."""

import math
from bisect import bisect_left
from collections.abc import Mapping
from fractions import Fraction

from mnlu_instruct.dataset.recipe import BuildRecipe
from mnlu_instruct.errors import UserError


def shares(recipe: BuildRecipe, available: Mapping[str, int]) -> dict[str, int]:
    """The number of rows of each requested task; with `short: repeat`, it can exceed the task's instances.

    `n` over k tasks of equal weight gives n // k each, and one more to the first tasks in the fixed order until n is
    reached. Without `n`, every instance is drawn.

    Args:
        recipe: tasks, n, weights, caps, and what to do if a task is short.
        available: the instances of each task after rates and caps.

    Raises:
        UserError: n is too small for the tasks, or there are too few instances for n.
    """
    if recipe.n is None:
        return dict(available)
    if recipe.n < len(available):
        raise UserError(
            f"--n {recipe.n} is smaller than the number of tasks, {len(available)}.",
            f"ask for {len(available)} instances or more.",
        )
    found = _divided(recipe, recipe.n, available if recipe.short == "redistribute" else {})
    if recipe.short == "accept":
        return {task: min(share, available[task]) for task, share in found.items()}
    if lacking := [task for task, share in found.items() if available[task] < share and recipe.short == "error"]:
        numbers = "; ".join(f"{task} has {available[task]:,} of {found[task]:,}" for task in lacking)
        raise UserError(
            f"Too few instances: {numbers}.",
            "'--short accept' takes all there are, 'repeat' and 'redistribute' fill up; "
            f"the largest --n that all tasks can fill is {_fillable(recipe, available)}.",
        )
    if sum(found.values()) < recipe.n:
        raise _too_few(recipe, found)
    if empty := [task for task, share in found.items() if not share]:
        weight = recipe.weights.tasks.get(empty[0], 1.0)
        raise UserError(
            f"--n {recipe.n} gives no rows to task '{empty[0]}', whose weight is {weight:g}.",
            "raise --n or the weight, or leave the task out.",
        )
    return found


def check_most(recipe: BuildRecipe, most: Mapping[str, int]) -> None:
    """Check, before lengths are counted, that tasks can fill their shares at all.

    Args:
        recipe: as `shares`, with `n`.
        most: the most instances that a task can have, of tasks of which that is known.

    Raises:
        UserError: a task has too few.
    """
    found = _divided(recipe, recipe.n or 0, {})
    if lacking := [task for task in recipe.tasks if most.get(task, found[task]) < found[task]]:
        numbers = "; ".join(f"{task} has {most[task]:,} of {found[task]:,}" for task in lacking)
        raise UserError(
            f"Too few instances, even before any is left out for its length: {numbers}.",
            "'--short accept' takes all there are, 'repeat' and 'redistribute' fill up; or ask for a smaller --n.",
        )


def _divided(recipe: BuildRecipe, n: int, available: Mapping[str, int]) -> dict[str, int]:
    """`n` divided over the tasks, within their caps and `available` (a task that is not in it has no limit)."""
    weights = {task: recipe.weights.tasks.get(task, 1.0) for task in recipe.tasks}
    limits = {task: min(recipe.caps.rows.tasks.get(task, n), available.get(task, n)) for task in recipe.tasks}
    return apportion(n, weights, limits)


def _too_few(recipe: BuildRecipe, found: Mapping[str, int]) -> UserError:
    """The error for an n that exceeds the instances, or the caps on tasks."""
    total = f"{sum(found.values()):,}"
    each = ", ".join(f"{task} {count:,}" for task, count in found.items())
    if recipe.short == "redistribute":
        return UserError(
            f"Too few instances: all tasks together have {total} of {recipe.n:,} ({each}).",
            f"ask for --n {sum(found.values())} or fewer, or '--short repeat'.",
        )
    return UserError(
        f"The caps on tasks allow {total} rows ({each}), fewer than --n {recipe.n:,}.",
        "lower --n, or take fewer rows with '--short accept'.",
    )


def _fillable(recipe: BuildRecipe, available: Mapping[str, int]) -> int:
    """The largest n whose shares all tasks can fill; a binary search, since no share shrinks when n grows."""

    def lacks(n: int) -> bool:
        return any(available[task] < share for task, share in _divided(recipe, n, {}).items())

    assert recipe.n is not None
    return bisect_left(range(recipe.n + 1), True, key=lacks) - 1


def apportion(n: int, weights: Mapping[str, float], limits: Mapping[str, int]) -> dict[str, int]:
    """Divide `n` rows in proportion to weights, each within its limit; fewer than `n` if all limits are reached.

    The next row always goes to the name with the largest weight / (rows so far + ½) that is below its limit, the first
    in a tie: the divisor method of Webster and Sainte-Laguë. Unlike with largest remainders, no share shrinks when `n`
    grows.
    """
    exact = {name: Fraction(weight) for name, weight in weights.items()}
    given = dict.fromkeys(exact, 0)
    waiting = [name for name in exact if limits[name]]
    while n and waiting:
        total = sum(exact[name] for name in waiting)
        # A share is never smaller than its quota by half the number of shares and a half.
        sure = {name: math.floor(n * exact[name] / total) - len(waiting) for name in waiting}
        if full := [name for name in waiting if limits[name] <= sure[name]]:
            given |= {name: limits[name] for name in full}
            n -= sum(limits[name] for name in full)
            waiting = [name for name in waiting if name not in full]
            continue
        given |= {name: max(sure[name], 0) for name in waiting}
        for _ in range(n - sum(given[name] for name in waiting)):
            waiting = [name for name in waiting if given[name] < limits[name]]
            if waiting:
                given[max(waiting, key=lambda name: exact[name] / (2 * given[name] + 1))] += 1
        break
    return given
