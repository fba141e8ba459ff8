"""What `mnlu ablate` runs: a YAML file with what varies and what stays, validated before anything starts."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from mnlu_instruct.dataset.recipe import BuildRecipe
from mnlu_instruct.declarations import Declaration, keys, locate, validated
from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.merging.recipe import MergeRecipe

ROOM = "recipes/ablations"
WHAT = "ablation"
OVER = "over"
OWN: Mapping[str, tuple[type[Declaration], tuple[str, ...]]] = {
    "build": (BuildRecipe, ("version", "seed", "max_tokens", "tokenizer")),
    "merge": (MergeRecipe, ("base", "tuned", "out")),
}
"""The recipes of which a cell may vary any key but those that the ablation decides itself."""


class Varied(Declaration):
    """What holds in a part of the grid; what stands further inside wins.

    Attributes:
        build: keys of a build recipe.
        trainer: arguments of the trainer.
        merge: keys of a merge recipe; without any, the tuned model is evaluated as it is.
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
                    raise UserError(f"{name} names {key}, which the ablation decides.", f"leave {name}.{key} out.")
                if key not in known:
                    raise unknown(f"key in {name}:", key, known)
        for key in {"seed", "output_dir"} & self.trainer.keys():
            raise UserError(f"trainer names {key}, which the ablation decides.", f"leave trainer.{key} out.")
        return self

    def inside(self, inner: "Varied") -> "Varied":
        """What holds where both do."""
        return Varied(
            build=self.build | inner.build,
            trainer=self.trainer | inner.trainer,
            merge=self.merge | inner.merge,
            pack=inner.pack or self.pack,
        )


class Point(Varied):
    """A point of a series: `at` says where on the axis."""

    at: str

    @field_validator("at", mode="before")
    @classmethod
    def _words(cls, given: Any) -> Any:
        return f"{given:,}" if isinstance(given, int) else f"{given:g}" if isinstance(given, float) else given


class Series(Varied):
    """Points that are drawn as one line."""

    name: str
    points: tuple[Point, ...] = Field(min_length=1)


class Baseline(Declaration):
    """A system that nothing varies for, drawn as a line across.

    Attributes:
        name: how the figure calls it.
        model: a folder or a name, the base that is tuned if not given; with the engine `baseline`, one of those that
            need no model.
        engine: what answers, if not what the ablation says.
        shots: so many examples stand in each prompt.
    """

    name: str
    model: str | None = None
    engine: Literal["baseline"] | None = None
    shots: int = Field(0, ge=0)


class Finding(Declaration):
    """What the paper finds, in words, and as pairs of systems of which it has the first above the second.

    Attributes:
        words: the finding.
        above: pairs of names: of a baseline, or of a cell, which is its series' and its point's.
    """

    words: str
    above: tuple[tuple[str, str], ...] = Field(min_length=1)


class AblationRecipe(Varied):
    """An ablation; what it says of build, trainer, merge and pack holds in all cells.

    Attributes:
        title: of the figure.
        question: what the ablation asks, in a sentence or two.
        source: where the paper has it, if a paper has it.
        train: a training recipe, by name or path: the model and what stays of its training; `data` and `build` there
            don't count. A new model is made once, and is the base of all cells.
        suite: the suite of the data sets.
        datasets: those whose headline metrics the mean is over; all of the suite, if not given.
        engine: what answers.
        limit: at most so many questions of each data set.
        too_long: a prompt longer than the model's context stops an evaluation, or is a wrong answer.
        seeds: each cell is built, trained and evaluated once for each, which decides the draw, the order of labels and
            of rows.
        axis: what the points differ in, in words.
        series: the lines.
        baselines: the lines across.
        findings: what the paper finds.
    """

    title: str
    question: str
    source: str = ""
    train: str
    suite: str
    datasets: tuple[str, ...] | None = Field(None, min_length=1)
    engine: Literal["vllm", "transformers"] = "vllm"
    limit: int | None = Field(None, ge=1)
    too_long: Literal["stop", "wrong"] = "stop"
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
                raise UserError(f"The ablation has {kind} '{twice[0]}' twice.", f"give each {kind} once.")
        for finding in self.findings:
            for name in (one for pair in finding.above for one in pair):
                if name not in names:
                    raise unknown("system in a finding:", name, names)
        return self


def named(series: str, at: str) -> str:
    """How a cell is called."""
    return f"{series} {at}"


def ablation_recipe(source: str, train: str | None = None) -> AblationRecipe:
    """The recipe of a YAML file (a name in `recipes/ablations/`, or a path).

    `over: NAME` makes another one's keys the defaults; of keys that hold keys, each by itself.

    Args:
        source: the name or path.
        train: another training recipe than the ablation's.

    Raises:
        UserError: no such file, not YAML, an unknown key, or a value that doesn't fit.
    """
    path = locate(source, ROOM, WHAT)
    written = keys(path, AblationRecipe)
    if OVER in written:
        under = keys(locate(str(written.pop(OVER)), ROOM, WHAT), AblationRecipe)
        if OVER in under:
            raise UserError(f"{path} is over a recipe that is over another.", "name the one below that.")
        both = written.keys() & under.keys()
        inner = [key for key in both if isinstance(under[key], dict) and isinstance(written[key], dict)]
        merged = {key: under[key] | written[key] for key in inner}
        written = under | written | merged
    return validated(AblationRecipe, written | ({"train": train} if train else {}), str(path))
