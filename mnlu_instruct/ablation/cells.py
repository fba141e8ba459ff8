"""The grid of an ablation: its cells and jobs. Each output has a folder named by a hash of all that decides it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from mnlu_instruct import __version__, corpora
from mnlu_instruct.ablation.recipe import AblationRecipe, Series, Varied, named, training_of
from mnlu_instruct.catalogue import suites as benchmarks
from mnlu_instruct.catalogue.suites import Suite
from mnlu_instruct.dataset import build, code_fingerprint, manifest
from mnlu_instruct.dataset.documents import listed
from mnlu_instruct.dataset.plan import plan
from mnlu_instruct.dataset.recipe import BuildRecipe
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import engines, result_keys
from mnlu_instruct.evaluation.few_shot import KINDS
from mnlu_instruct.evaluation.questions import TRAIN
from mnlu_instruct.evaluation.subprocess_run import Asking
from mnlu_instruct.merging.recipe import MergeRecipe
from mnlu_instruct.prompting import packs
from mnlu_instruct.sources import reading
from mnlu_instruct.training.identity import settled
from mnlu_instruct.training.launch.dataset_build import DEFAULT_LENGTH
from mnlu_instruct.training.recipe import ModelRecipe, TrainRecipe
from mnlu_instruct.yaml_files import validated

BASES, BUILDS, MODELS, RUNS = "bases", "builds", "models", "runs"
SUITE = "suite.yaml"
LACKS = "lacks "
"""The prefix of a plan's reason for leaving out a corpus whose files are missing."""
VOCABULARY = 20_000
"""The number of rows, drawn from the tasks and corpora of all cells, on which a new model's vocabulary is trained."""


class Build(Struct, frozen=True):
    """A data set to build."""

    key: str
    recipe: BuildRecipe
    folder: Path


class Training(Struct, frozen=True):
    """A model to train; for a new base, the model to make."""

    key: str
    recipe: TrainRecipe
    folder: Path


class Run(Struct, frozen=True):
    """An evaluation: system, seed, model, merge (if any), options, and the folder of the run."""

    system: str
    seed: int
    model: str
    merge: MergeRecipe | None
    asking: Asking
    folder: Path


class Job(Struct, frozen=True):
    """A unit of work: a data set, a model trained on it, and all evaluations of that model.

    Attributes:
        name: its name in messages.
        base: a new base model, with the data set of its vocabulary; None if the base is pretrained.
        trained: the data set and the training; None for a baseline.
        runs: the evaluations.
    """

    name: str
    base: tuple[Build, Training] | None
    trained: tuple[Build, Training] | None
    runs: tuple[Run, ...]


def base_of(job: Job) -> str:
    """The model that a job tunes; of a baseline, its name."""
    return str(job.trained[1].recipe.model.base) if job.trained else job.name


class Workload(Struct, frozen=True):
    """Jobs to run, and what they need.

    Attributes:
        folder: the folder of their results.
        suites: the files of suites that runs are asked, to be written there first.
        jobs: in the order in which they are done.
        failures: the cells that can't be run, by (system, seed), each with the reason.
        together: whether neighbouring jobs with the same base are done in common processes, which pays for short ones.
    """

    folder: Path
    suites: dict[Path, Suite]
    jobs: tuple[Job, ...]
    failures: dict[tuple[str, int], str]
    together: bool = False


class Grid(Struct, frozen=True):
    """An ablation with all cells and jobs resolved.

    Attributes:
        folder: the folder for its table and figure.
        suite: the data sets that are averaged.
        jobs: one for each training and one for each baseline, in the order in which they are done.
        lacking: the corpora and data sets that are left out because files are missing, each with the reason.
        failures: the cells that can't be run, by (system, seed), each with the reason.
    """

    recipe: AblationRecipe
    folder: Path
    data: Path
    suite: Suite
    jobs: tuple[Job, ...]
    lacking: dict[str, str]
    failures: dict[tuple[str, int], str]

    @property
    def workload(self) -> Workload:
        """What is to be run."""
        return Workload(self.folder, {self.folder / SUITE: self.suite}, self.jobs, self.failures)

    @property
    def runs(self) -> dict[tuple[str, int], Run]:
        """The evaluations by system and seed."""
        return {(run.system, run.seed): run for job in self.jobs for run in job.runs}

    @property
    def builds(self) -> dict[str, Build]:
        """The data sets of cells, by system, for the first seed."""
        first = self.recipe.seeds[0]
        return {run.system: job.trained[0] for job in self.jobs if job.trained for run in job.runs if run.seed == first}


