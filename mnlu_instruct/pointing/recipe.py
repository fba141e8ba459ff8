"""Recipes of pointer models: YAML files of `recipes/pointer/`, validated before anything loads."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from mnlu_instruct.errors import UserError
from mnlu_instruct.pointing.target import Mode
from mnlu_instruct.readers.words import Rule
from mnlu_instruct.yaml_files import YamlModel, load, locate


class EveryNth(YamlModel):
    """Development sentences out of those of the first training split, which are trained on, too.

    Attributes:
        every: those whose number from 0 is a multiple of this.
        most: how many at most.
    """

    every: int = Field(4, ge=1)
    most: int = Field(ge=1)


class PointerRecipe(YamlModel):
    """What `mnlu pointer train` trains.

    Attributes:
        base: name or path of a BART model.
        config: instead of `base`, the values of a `BartConfig` for a new model with random weights.
        vocabulary: the size of the new model's vocabulary, a byte-level BPE trained on the training texts.
        corpus: the corpus, by name or path.
        train: its splits to train on.
        dev: the split that chooses the epoch; or which of the training sentences.
        words: what a word is.
        mode: where pointers point: at each word, or at the first and last piece of each run of words.
        mlp: whether the encoder's states pass a small network before they are compared.
        limit: train on this many sentences of each split, the first ones; on all, if it isn't given.
        cut: longer training sentences, in words, are cut at full stops outside of mentions.
        beams: the hypotheses that a search keeps; 1 is greedy.
        longest: the most symbols of a sequence, besides those that `ratio` allows.
        ratio: the symbols of a sequence that are allowed for each piece of its sentence.
        epochs: passes over the training sentences.
        first_dev: the epoch from which on the development sentences choose the best one.
        batch: sentences a step.
        learning_rate: at its highest; it then falls linearly.
        warmup: the share of steps in which it rises.
        weight_decay: of all weights but those of layer norms.
        clip: the largest gradient of a weight.
        seeds: one model is trained with each.
        out: the folder of the models, `seed-N` each.
    """

    base: str | None = None
    config: dict[str, int | float | bool | str] | None = None
    vocabulary: int = Field(1_000, ge=261)
    corpus: str
    train: tuple[str, ...] = ("train",)
    dev: str | EveryNth = "dev"
    words: Rule = "blanks"
    mode: Mode = "word"
    mlp: bool = True
    limit: int | None = Field(None, ge=1)
    cut: int | None = Field(None, ge=1)
    beams: int = Field(4, ge=1)
    longest: int = Field(10, ge=1)
    ratio: float = Field(0.6, ge=0)
    epochs: int = Field(30, ge=1)
    first_dev: int = Field(1, ge=1)
    batch: int = Field(16, ge=1)
    learning_rate: float = Field(2e-5, gt=0)
    warmup: float = Field(0.01, ge=0, lt=1)
    weight_decay: float = Field(0.01, ge=0)
    clip: float = Field(5.0, gt=0)
    seeds: tuple[int, ...] = Field((42,), min_length=1)
    out: Path

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.base is None) == (self.config is None):
            raise UserError("A pointer model has either a base or a config.", "give one of the two in the recipe.")
        if self.first_dev > self.epochs:
            raise UserError(
                f"No epoch can be chosen: the first is {self.first_dev}, of {self.epochs}.", "lower `first_dev`."
            )
        return self


def pointer_recipe(source: str, settings: Sequence[str] = ()) -> PointerRecipe:
    """Read a recipe (a name in `recipes/pointer/`, or the path of a YAML file); `settings` override its keys.

    Raises:
        UserError: no such file, not YAML, an unknown key, or a value that doesn't fit.
    """
    return load(locate(source, "recipes/pointer", "pointer recipe"), PointerRecipe, settings=settings)
