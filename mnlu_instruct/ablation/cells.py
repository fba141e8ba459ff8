"""The grid of an ablation: its cells, and the jobs that fill them, each thing in a folder named by what decides it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from mnlu_instruct import __version__, corpora
from mnlu_instruct.ablation.recipe import AblationRecipe, Series, Varied, named
from mnlu_instruct.catalogue import suites as benchmarks
from mnlu_instruct.catalogue.suites import Suite
from mnlu_instruct.dataset import build, code_fingerprint, manifest
from mnlu_instruct.dataset.plan import plan
from mnlu_instruct.dataset.recipe import BuildRecipe
from mnlu_instruct.declarations import validated
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import cache_keys, engines
from mnlu_instruct.evaluation.few_shot import KINDS
from mnlu_instruct.evaluation.questions import TRAIN
from mnlu_instruct.evaluation.subprocess_run import Asking
from mnlu_instruct.merging.recipe import MergeRecipe
from mnlu_instruct.prompting import packs
from mnlu_instruct.sources import reading
from mnlu_instruct.training.identity import settled
from mnlu_instruct.training.launch.dataset_build import DEFAULT_LENGTH
from mnlu_instruct.training.recipe import ModelRecipe, TrainRecipe, train_recipe

BASES, BUILDS, MODELS, RUNS = "bases", "builds", "models", "runs"
SUITE = "suite.yaml"
LACKS = "lacks "
"""How a plan's reason begins for a corpus without its files."""
VOCABULARY = 20_000
"""Rows, of all that any cell is built from, on which the vocabulary of a new model is trained."""


class Build(Struct, frozen=True):
    """A data set to build."""

    key: str
    recipe: BuildRecipe
    folder: Path


class Training(Struct, frozen=True):
    """A model to train; of a new base, one to make."""

    key: str
    recipe: TrainRecipe
    folder: Path


class Run(Struct, frozen=True):
    """An evaluation: of which system, with which seed, of which model or merge, how, and where it is kept."""

    system: str
    seed: int
    model: str
    merge: MergeRecipe | None
    asking: Asking
    folder: Path


class Job(Struct, frozen=True):
    """What is done in one go: a data set, a model trained on it, and all evaluations of that model.

    Attributes:
        name: for people.
        base: a new model, which the others start from, with the data set of its vocabulary.
        trained: the data set and the training; nothing is trained for a baseline.
        runs: the evaluations.
    """

    name: str
    base: tuple[Build, Training] | None
    trained: tuple[Build, Training] | None
    runs: tuple[Run, ...]


class Grid(Struct, frozen=True):
    """An ablation, resolved.

    Attributes:
        folder: where its table and its figure go.
        suite: of the data sets that the mean is over.
        jobs: in the order in which they are done, one for each training and one for each baseline.
        lacking: what isn't there and is gone without, corpora and data sets, each with the reason.
        failures: the cells that can't be, by (system, seed), each with the reason.
    """

    recipe: AblationRecipe
    folder: Path
    data: Path
    suite: Suite
    jobs: tuple[Job, ...]
    lacking: dict[str, str]
    failures: dict[tuple[str, int], str]

    @property
    def runs(self) -> dict[tuple[str, int], Run]:
        """The evaluations by system and seed."""
        return {(run.system, run.seed): run for job in self.jobs for run in job.runs}

    @property
    def builds(self) -> dict[str, Build]:
        """The data sets of cells by system, of the first seed."""
        first = self.recipe.seeds[0]
        return {run.system: job.trained[0] for job in self.jobs if job.trained for run in job.runs if run.seed == first}


def resolve(recipe: AblationRecipe, name: str, out: Path, data: Path, launcher: Sequence[str]) -> Grid:
    """The grid of a recipe. Corpora and data sets whose files aren't there are left out, and named.

    Args:
        recipe: the ablation.
        name: of its folder.
        out: the folder that it shares with other ablations: what they have in common is made once.
        data: the data directory.
        launcher: arguments of `accelerate launch`.

    Raises:
        UserError: the training recipe or the suite is wrong, no data set of it is there, or a corpus is unknown.
    """
    suite = _suite(recipe)
    lacking = {one.name: reason for one in suite.datasets if (reason := one.lacks(data))}
    if len(lacking) == len(suite.datasets):
        raise UserError(f"No data set of {recipe.title} is there.", "'mnlu corpora --role eval' lists what is missing.")
    lacking |= _without_examples(recipe, suite, data)
    asking = Asking(str(out / name / SUITE), recipe.engine, data, recipe.limit, bool(lacking), too_long=recipe.too_long)
    resolver = _Resolver(recipe, out, data, suite, asking, tuple(launcher), lacking)
    jobs = tuple(_joined(resolver.baselines(), resolver.cells()))
    return Grid(recipe, out / name, data, suite, jobs, dict(sorted(lacking.items())), resolver.failures)