def resolve(recipe: AblationRecipe, name: str, out: Path, data: Path, launcher: Sequence[str]) -> Grid:
    """Resolve a recipe. Corpora and data sets whose files are missing are left out, and listed in `lacking`.

    Args:
        recipe: the ablation.
        name: the name of its folder.
        out: the folder shared by ablations, in which common parts are made only once.
        data: the data directory.
        launcher: arguments of `accelerate launch`.

    Raises:
        UserError: the training recipe or the suite is wrong, every data set of it lacks files, or a corpus is unknown.
    """
    suite = _suite(recipe)
    lacking = {one.name: reason for one in suite.datasets if (reason := one.lacks(data))}
    if len(lacking) == len(suite.datasets):
        raise UserError(
            f"Every data set of '{recipe.title}' lacks files.", "'mnlu corpora --role eval' lists what is missing."
        )
    lacking |= _without_examples(recipe, suite, data)
    asking = Asking(str(out / name / SUITE), recipe.engine, data, recipe.limit, bool(lacking), too_long=recipe.too_long)
    resolver = _Resolver(recipe, out, data, suite, asking, tuple(launcher), lacking)
    jobs = tuple(_joined(resolver.baselines(), resolver.cells()))
    return Grid(recipe, out / name, data, suite, jobs, dict(sorted(lacking.items())), resolver.failures)


class _Resolver:
    """Resolves the cells and baselines of an ablation into jobs."""

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
        self.training = training_of(recipe)
        self.base = self._new(self.training) if self.training.model.base is None else None

    def baselines(self) -> Iterator[Job]:
        """A job for each baseline."""
        first = self.recipe.seeds[0]
        for one in self.recipe.baselines:
            model = one.model or self._base().base
            assert model is not None
            asking = _asking(self.asking, self.recipe.pack, one.engine, one.shots)
            made_of = self._content(model) if one.engine is None else model
            run = self._run(one.name, first, made_of, model, None, asking)
            yield Job(one.name, self.base if one.model is None and one.engine is None else None, None, (run,))

    def cells(self) -> Iterator[Job]:
        """A job for each cell and seed: all cells with the first seed, then all with the next."""
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
        limits |= {"template": base.template} if base.template else {}
        built = self._build(varied.build, {**limits, "seed": seed})
        recipe = self.training.model_copy(update={"model": base, "data": built.folder, "build": None})
        recipe = recipe.model_copy(update={"trainer": trainer})
        content = recipe.model_copy(update={"model": base.model_copy(update={"base": self._content(str(base.base))})})
        key = result_keys.key([built.key, settled(content), self.launcher, __version__])
        folder = self.out / MODELS / key
        trained = recipe.model_copy(update={"trainer": {**trainer, "output_dir": str(folder)}})
        merge = _merge(varied.merge, str(base.base), folder, self.out) if varied.merge else None
        asking = _asking(self.asking, varied.pack)
        run = self._run(name, seed, key, str(folder), merge, asking)
        return Job(f"{name}, seed {seed}", self.base, (built, Training(key, trained, folder)), (run,))

    def _run(self, system: str, seed: int, made_of: str, model: str, merge: MergeRecipe | None, asking: Asking) -> Run:
        how = merge and merge.model_dump(mode="json", exclude={"base", "tuned", "out"})
        key = result_keys.key([made_of, how, result_keys.answers(self.suite, asking)])
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
        if recipe.documents:
            stated["documents"]["listed"] = {name: listed(path) for name, path in recipe.documents.listed.items()}
        code = code_fingerprint.code(Path(build.__file__))
        files = result_keys.splits(inputs, self.data)
        key = result_keys.key([stated, packs.load(recipe.pack).label, files, code, manifest.versions()])
        return Build(key, recipe, self.out / BUILDS / key)

    def _present(self, recipe: BuildRecipe) -> BuildRecipe:
        """The recipe without those of its named corpora whose files are missing; an error if none is left."""
        named_ones = recipe.corpora or ()
        absent = {
            name: reason for name in named_ones if name != corpora.DEMO and (reason := _absent(name, recipe, self.data))
        }
        self.lacking |= absent
        there = tuple(name for name in named_ones if name not in absent)
        if named_ones and not there:
            raise UserError(
                f"All {len(named_ones)} corpora lack files: {', '.join(named_ones)}.",
                "'mnlu corpora' lists what is missing.",
            )
        return recipe.model_copy(update={"corpora": there}) if absent else recipe

    def _new(self, recipe: TrainRecipe) -> tuple[Build, Training]:
        """A new model, and the data set to train its vocabulary on, with all tasks and corpora of all cells."""
        builds = [self.recipe.inside(series).inside(point).build for series, point in _points(self.recipe.series)]
        gathered = {**self.recipe.build, **_union(builds), "n": VOCABULARY, "short": "accept"}
        built = self._build({key: value for key, value in gathered.items() if key not in {"ner", "domain"}}, {})
        recipe = recipe.model_copy(update={"data": built.folder, "build": None})
        key = result_keys.key([built.key, settled(recipe), __version__])
        return built, Training(key, recipe, self.out / BASES / key)

    def _base(self) -> ModelRecipe:
        """The base model of all cells."""
        if self.base is None:
            return self.training.model
        model = self.training.model
        new = {"base": str(self.base[1].folder), "config": None}
        return validated(ModelRecipe, model.model_dump(exclude={"vocabulary", "texts"}) | new, "model")

    def _content(self, model: str) -> str:
        """A hash of a model; a new one's is of what it is made from, as it may not exist yet."""
        if self.base and model == str(self.base[1].folder):
            return self.base[1].key
        return _fingerprint(model)


