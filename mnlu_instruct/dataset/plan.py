"""The plan of a build: the corpora and splits that it reads, and why it leaves the others out."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from mnlu_instruct import corpora, tasks
from mnlu_instruct.dataset import documents
from mnlu_instruct.dataset.recipe import BuildRecipe
from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.sources import reading
from mnlu_instruct.sources.declaration import TEST, Corpus
from mnlu_instruct.sources.unit import Unit

DOMAINS = {"both": {"biomedical", "clinical"}}


class Plan(Struct, frozen=True):
    """The units of a build in their fixed order, each with its corpus; the corpora left out, with reasons."""

    units: dict[Unit, Corpus]
    unused: dict[str, str]


def plan(recipe: BuildRecipe, data: Path) -> Plan:
    """The units that a recipe reads.

    Corpora that the recipe names must have their files. If it names none, all training corpora that have their files
    are read. The user's own corpora are added in both cases.

    Raises:
        UserError: a named corpus is unknown, a test set, or lacks files; none is named, and none has its files; a list
            of documents can't be read; or a task has no corpus, unless the recipe says `short: accept`.
    """
    offered = _offered(recipe.corpora, recipe.own)
    _check_test_sets(recipe, offered)
    _check_names(recipe, offered)
    if recipe.corpora is None and not recipe.own:
        _check_data(offered, recipe, data)
    _check_mixture(recipe, offered)
    for path in recipe.documents.listed.values() if recipe.documents else ():
        documents.listed(path)
    units: dict[Unit, Corpus] = {}
    unused: dict[str, str] = {}
    for reference, corpus in sorted(offered.items()):
        if reason := _unused(reference, corpus, recipe, data):
            unused[corpus.name] = reason
        else:
            units.update({Unit(reference, split): corpus for split in _splits(corpus, recipe)})
    served = tasks.kinds(kind for corpus in units.values() for kind in corpus.tasks)
    for task in recipe.tasks:
        if served.isdisjoint(recipe.drawn_from(task)) and not (served and task != "qa" and recipe.short == "accept"):
            raise _without_corpus(task, offered, unused)
    return Plan(units, unused)


def _check_test_sets(recipe: BuildRecipe, offered: Mapping[str, Corpus]) -> None:
    """Check that nothing is read of corpora of test sets but the other splits, where the recipe names these.

    Raises:
        UserError: the recipe names no splits, or that of the test set.
    """
    if recipe.splits is not None and TEST not in recipe.splits:
        return
    for corpus in offered.values():
        if corpus.role == "eval":
            raise UserError(
                f"{corpus.name} is a test set, never training data.",
                "leave it out of the corpora; or, to fine-tune a model for it, name its other splits: --splits train.",
            )


def _check_names(recipe: BuildRecipe, offered: Mapping[str, Corpus]) -> None:
    """Check the names of excluded corpora and of splits; only splits of the corpora to choose from make sense."""
    known = {corpus.name for corpus in offered.values()} | corpora.registry().keys()
    if strange := set(recipe.exclude) - known:
        raise unknown("corpus", min(strange), known)
    splits = {split for corpus in offered.values() for split in corpus.splits}
    if others := set(recipe.splits or ()) - splits:
        raise unknown("split", min(others), splits)


def _check_data(offered: Mapping[str, Corpus], recipe: BuildRecipe, data: Path) -> None:
    """Check that at least one corpus has its files; the synthetic demo corpora never replace missing ones."""
    if all(_absent(corpus, recipe, data) for corpus in offered.values()):
        raise UserError(
            f"No training corpus has its files in {data}{'' if data.is_dir() else ', which is not a folder'}.",
            "set MNLU_DATA or --data-dir; 'mnlu fetch' downloads open corpora; "
            "'--corpora demo' or '--recipe demo' uses the bundled synthetic ones.",
        )


def _check_mixture(recipe: BuildRecipe, offered: Mapping[str, Corpus]) -> None:
    """Check the corpora that rates, lists, weights and caps name: they may be any for training, or that it reads."""
    declared = {name for name, corpus in corpora.registry().items() if corpus.role == "train"}
    known = declared | {corpus.name for corpus in offered.values()}
    for name in sorted(recipe.corpora_named - known):
        raise unknown("training corpus in rates, thin, documents, weights or caps:", name, known)


def _offered(names: tuple[str, ...] | None, own: tuple[str, ...]) -> dict[str, Corpus]:
    """The corpora to choose from, by reference, by which workers load them.

    If `names` has some of the user's own corpora, the others of them are left out.

    Raises:
        UserError: a corpus is unknown, or two corpora have the same name.
    """
    offered = corpora.training() if names is None else {}
    mine = {reference: corpus for path in own for reference, corpus in corpora.named(path).items()}
    chosen = {corpus.name for corpus in mine.values()}.intersection(names or ())
    offered |= {reference: corpus for reference, corpus in mine.items() if not chosen or corpus.name in chosen}
    for name in names or ():
        if name not in chosen:
            offered |= corpora.bundled() if name == corpora.DEMO else corpora.named(name)
    references: dict[str, str] = {}
    for reference, corpus in offered.items():
        first = references.setdefault(corpus.name, reference)
        if first != reference:
            raise UserError(
                f"{first} and {reference} are two corpora with the same name, '{corpus.name}'.",
                "give one of them another name, or leave one out.",
            )
    return offered


def _unused(reference: str, corpus: Corpus, recipe: BuildRecipe, data: Path) -> str | None:
    """Why this build doesn't use a corpus; None if it does.

    Raises:
        UserError: the recipe names the corpus by this reference, and its files are missing.
    """
    if recipe.kinds.isdisjoint(tasks.kinds(corpus.tasks)):
        return "has none of the requested tasks"
    if corpus.name in recipe.exclude:
        return "is excluded"
    if recipe.domain and corpus.domain not in DOMAINS.get(recipe.domain, {recipe.domain}):
        return f"is of the {corpus.domain} domain"
    if not _splits(corpus, recipe):
        return "has none of the requested splits"
    absent = _absent(corpus, recipe, data)
    if absent and (recipe.corpora is not None or reference not in corpora.registry()):
        raise UserError(
            f"{corpus.name} is not ready: {absent[0]} is missing in {reading.directory(corpus, data)}.",
            f"{corpus.source.advice}; 'mnlu corpora show {corpus.name}' says which files go where.",
        )
    return f"lacks {', '.join(absent)}" if absent else None


def _splits(corpus: Corpus, recipe: BuildRecipe) -> tuple[str, ...]:
    if recipe.splits is None:
        return corpus.training_splits
    return tuple(split for split in corpus.splits if split in recipe.splits)


def _absent(corpus: Corpus, recipe: BuildRecipe, data: Path) -> list[str]:
    """The file patterns of the corpus that match no file."""
    return [pattern for split in _splits(corpus, recipe) for pattern in reading.missing(corpus, data, split)]


def _without_corpus(task: str, offered: Mapping[str, Corpus], unused: Mapping[str, str]) -> UserError:
    """The error for a task that no corpus of the build has."""
    if task == "qa":
        return UserError(
            "Task 'qa' has no training corpus, on purpose: it is held out as the unseen task of the evaluation.",
            "leave qa out of --tasks.",
        )
    serving = [corpus.name for corpus in offered.values() if tasks.kinds([task]) & tasks.kinds(corpus.tasks)]
    reasons = "; ".join(f"{name} {unused[name]}" for name in serving) or "no corpus named here has it"
    return UserError(
        f"Task '{task}' has no instances: {reasons}.",
        f"leave the task out, go on without it ('--short accept'), or see 'mnlu corpora --task {task}'.",
    )
