"""`mnlu build`: corpus files → records → instances → sampled instances → shards of rows, manifest, card, drops.

Instances are made once and stored (`store`). A build counts and ranks them, draws a sample, and renders it.
"""

import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path

import numpy as np
from msgspec import Struct, json, structs

from mnlu_instruct import corpora, folders, interruption, tasks, workers
from mnlu_instruct.dataset import card, code_fingerprint, manifest, rendering, rows
from mnlu_instruct.dataset.apportionment import check_most
from mnlu_instruct.dataset.layout import ROWS, Layout, layout
from mnlu_instruct.dataset.manifest import Manifest
from mnlu_instruct.dataset.mixture import Mixture, mix
from mnlu_instruct.dataset.plan import Plan, plan
from mnlu_instruct.dataset.recipe import BuildRecipe
from mnlu_instruct.dataset.rendering import PIECES, Dealt, Part, Shard, deal, gather
from mnlu_instruct.dataset.shards import batches
from mnlu_instruct.dataset.units import Survey, count, survey
from mnlu_instruct.errors import UserError
from mnlu_instruct.leakage import examples
from mnlu_instruct.leakage.duplicates import duplicates
from mnlu_instruct.leakage.report import Cell
from mnlu_instruct.leakage.search import leaked
from mnlu_instruct.prompting import packs
from mnlu_instruct.sources import reading
from mnlu_instruct.sources.unit import Unit
from mnlu_instruct.workers import Progress

CARD, DROPPED = "README.md", "dropped.jsonl"
FILES = (manifest.NAME, CARD, DROPPED)
"""The files of a data set besides its shards."""

SPLIT = frozenset({"ner", "ete", "eae", "eac"})
"""The kinds of questions of which the length budget can make several."""


class Draft(Struct, frozen=True):
    """A build before anything is written; `leaks` is None if no suite was searched for."""

    recipe: BuildRecipe
    plan: Plan
    surveys: tuple[Survey, ...]
    mixture: Mixture
    leaks: tuple[Cell, ...] | None


def draft(recipe: BuildRecipe, data: Path, pool: Executor | None, progress: Progress) -> Draft:
    """Survey all units and draw the mixture.

    Raises:
        UserError: a corpus can't be read, or a task has fewer instances than its share.
    """
    planned = plan(recipe, data)
    packs.load(recipe.pack).check(tasks.kinds(recipe.tasks))
    sizes = [_bytes(unit, planned, data) for unit in planned.units]
    if recipe.tokenizer and recipe.n and recipe.short == "error":  # counting tokens takes minutes
        counting = [(count, (unit, recipe, data)) for unit in planned.units]
        counts = workers.spread(counting, pool, progress, "asking", sizes)
        whole = {task for task in recipe.tasks if SPLIT.isdisjoint(tasks.members(task))}
        check_most(recipe, {task: sum(one[task] for one in counts) for task in whole})
    excluded, leaks = _excluded(recipe, list(planned.units), data, pool, progress)
    calls = [(survey, (unit, recipe, data, excluded[unit])) for unit in planned.units]
    surveys = workers.spread(calls, pool, progress, "reading", sizes)
    tokens = {one.unit: one.tokens for one in surveys} if recipe.tokenizer else None
    mixture = mix(surveys, planned.units, recipe, tokens)
    # Ranks take memory for every question of the corpora, and are no longer needed.
    return Draft(recipe, planned, tuple(structs.replace(one, ranks={}) for one in surveys), mixture, leaks)


def _excluded(
    recipe: BuildRecipe, wanted: Sequence[Unit], data: Path, pool: Executor | None, progress: Progress
) -> tuple[dict[Unit, dict[str, tuple[str, str]]], tuple[Cell, ...] | None]:
    """The documents of each unit to leave out, with stage and reason; the overlap with test sets, if searched for."""
    excluded: dict[Unit, dict[str, tuple[str, str]]] = {unit: {} for unit in wanted}
    leaks = None
    if quotes := packs.load(recipe.pack).quoted({corpora.get(unit.corpus).name for unit in wanted}):
        _check_examples(quotes, recipe, data)
        for unit, quoted in examples.quoted(wanted, quotes.values(), data, pool, progress).items():
            excluded[unit] |= dict.fromkeys(quoted, ("example", examples.QUOTED))
    if recipe.exclude_leaks:
        found = leaked(wanted, recipe.exclude_leaks, data, pool, progress)
        leaks = tuple(found.cells)
        for unit, groups in found.groups.items():
            excluded[unit] |= {group: ("leak", reason) for group, reason in groups.items()}
    if recipe.duplicates != "keep":
        gone = {group for groups in excluded.values() for group in groups}
        copies = duplicates(wanted, recipe.duplicates, data, pool, progress, gone)
        for unit, groups in copies.by_unit().items():
            excluded[unit] |= {group: ("duplicate", reason) for group, reason in groups.items()}
    return excluded, leaks


def _check_examples(quotes: Mapping[str, str], recipe: BuildRecipe, data: Path) -> None:
    """Check that no example in the pack's instructions is of a test set whose leaks are left out.

    Raises:
        UserError: one is.
    """
    if recipe.exclude_leaks:
        for place, reason in examples.in_test_sets(quotes, (recipe.exclude_leaks,), data).items():
            raise UserError(
                f"Pack '{recipe.pack}': the input of the example {place} {reason}.",
                "take it out of instructions.yaml, or choose a variant of the pack without examples.",
            )