def _joined(*streams: Iterator[Job]) -> list[Job]:
    """Combine the jobs that share a training, so that nothing is done twice."""
    found: dict[str, Job] = {}
    for job in (one for stream in streams for one in stream):
        key = job.trained[1].key if job.trained else job.runs[0].folder.name
        before = found.get(key, job)
        runs = before.runs if before is job else before.runs + job.runs
        found[key] = Job(before.name, before.base, before.trained, runs)
    return list(found.values())


def _suite(recipe: AblationRecipe) -> Suite:
    """The suite, restricted to the data sets that are averaged."""
    whole = benchmarks.load(recipe.suite)
    names = recipe.datasets or tuple(one.name for one in whole.datasets)
    chosen = Suite(
        name=whole.name, description=whole.description, datasets=whole.datasets, averages={recipe.suite: names}
    )
    kept = tuple(one for one in chosen.datasets if one.name in names)
    return Suite(name=whole.name, description=whole.description, datasets=kept)


def _without_examples(recipe: AblationRecipe, suite: Suite, data: Path) -> dict[str, str]:
    """The NER data sets without a train split, with reasons; empty if no baseline is few-shot."""
    if not any(baseline.shots for baseline in recipe.baselines):
        return {}
    trains = [one.model_copy(update={"split": TRAIN}) for one in suite.datasets if one.task in KINDS]
    return {f"examples of {one.name}": reason for one in trains if (reason := one.lacks(data))}


def _asking(common: Asking, pack: str | None, engine: str | None = None, shots: int = 0) -> Asking:
    """The evaluation options of one system, from the common ones."""
    return structs.replace(common, engine=engine or common.engine, pack=pack, shots=shots)


def _merge(varied: Mapping[str, Any], base: str, tuned: Path, out: Path) -> MergeRecipe:
    """The merge recipe of a cell; the merged model's folder exists only during its evaluation."""
    given = {**varied, "base": base, "tuned": tuned, "out": tuned.with_name(f"{tuned.name}-merged")}
    return validated(MergeRecipe, given, "merge")


def _absent(name: str, recipe: BuildRecipe, data: Path) -> str:
    """Which files of a corpus are missing, in words; empty if none."""
    corpus = corpora.get(name)
    splits = corpus.training_splits if recipe.splits is None else [one for one in recipe.splits if one in corpus.splits]
    found = [pattern for split in splits for pattern in reading.missing(corpus, data, split)]
    return _shortened(found) if found else ""


def _shortened(patterns: Sequence[str]) -> str:
    """The missing files of a corpus, shortened to the first and a count."""
    return f"{LACKS}{patterns[0]}{f' and {len(patterns) - 1} more' if patterns[1:] else ''}"


def _points(series: Sequence[Series]) -> Iterator[tuple[Series, Any]]:
    return ((one, point) for one in series for point in one.points)


def _union(builds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The union of the tasks and of the corpora of several builds; a key that one build lacks is left out (all)."""
    found: dict[str, Any] = {}
    for key in ("tasks", "corpora"):
        given = [build.get(key) for build in builds]
        if all(given):
            found[key] = list(dict.fromkeys(name for names in given for name in names or ()))
    return found


_fingerprint = cache(engines.fingerprint)
