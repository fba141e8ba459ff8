"""Corpus files → documents → instances → chosen → rendered shards, with manifest, card, and examples of drops.

Two passes over the corpora: the first counts and ranks what can be drawn, the second renders what was drawn.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path

from msgspec import Struct, json

from mnlu_instruct import card, folders, manifest, prompts, reading, workers
from mnlu_instruct.manifest import Manifest
from mnlu_instruct.mixture import Mixture, mix
from mnlu_instruct.planning import Plan, plan
from mnlu_instruct.recipe import BuildRecipe
from mnlu_instruct.units import Job, Survey, Unit, survey, write_shard

Progress = Callable[[str, float], None]
"""Told the name of a stage and the share of it that is done."""

DROPPED = "dropped.jsonl"


class Draft(Struct, frozen=True):
    """A build up to the point where something is written."""

    recipe: BuildRecipe
    plan: Plan
    job: Job
    surveys: tuple[Survey, ...]
    mixture: Mixture


def draft(recipe: BuildRecipe, data: Path, pool: Executor | None, progress: Progress) -> Draft:
    """Survey all units and draw the mixture.

    Raises:
        UserError: a corpus can't be read, or a task is short.
    """
    planned = plan(recipe, data)
    prompts.load(recipe.pack)
    job = Job(data, recipe.tasks, recipe.pack, recipe.seed, recipe.max_tokens, recipe.tokenizer)
    calls = [(survey, (unit, job)) for unit in planned.units]
    surveys = workers.run(calls, pool, _counting("reading", list(planned.units), planned, data, progress))
    return Draft(recipe, planned, job, tuple(surveys), mix(surveys, planned.units, recipe))


def write(drafted: Draft, out: Path, pool: Executor | None, progress: Progress) -> Manifest:
    """Render what was drawn into the folder `out`, which appears whole or not at all; what was there is replaced."""
    chosen = drafted.mixture.chosen
    units = [unit for unit in drafted.plan.units if any(map(len, chosen[unit].values()))]
    with folders.appearing(out) as folder:
        paths = [folder / f"train-{index:05}-of-{len(units):05}.parquet" for index in range(len(units))]
        calls = [
            (write_shard, (unit, drafted.job, chosen[unit], path)) for unit, path in zip(units, paths, strict=True)
        ]
        counting = _counting("writing", units, drafted.plan, drafted.job.data, progress)
        shards = workers.run(calls, pool, counting)
        pack = prompts.load(drafted.recipe.pack).label
        made = manifest.make(drafted.recipe, pack, drafted.plan, drafted.surveys, drafted.mixture, shards)
        manifest.write(made, folder)
        (folder / "README.md").write_text(card.render(made, list(drafted.plan.units.values())), "utf-8")
        (folder / DROPPED).write_bytes(b"".join(_dropped(drafted)))
    return made


def _counting(
    stage: str, units: Sequence[Unit], planned: Plan, data: Path, progress: Progress
) -> Callable[[int], None]:
    """What to call when a unit ends: it adds the unit's bytes (one more, for empty files) to the stage's progress."""
    sizes = [
        1 + sum(path.stat().st_size for path in reading.input_files(planned.units[unit], data, unit.split))
        for unit in units
    ]
    finished: list[int] = []
    progress(stage, 0.0)

    def done(index: int) -> None:
        finished.append(sizes[index])
        progress(stage, sum(finished) / sum(sizes))

    return done


def _dropped(drafted: Draft) -> Iterator[bytes]:
    """One line an example of something dropped."""
    for one in drafted.surveys:
        place = {"corpus": drafted.plan.units[one.unit].name, "split": one.unit.split}
        for entry, _ in one.ledger.rows("dropped"):
            for example in one.ledger.examples[entry]:
                yield json.encode({**place, "stage": entry.stage, "reason": entry.reason, "example": example}) + b"\n"
