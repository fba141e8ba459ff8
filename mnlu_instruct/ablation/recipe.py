"""Ablation recipes: YAML files with what varies and what is fixed, validated before anything starts."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from mnlu_instruct.dataset.recipe import BuildRecipe
from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.evaluation.questions import TooLong
from mnlu_instruct.merging.recipe import MergeRecipe
from mnlu_instruct.training.recipe import ModelRecipe, TrainRecipe, train_recipe
from mnlu_instruct.yaml_files import Declared, YamlModel, keys, locate, validated, with_settings

ROOM = "recipes/ablations"
WHAT = "ablation"
OVER = "over"
ORIGINS = frozenset({"base", "config"})
"""The keys of a model that say where it is from; one takes the other's place."""
OWN: Mapping[str, tuple[type[YamlModel], tuple[str, ...]]] = {
    "build": (BuildRecipe, ("version", "seed", "max_tokens", "tokenizer")),
    "merge": (MergeRecipe, ("base", "tuned", "out")),
}
"""The recipes whose keys a cell may vary, and the keys among them that the ablation sets itself."""


class Varied(YamlModel):
    """Settings of a part of the grid; a point's override its series', and these the ablation's.

    Attributes:
        build: keys of a build recipe.
        trainer: arguments of the trainer.
        merge: keys of a merge recipe; if empty, the tuned model is evaluated without a merge.
        pack: the prompt pack that the questions are asked with.
    """

    build: dict[str, Any] = Field(default_factory=dict)
    trainer: dict[str, Any] = Field(default_factory=dict)
    merge: dict[str, Any] = Field(default_factory=dict)
    pack: str | None = None

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        for name, (kind, decided) in OWN.items():
            known = [key for key in kind.model_fields if key not in decided]
            for key in getattr(self, name):
                if key in decided:
                    raise UserError(f"{name} has {key}, which the ablation sets itself.", f"leave {name}.{key} out.")
                if key not in known:
                    raise unknown(f"key in {name}:", key, known)
        for key in {"seed", "output_dir"} & self.trainer.keys():
            raise UserError(f"trainer has {key}, which the ablation sets itself.", f"leave trainer.{key} out.")
        return self

    def inside(self, inner: "Varied") -> "Varied":
        """Merge with the settings of an inner part, which override these."""
        return Varied(
            build=self.build | inner.build,
            trainer=self.trainer | inner.trainer,
            merge=self.merge | inner.merge,
            pack=inner.pack or self.pack,
        )


class Point(Varied):
    """A point of a series.

    Attributes:
        at: its position on the axis.
    """

    at: str

    @field_validator("at", mode="before")
    @classmethod
    def _words(cls, given: Any) -> Any:
        return f"{given:,}" if isinstance(given, int) else f"{given:g}" if isinstance(given, float) else given


class Series(Varied):
    """A series of points, drawn as one line.

    Attributes:
        name: its name in the figure.
        points: its points, in order; their settings override the series'.
    """

    name: str
    points: tuple[Point, ...] = Field(min_length=1)


class Baseline(YamlModel):
    """A system for comparison, drawn as a horizontal line.

    Attributes:
        name: its name in the figure.
        model: a folder or a name, by default the base that is tuned; with the engine `baseline`, a baseline's name.
        engine: another engine than the ablation's.
        shots: how many examples each NER prompt has (few-shot).
    """

    name: str
    model: str | None = None
    engine: Literal["baseline"] | None = None
    shots: int = Field(0, ge=0)


class Finding(YamlModel):
    """A finding of the paper, in words, and as pairs of systems of which the first should score above the second.

    Attributes:
        words: the finding.
        above: pairs of names of baselines or cells; a cell's name is its series' and its point's.
    """

    words: str
    above: tuple[tuple[str, str], ...] = Field(min_length=1)


