"""Recipes of studies: models that are each fine-tuned for each test set, on few of its documents or on all."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from mnlu_instruct.ablation.recipe import OVER, ROOM, WHAT, AblationRecipe, Point, Series, read
from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.evaluation.questions import TooLong
from mnlu_instruct.scoring import modes
from mnlu_instruct.yaml_files import YamlModel, keys, locate

FULL: Literal["full"] = "full"
Shots = int | Literal["full"]
"""How many training documents there are; or all."""


class StudyModel(YamlModel):
    """A model of a study.

    Attributes:
        name: its name in tables.
        model: keys of the training recipe's `model`, which override it: base, template, attention.
        group: the family with which its differences are averaged: T5, BART, decoders.
        epochs: shots → epochs of training, where they aren't the training recipe's.
        shots: the numbers of documents that it is trained on, of those of the test sets; by default, all.
        saw: test set → what the model had seen of it before (contamination).
    """

    name: str
    model: dict[str, Any]
    group: str = ""
    epochs: dict[Shots, float] = Field(default_factory=dict)
    shots: tuple[Shots, ...] | None = None
    saw: dict[str, str] = Field(default_factory=dict)


class TestSet(YamlModel):
    """A test set of a study, with the training documents for it.

    Attributes:
        name: its name in tables.
        dataset: the data set of the suite.
        build: keys of the build recipe: corpora and splits.
        shots: how many training documents, in the order of the table.
    """

    name: str
    dataset: str
    build: dict[str, Any]
    shots: tuple[Shots, ...] = Field(min_length=1)


class Full(YamlModel):
    """What is different where models are tuned on all documents: a choice of the best epoch, for example.

    Attributes:
        build: keys of the build recipe; `validation` splits documents off.
        trainer: arguments of the trainer.
        held_out: how many questions are answered at each evaluation (`TrainRecipe`).
    """

    build: dict[str, Any] = Field(default_factory=dict)
    trainer: dict[str, Any] = Field(default_factory=dict)
    held_out: int = Field(0, ge=0)


class Comparison(YamlModel):
    """Pairs of models that differ in one thing.

    Attributes:
        name: what they differ in.
        pairs: without it, and with it.
    """

    name: str
    pairs: tuple[tuple[str, str], ...] = Field(min_length=1)


class StudyRecipe(YamlModel):
    """Models compared on test sets: each is tuned for each of them, on few training documents or on all.

    Attributes:
        title: its title.
        question: its question, in a sentence or two.
        source: the paper that it reproduces, if any.
        published: the table that it is set beside (`eval/published/`), if any.
        modes: family of models → how their answers are counted (`mnlu score --mode`), if not strictly.
        train: a training recipe, by name or path; its `data` and `build` are ignored.
        trainer: arguments of the trainer, for all cells.
        build: keys of a build recipe, for all cells.
        documents: how the documents of few shots are drawn, and which there are (`draw`, `listed`).
        pack: the prompt pack, in training and evaluation.
        suite: the suite of the test sets.
        engine: the engine of evaluations.
        limit: the most questions of each test set.
        too_long: what is done about a prompt longer than the model's context, as `mnlu eval --too-long` does.
        seeds: few-shot cells are run once per seed, which draws the documents and seeds the training. All models get
            the same documents.
        full_seeds: the seeds of cells with all documents.
        full: what is different in these cells.
        sets: the test sets.
        models: the models.
        comparisons: what is compared.
    """

    title: str
    question: str
    source: str = ""
    published: str | None = None
    modes: dict[str, str] = Field(default_factory=dict)
    train: str
    trainer: dict[str, Any] = Field(default_factory=dict)
    build: dict[str, Any] = Field(default_factory=dict)
    documents: dict[str, Any] = Field(default_factory=dict)
    pack: str
    suite: str
    engine: Literal["vllm", "transformers"] = "transformers"
    limit: int | None = Field(None, ge=1)
    too_long: TooLong = "wrong"
    seeds: tuple[int, ...] = Field(min_length=1, max_length=16)
    full_seeds: tuple[int, ...] = Field(min_length=1, max_length=16)
    full: Full = Full()
    sets: tuple[TestSet, ...] = Field(min_length=1)
    models: tuple[StudyModel, ...] = Field(min_length=1)
    comparisons: tuple[Comparison, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        models, sets = [one.name for one in self.models], [one.name for one in self.sets]
        for kind, given in (("model", models), ("set", sets), ("comparison", [one.name for one in self.comparisons])):
            if twice := [one for one in given if given.count(one) > 1]:
                raise UserError(f"The study names {kind} '{twice[0]}' twice.", f"give each {kind} once.")
        for name in (one for comparison in self.comparisons for pair in comparison.pairs for one in pair):
            if name not in models:
                raise unknown("model in a comparison:", name, models)
        groups = {one.group for one in self.models}
        for group, mode in self.modes.items():
            if group not in groups:
                raise unknown("family of models in modes:", group, groups)
            modes.get(mode)
        for key in self.documents.keys() - {"draw", "listed"}:
            raise unknown("key in documents:", key, ("draw", "listed"))
        for name in (one for model in self.models for one in model.saw):
            if name not in sets:
                raise unknown("test set that a model saw:", name, sets)
        return self

    @property
    def columns(self) -> Iterator[tuple[TestSet, Shots]]:
        """The columns of the table: test sets, each with its numbers of documents."""
        return ((test_set, shots) for test_set in self.sets for shots in test_set.shots)

    @property
    def places(self) -> Iterator[tuple[StudyModel, TestSet, Shots]]:
        """The cells: each model with the columns that it is trained for."""
        for model in self.models:
            for test_set, shots in self.columns:
                if model.shots is None or shots in model.shots:
                    yield model, test_set, shots

    def seeds_of(self, shots: Shots) -> tuple[int, ...]:
        """The seeds of a cell."""
        return self.full_seeds if shots == FULL else self.seeds

    def ablation(self, model: StudyModel, test_set: TestSet, shots: Shots) -> AblationRecipe:
        """The cell of a model, a test set and a number of documents, as an ablation of one point."""
        epochs = {"num_train_epochs": model.epochs[shots]} if shots in model.epochs else {}
        own = self.full if shots == FULL else Full()
        point = Point(at=str(shots), build=own.build | self._drawn(test_set, shots), trainer=own.trainer | epochs)
        return AblationRecipe(
            title=self.title,
            question=self.question,
            train=self.train,
            model=model.model,
            held_out=own.held_out,
            trainer=self.trainer,
            build={**self.build, **test_set.build, "pack": self.pack},
            pack=self.pack,
            suite=self.suite,
            datasets=(test_set.dataset,),
            engine=self.engine,
            limit=self.limit,
            too_long=self.too_long,
            seeds=self.seeds_of(shots),
            axis="documents",
            series=(Series(name=f"{model.name}, {test_set.name}", points=(point,)),),
        )

    def _drawn(self, test_set: TestSet, shots: Shots) -> dict[str, Any]:
        """The key `documents` of a cell's build, if it isn't built from all."""
        corpora = test_set.build.get("corpora", ())
        listed = {name: path for name, path in self.documents.get("listed", {}).items() if name in corpora}
        if shots == FULL:
            return {"documents": {"listed": listed}} if listed else {}
        return {"documents": {**self.documents, "listed": listed, "n": shots}}


def is_study(source: str) -> bool:
    """Whether a recipe, by name or path, is that of a study: it names models.

    Raises:
        UserError: there is no such file, or it is no YAML.
    """
    written: Mapping[str, Any] = keys(locate(source, ROOM, WHAT), YamlModel)
    under = keys(locate(str(written[OVER]), ROOM, WHAT), YamlModel) if OVER in written else {}
    return "models" in {**under, **written}


def study_recipe(source: str, train: str | None = None, settings: Sequence[str] = ()) -> StudyRecipe:
    """Read a study's recipe; arguments as `ablation_recipe`'s, `over` included.

    Raises:
        UserError: no such file, not YAML, an unknown key, or a value that doesn't fit.
    """
    return read(source, StudyRecipe, train, settings)
