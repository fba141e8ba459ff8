"""Pretraining recipes: YAML files, validated before anything loads."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from mnlu_instruct.pretraining.noise import Noise
from mnlu_instruct.training.recipe import ModelRecipe, TrainRecipe, check_origin, overridden
from mnlu_instruct.yaml_files import YamlModel, load, locate


class PretrainModel(YamlModel):
    """The model to pretrain: a BART, or a new one.

    Attributes:
        base: name or path of the BART to go on with.
        config: instead of `base`, the values of a `BartConfig` for a new model with random weights; its tokenizer is
            the corpus'.
        dtype: the number type of the weights in training.
        attention: the attention implementation.
    """

    base: str | None = None
    config: dict[str, int | float | bool | str] | None = None
    dtype: Literal["bfloat16", "float16", "float32"] = "float32"
    attention: Literal["sdpa", "eager", "flash_attention_2"] = "sdpa"

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_origin(self.base, self.config)
        return self


class PretrainRecipe(YamlModel):
    """What `train/infill.py` trains.

    Attributes:
        model: what to pretrain.
        data: the folder of a corpus (`mnlu pubmed`).
        noise: what is done to the texts that the model restores.
        targets: what the decoder learns: `whole`, the text with `<s>` and `</s>`, and no padding; `released`, as
            BioBART's code: no `<s>`, all texts padded to `max_length`, and a loss on the padding, too.
        trainer: arguments of transformers' `Seq2SeqTrainingArguments`, and `max_length`: the most tokens of either
            side; longer texts are cut before the noise. `deepspeed` may name a file of `recipes/deepspeed/`.
    """

    model: PretrainModel
    data: Path
    noise: Noise = Field(default_factory=Noise)
    targets: Literal["whole", "released"] = "whole"
    trainer: dict[str, Any]

    def as_training(self) -> TrainRecipe:
        """The recipe as one of fine-tuning, whose launch, arguments and estimates are the same."""
        return TrainRecipe(model=ModelRecipe(**self.model.model_dump()), data=self.data, trainer=self.trainer)


def pretrain_recipe(source: str, over: dict[str, Any] | None = None, settings: Sequence[str] = ()) -> PretrainRecipe:
    """Read a recipe (a name in `recipes/pretrain/` or the path of a YAML file).

    Args:
        source: the name or path.
        over: overrides its trainer arguments.
        settings: override any of its keys (`yaml_files.with_settings`).

    Raises:
        UserError: no such file, not YAML, an unknown key, or a value that doesn't fit.
    """
    recipe = load(locate(source, "recipes/pretrain", "pretraining recipe"), PretrainRecipe, settings=settings)
    return recipe.model_copy(update={"trainer": overridden(recipe.trainer, over)})