class _Resolver:
    """What all cells of an ablation share, while they are resolved."""

    def __init__(
        self,
        recipe: AblationRecipe,
        out: Path,
        data: Path,
        suite: Suite,
        asking: Asking,
        launcher: tuple[str, ...],
        lacking: dict[str, str],
    ) -> None:
        self.recipe, self.out, self.data, self.suite, self.asking = recipe, out, data, suite, asking
        self.launcher, self.lacking = launcher, lacking
        self.failures: dict[tuple[str, int], str] = {}
        self.training = train_recipe(recipe.train)
        self.base = self._new(self.training) if self.training.model.base is None else None

    def baselines(self) -> Iterator[Job]:
        """A job a baseline."""
        first = self.recipe.seeds[0]
        for one in self.recipe.baselines:
            model = one.model or self._base().base
            assert model is not None
            asking = _asking(self.asking, self.recipe.pack, one.engine, one.shots)
            made_of = self._content(model) if one.engine is None else model
            run = self._run(one.name, first, made_of, model, None, asking)
            yield Job(one.name, self.base if one.model is None and one.engine is None else None, None, (run,))

    def cells(self) -> Iterator[Job]:
        """A job a cell and seed; all cells with the first seed, then all with the next."""
        for seed in self.recipe.seeds:
            for series in self.recipe.series:
                for point in series.points:
                    name = named(series.name, point.at)
                    try:
                        yield self._cell(name, self.recipe.inside(series).inside(point), seed)
                    except UserError as error:
                        self.failures[name, seed] = str(error.message)

    def _cell(self, name: str, varied: Varied, seed: int) -> Job:
        base = self._base()
        trainer = {**self.training.trainer, **varied.trainer, "seed": seed}
        limits = {"max_tokens": trainer.get("max_length", DEFAULT_LENGTH), "tokenizer": base.base}
        built = self._build(varied.build, {**limits, "seed": seed})
        recipe = self.training.model_copy(update={"model": base, "data": built.folder, "build": None})
        recipe = recipe.model_copy(update={"trainer": trainer})
        content = recipe.model_copy(update={"model": base.model_copy(update={"base": self._content(str(base.base))})})
        key = cache_keys.key([built.key, settled(content), self.launcher, __version__])
        folder = self.out / MODELS / key
        trained = recipe.model_copy(update={"trainer": {**trainer, "output_dir": str(folder)}})
        merge = _merge(varied.merge, str(base.base), folder, self.out) if varied.merge else None
        asking = _asking(self.asking, varied.pack)
        run = self._run(name, seed, key, str(folder), merge, asking)
        return Job(f"{name}, seed {seed}", self.base, (built, Training(key, trained, folder)), (run,))

    def _run(self, system: str, seed: int, made_of: str, model: str, merge: MergeRecipe | None, asking: Asking) -> Run:
        how = merge and merge.model_dump(mode="json", exclude={"base", "tuned", "out"})
        key = cache_keys.key([made_of, how, cache_keys.answers(self.suite, asking)])
        return Run(system, seed, model, merge, asking, self.out / RUNS / key)

    def _build(self, varied: Mapping[str, Any], decided: Mapping[str, Any]) -> Build:
        recipe = self._present(validated(BuildRecipe, {**varied, **decided}, "build"))
        planned = plan(recipe, self.data)
        inputs = [(unit.corpus, unit.split) for unit in planned.units]
        self.lacking |= {
            corpus: _shortened(reason.removeprefix(LACKS).split(", "))
            for corpus, reason in planned.unused.items()
            if reason.startswith(LACKS)
        }
        if recipe.exclude_leaks:
            there = benchmarks.load(recipe.exclude_leaks).datasets
            inputs += [(one.corpus, one.split) for one in there if not one.lacks(self.data)]
        stated = recipe.model_dump(mode="json") | {
            "tokenizer": self._content(recipe.tokenizer) if recipe.tokenizer else None
        }
        code = code_fingerprint.code(Path(build.__file__))
        files = cache_keys.splits(inputs, self.data)
        key = cache_keys.key([stated, packs.load(recipe.pack).label, files, code, manifest.versions()])
        return Build(key, recipe, self.out / BUILDS / key)

    def _present(self, recipe: BuildRecipe) -> BuildRecipe:
        """The recipe without corpora that it names and that aren't there, unless none would be left."""
        named_ones = recipe.corpora or ()
        absent = {
            name: reason for name in named_ones if name != corpora.DEMO and (reason := _absent(name, recipe, self.data))
        }
        self.lacking |= absent
        there = tuple(name for name in named_ones if name not in absent)
        if named_ones and not there:
            raise UserError(
                f"None of its {len(named_ones)} corpora is there: {', '.join(named_ones)}.",
                "'mnlu corpora' lists them.",
            )
        return recipe.model_copy(update={"corpora": there}) if absent else recipe

    def _new(self, recipe: TrainRecipe) -> tuple[Build, Training]:
        """A new model, and the data set that its vocabulary is made of: of all tasks and corpora of all cells."""
        builds = [self.recipe.inside(series).inside(point).build for series, point in _points(self.recipe.series)]
        gathered = {**self.recipe.build, **_union(builds), "n": VOCABULARY, "short": "accept"}
        built = self._build({key: value for key, value in gathered.items() if key not in {"ner", "domain"}}, {})
        recipe = recipe.model_copy(update={"data": built.folder, "build": None})
        key = cache_keys.key([built.key, settled(recipe), __version__])
        return built, Training(key, recipe, self.out / BASES / key)

    def _base(self) -> ModelRecipe:
        """The model that all cells start from."""
        if self.base is None:
            return self.training.model
        model = self.training.model
        return ModelRecipe(base=str(self.base[1].folder), dtype=model.dtype, attention=model.attention)

    def _content(self, model: str) -> str:
        """What a model is made of: a new one by what it is made from, as it may not be there yet."""
        if self.base and model == str(self.base[1].folder):
            return self.base[1].key
        return _fingerprint(model)