def write(drafted: Draft, out: Path, pool: Executor | None, progress: Progress) -> Manifest:
    """Render the drawn instances into the folder `out`, replacing it; it is written completely or not at all.

    If the same build was interrupted before, its finished shards are kept.
    """
    with folders.resumable_folder(out, key(drafted)) as folder, interruption.keeping(partial(_kept, folder)):
        dealt, shards = _shards(drafted, folder, pool, progress)
        pack = packs.load(drafted.recipe.pack).label
        made = manifest.make(
            drafted.recipe, pack, drafted.plan, drafted.surveys, drafted.mixture, drafted.leaks, dealt, shards
        )
        first = next(batches(folder, rows.SCHEMA.names, rows=1)).to_pylist()[0]
        (folder / CARD).write_text(card.render(made, first), "utf-8")
        (folder / DROPPED).write_bytes(b"".join(_dropped(drafted)))
        manifest.write(made, folder)
        for path in set(folder.iterdir()) - {folder / name for name in (*FILES, *(shard.name for shard in shards))}:
            path.unlink()  # pieces, sheets, and remains of a killed build
    return made


def _shards(drafted: Draft, folder: Path, pool: Executor | None, progress: Progress) -> tuple[list[Dealt], list[Shard]]:
    """Write all shards into a folder, which also gets the pieces that they are made of.

    Raises:
        UserError: no document, or each, is in the validation split.
    """
    parts, recipe = list(_parts(drafted)), drafted.recipe
    sizes = [int(part.times.sum()) for part in parts]
    of_splits = [(part.unit.split, size) for part, size in zip(parts, sizes, strict=True)]
    planned = layout(recipe.order, recipe.validation, recipe.seed, of_splits)
    files = [folder / f"part-{part.index:05}{PIECES}" for part in parts]
    calls = [(deal, (part, recipe, planned, file)) for part, file in zip(parts, files, strict=True)]
    dealt = workers.spread(calls, pool, progress, "rendering", sizes)
    pieces: list[list[tuple[Path, int]]] = [[] for _ in planned.names]
    for one, file in zip(dealt, files, strict=True):
        for number, shard in enumerate(one.shards):
            pieces[shard].append((file, number))
    filled = [bool(own) for own in pieces]
    _check_split(recipe, planned, filled)
    train, _ = planned.shards
    written = structs.replace(planned, shards=(sum(filled[:train]), sum(filled[train:])))
    named = zip(filter(None, pieces), written.names, strict=True)
    gathering = [(gather, (own, folder / name)) for own, name in named]
    return dealt, workers.spread(gathering, pool, progress, "writing")


def _kept(folder: Path) -> str:
    """What an interrupted build has kept."""
    count = len(list(folder.glob(f"*{rendering.SHEET}")))
    return f"{count:,} finished files are kept in {folder.parent}, for the same build." if count else ""


def _check_split(recipe: BuildRecipe, planned: Layout, filled: Sequence[bool]) -> None:
    """Check that both splits have rows, if there are to be two."""
    train, validation = planned.shards
    if validation and not (any(filled[:train]) and any(filled[train:])):
        empty = "validation" if any(filled[:train]) else "training"
        raise UserError(
            f"With validation: {_words(recipe.validation)}, no document that was drawn is in the {empty} split.",
            "choose another fraction or split, or draw more rows (n).",
        )


def _words(validation: float | tuple[str, ...] | None) -> str:
    return f"[{', '.join(validation)}]" if isinstance(validation, tuple) else str(validation)


def _parts(drafted: Draft) -> Iterator[Part]:
    """The parts of the data set, in the order of the units."""
    index = itertools.count()
    kept = {survey.unit: survey.kept for survey in drafted.surveys}
    for unit in drafted.plan.units:
        ordinals, times = np.unique(np.concatenate([*drafted.mixture.chosen[unit].values()]), return_counts=True)
        for start in range(0, len(ordinals), ROWS):
            some = slice(start, start + ROWS)
            yield Part(next(index), unit, kept[unit], ordinals[some], times[some])


def key(drafted: Draft) -> str:
    """A hash of everything that decides the bytes of the shards; builds with the same key can resume each other.

    The drawn rows are part of it: with the same recipe, they differ if the test sets whose leaks are left out differ.
    """
    pack = packs.load(drafted.recipe.pack).label
    recipe = drafted.recipe.model_dump(mode="json")
    code = code_fingerprint.code(Path(rendering.__file__), Path(__file__))
    digest = hashlib.blake2b(json.encode([recipe, pack, code, manifest.versions()], order="sorted"), digest_size=8)
    for part in _parts(drafted):
        digest.update(part.kept.name.encode() + part.ordinals.tobytes() + part.times.tobytes())
    return digest.hexdigest()


def _bytes(unit: Unit, planned: Plan, data: Path) -> int:
    """The size of a unit's files in bytes, plus one, so that no unit has size 0."""
    return 1 + sum(path.stat().st_size for path in reading.input_files(planned.units[unit], data, unit.split))


def _dropped(drafted: Draft) -> Iterator[bytes]:
    """The lines of `dropped.jsonl`, one for each example of a drop."""
    for one in drafted.surveys:
        place = {"corpus": drafted.plan.units[one.unit].name, "split": one.unit.split}
        for entry, _ in one.ledger.rows("dropped"):
            for example in one.ledger.examples[entry]:
                yield json.encode({**place, "stage": entry.stage, "reason": entry.reason, "example": example}) + b"\n"
