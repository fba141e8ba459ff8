"""Training recipes: YAML files, validated before anything loads."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from mnlu_instruct import assets
from mnlu_instruct.errors import UserError
from mnlu_instruct.yaml_files import YamlModel, load, locate


class Lora(YamlModel):
    """A low-rank adapter, trained instead of the model (Hu et al., 2022).

    Attributes:
        rank: the rank r of the two factors.
        alpha: the product of the factors is scaled by alpha / rank.
        dropout: dropout of the adapter's input.
        targets: the linear layers that get an adapter, by the last part of their names (`q_proj`); by default all but
            the head.
        quantised: keep the frozen weights as 4-bit NormalFloat, their scales quantised too (QLoRA: Dettmers et al.,
            2023); needs bitsandbytes and a GPU.
    """

    rank: int = Field(16, ge=1)
    alpha: float = Field(32, gt=0, allow_inf_nan=False)
    dropout: float = Field(0.05, ge=0, lt=1)
    targets: tuple[str, ...] | None = Field(None, min_length=1)
    quantised: bool = False


class ModelRecipe(YamlModel):
    """The model to train: a pretrained one, or a new one.

    Attributes:
        base: name or path of the pretrained model to fine-tune.
        config: instead of `base`, the values of a `MistralConfig` for a new model with random weights.
        vocabulary: the size of the new model's vocabulary, a byte-level BPE trained on the data.
        texts: a built data set to train that vocabulary on instead of `data`, for a model that is trained on several.
        dtype: the number type of the weights in training.
        attention: the attention implementation.
        template: the chat template: `own`, the base's; `zephyr`, as BioMistral-NLU's; `plain`, question, blank line and
            answer; or the path of a Jinja file. By default the base's own if it has one, else Zephyr's. An
            encoder–decoder model has none.
        lora: train an adapter of this shape, and freeze the weights.
    """

    base: str | None = None
    config: dict[str, int | float | bool | str] | None = None
    vocabulary: int = Field(2048, ge=300)
    texts: Path | None = None
    dtype: Literal["bfloat16", "float16", "float32"] = "bfloat16"
    attention: Literal["sdpa", "eager", "flash_attention_2"] = "sdpa"
    template: str | None = None
    lora: Lora | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_origin(self.base, self.config)
        if self.lora and self.base is None:
            raise UserError("An adapter needs a base to be merged into later.", "give `base` instead of `config`.")
        return self


class TrainRecipe(YamlModel):
    """What `train/sft.py` trains.

    Attributes:
        model: what to train.
        data: the folder of a built data set.
        build: a build recipe, by name or path, that makes `data` first, if that doesn't exist.
        held_out: how many rows of each kind of question the model answers at each evaluation: of the validation split
            if the data set has one, else of its training split; no row about their documents is trained on.
        loss: which tokens have a loss: the completion and its end-of-text, or every token but the first.
        packing: how rows fill `max_length`: `none`, each row padded; `documents`, whole documents that don't attend to
            each other (best fit decreasing); `stream`, one stream of tokens cut at each full length, in which
            neighbours attend to each other (alignment-handbook, 2024).
        trainer: arguments of TRL's `SFTConfig`; `deepspeed` may name a file of `recipes/deepspeed/`.
    """

    model: ModelRecipe
    data: Path
    build: str | None = None
    held_out: int = Field(0, ge=0)
    loss: Literal["completion", "all"] = "completion"
    packing: Literal["none", "documents", "stream"] = "none"
    trainer: dict[str, Any]


def train_recipe(source: str, over: dict[str, Any] | None = None, settings: Sequence[str] = ()) -> TrainRecipe:
    """Read a recipe (a name in `recipes/` or the path of a YAML file).

    Args:
        source: the name or path.
        over: overrides its trainer arguments.
        settings: override any of its keys (`yaml_files.with_settings`).

    Raises:
        UserError: no such file, not YAML, an unknown key, or a value that doesn't fit.
    """
    recipe = load(locate(source, "recipes", "training recipe"), TrainRecipe, settings=settings)
    return recipe.model_copy(update={"trainer": overridden(recipe.trainer, over)})


def overridden(trainer: dict[str, Any], over: dict[str, Any] | None) -> dict[str, Any]:
    """Trainer arguments with some overridden, and a DeepSpeed configuration that is named by its path."""
    found = {**trainer, **(over or {})}
    named = assets.folder("recipes") / "deepspeed" / f"{found.get('deepspeed')}.json"
    return found | ({"deepspeed": str(named)} if named.is_file() else {})


def check_origin(base: str | None, config: object) -> None:
    """Check that a recipe's model has one origin: a base, or a configuration for new weights.

    Raises:
        UserError: it has none or both.
    """
    if (base is None) == (config is None):
        raise UserError("A model has either a base or a config.", "give one of the two in the recipe's `model`.")