def _joined(*streams: Iterator[Job]) -> list[Job]:
    """Jobs of which those with one training are one, and no evaluation is done twice."""
    found: dict[str, Job] = {}
    for job in (one for stream in streams for one in stream):
        key = job.trained[1].key if job.trained else job.runs[0].folder.name
        before = found.get(key, job)
        runs = before.runs if before is job else before.runs + job.runs
        found[key] = Job(before.name, before.base, before.trained, runs)
    return list(found.values())


def _suite(recipe: AblationRecipe) -> Suite:
    """The suite, cut to the data sets that the mean is over."""
    whole = benchmarks.load(recipe.suite)
    names = recipe.datasets or tuple(one.name for one in whole.datasets)
    chosen = Suite(
        name=whole.name, description=whole.description, datasets=whole.datasets, averages={recipe.suite: names}
    )
    kept = tuple(one for one in chosen.datasets if one.name in names)
    return Suite(name=whole.name, description=whole.description, datasets=kept)


def _without_examples(recipe: AblationRecipe, suite: Suite, data: Path) -> dict[str, str]:
    """Of baselines with examples in their prompts, the data sets without a train split to take them from."""
    if not any(baseline.shots for baseline in recipe.baselines):
        return {}
    trains = [one.model_copy(update={"split": TRAIN}) for one in suite.datasets if one.task in KINDS]
    return {f"examples of {one.name}": reason for one in trains if (reason := one.lacks(data))}


def _asking(common: Asking, pack: str | None, engine: str | None = None, shots: int = 0) -> Asking:
    """How one model is asked, where all are asked so in common."""
    return structs.replace(common, engine=engine or common.engine, pack=pack, shots=shots)


def _merge(varied: Mapping[str, Any], base: str, tuned: Path, out: Path) -> MergeRecipe:
    """How a tuned model is merged; the folder of the result is named by what it is and there only while it is asked."""
    given = {**varied, "base": base, "tuned": tuned, "out": tuned.with_name(f"{tuned.name}-merged")}
    return validated(MergeRecipe, given, "merge")


def _absent(name: str, recipe: BuildRecipe, data: Path) -> str:
    """What a corpus lacks, in words; empty if nothing."""
    corpus = corpora.get(name)
    splits = corpus.training_splits if recipe.splits is None else [one for one in recipe.splits if one in corpus.splits]
    found = [pattern for split in splits for pattern in reading.missing(corpus, data, split)]
    return _shortened(found) if found else ""


def _shortened(patterns: Sequence[str]) -> str:
    """Which files a corpus lacks, in few words."""
    return f"{LACKS}{patterns[0]}{f' and {len(patterns) - 1} more' if patterns[1:] else ''}"


def _points(series: Sequence[Series]) -> Iterator[tuple[Series, Any]]:
    return ((one, point) for one in series for point in one.points)


def _union(builds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The tasks and corpora of several builds together; of corpora all, where one doesn't say."""
    found: dict[str, Any] = {}
    for key in ("tasks", "corpora"):
        given = [build.get(key) for build in builds]
        if all(given):
            found[key] = list(dict.fromkeys(name for names in given for name in names or ()))
    return found


_fingerprint = cache(engines.fingerprint)