class AblationRecipe(Varied):
    """An ablation; its own build, trainer, merge and pack are for all cells.

    Attributes:
        title: the title of the figure.
        question: the question of the ablation, in a sentence or two.
        source: the paper and figure that it reproduces, if any.
        train: a training recipe, by name or path, with the model and all training settings that don't vary; its `data`
            and `build` are ignored. A new model is made once, and is the base of all cells.
        model: keys of that recipe's `model`, which override it.
        held_out: its `held_out`, if another.
        suite: the suite to evaluate on.
        datasets: the data sets whose headline metrics are averaged; by default all of the suite.
        engine: the engine of evaluations.
        limit: the most questions of each data set.
        too_long: what is done about a prompt longer than the model's context, as `mnlu eval --too-long` does.
        seeds: each cell is built, trained and evaluated once per seed, which decides the rows drawn, the order of
            labels and the order of training rows.
        axis: the label of the x-axis: what the points differ in.
        series: the lines of the figure.
        baselines: the horizontal lines of the figure.
        findings: the paper's findings, to be tested.
    """

    title: str
    question: str
    source: str = ""
    train: str
    model: dict[str, Any] = Field(default_factory=dict)
    held_out: int | None = Field(None, ge=0)
    suite: str
    datasets: tuple[str, ...] | None = Field(None, min_length=1)
    engine: Literal["vllm", "transformers"] = "vllm"
    limit: int | None = Field(None, ge=1)
    too_long: TooLong = "stop"
    seeds: tuple[int, ...] = Field(min_length=1)
    axis: str
    series: tuple[Series, ...] = Field(min_length=1)
    baselines: tuple[Baseline, ...] = ()
    findings: tuple[Finding, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [named(series.name, point.at) for series in self.series for point in series.points]
        names += [baseline.name for baseline in self.baselines]
        for kind, given in (("system", names), ("seed", list(map(str, self.seeds)))):
            if twice := [one for one in given if given.count(one) > 1]:
                raise UserError(f"The ablation names {kind} '{twice[0]}' twice.", f"give each {kind} once.")
        for finding in self.findings:
            for name in (one for pair in finding.above for one in pair):
                if name not in names:
                    raise unknown("system in a finding:", name, names)
        return self


def training_of(recipe: AblationRecipe) -> TrainRecipe:
    """The training recipe of an ablation, with its own model and `held_out`.

    Raises:
        UserError: there is no such recipe, or a key of the model is wrong.
    """
    found = train_recipe(recipe.train)
    if recipe.held_out is not None:
        found = found.model_copy(update={"held_out": recipe.held_out})
    if not recipe.model:
        return found
    other = ORIGINS if ORIGINS & recipe.model.keys() else frozenset[str]()
    stated = found.model.model_dump(exclude_unset=True, exclude=set(other)) | recipe.model
    return found.model_copy(update={"model": validated(ModelRecipe, stated, "model")})


def named(series: str, at: str) -> str:
    """The name of a cell."""
    return f"{series} {at}"


def ablation_recipe(source: str, train: str | None = None, settings: Sequence[str] = ()) -> AblationRecipe:
    """Read an ablation recipe (a name in `recipes/ablations/`, or the path of a YAML file).

    `over: NAME` takes the keys of another ablation as defaults; mappings such as `build` are combined key by key.

    Args:
        source: the name or path.
        train: a training recipe to use instead of the ablation's.
        settings: override its keys (`yaml_files.with_settings`).

    Raises:
        UserError: no such file, not YAML, an unknown key, or a value that doesn't fit.
    """
    return read(source, AblationRecipe, train, settings)


def read(source: str, kind: type[Declared], train: str | None, settings: Sequence[str]) -> Declared:
    """Read a recipe of an ablation or a study, with what it takes over from another (`over`).

    Raises:
        UserError: as `ablation_recipe`.
    """
    path = locate(source, ROOM, WHAT)
    written = keys(path, kind)
    if OVER in written:
        under = keys(locate(str(written.pop(OVER)), ROOM, WHAT), kind)
        if OVER in under:
            raise UserError(f"{path} names in `over` a recipe that has `over` itself.", "name the recipe below that.")
        both = written.keys() & under.keys()
        inner = [key for key in both if isinstance(under[key], dict) and isinstance(written[key], dict)]
        merged = {key: under[key] | written[key] for key in inner}
        written = under | written | merged
    written = with_settings(written | ({"train": train} if train else {}), settings)
    return validated(kind, written, str(path))
