"""What `mnlu train` trains: a YAML file, validated before anything loads."""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from mnlu_instruct import assets
from mnlu_instruct.declarations import Declaration, load, locate
from mnlu_instruct.errors import UserError


class Lora(Declaration):
    """A low-rank adapter, trained instead of the model (Hu et al., 2022).

    Attributes:
        rank: r, of the two factors.
        alpha: the adapter's product is scaled by alpha / rank.
        dropout: of what goes into it.
        targets: the linear layers that have one, by the last part of their names (`q_proj`); all of them but the head,
            if not given.
        quantised: keep the frozen weights as 4-bit NormalFloat, their scales quantised too (QLoRA: Dettmers et al.,
            2023); needs bitsandbytes and a GPU.
    """

    rank: int = Field(16, ge=1)
    alpha: float = Field(32, gt=0, allow_inf_nan=False)
    dropout: float = Field(0.05, ge=0, lt=1)
    targets: tuple[str, ...] | None = Field(None, min_length=1)
    quantised: bool = False


class ModelRecipe(Declaration):
    """The model to train: one that there is, or a new one.

    Attributes:
        base: name or path of a model to go on from.
        config: instead, the values of a `MistralConfig` for a new model with random weights.
        vocabulary: the size of the new model's vocabulary, a byte-level BPE trained on the data.
        texts: the built data set that it is trained on instead, for a model that will be trained on others too.
        dtype: in which numbers the weights are trained.
        attention: the attention implementation.
        lora: train an adapter of this shape, and leave the weights as they are.
    """

    base: str | None = None
    config: dict[str, int | float | bool | str] | None = None
    vocabulary: int = Field(2048, ge=300)
    texts: Path | None = None
    dtype: Literal["bfloat16", "float16", "float32"] = "bfloat16"
    attention: Literal["sdpa", "eager", "flash_attention_2"] = "sdpa"
    lora: Lora | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.base is None) == (self.config is None):
            raise UserError("A model has either a base or a config.", "give one of the two in the recipe's `model`.")
        if self.lora and self.base is None:
            raise UserError("An adapter needs a base, to be merged into later.", "give `base` instead of `config`.")
        return self


class TrainRecipe(Declaration):
    """What `train/sft.py` trains.

    Attributes:
        model: what to train.
        data: the folder of a built data set.
        build: a build recipe, by name or path, that makes `data` first, if it isn't there.
        held_out: so many rows of each kind of question are answered by the model at each evaluation; no document of
            theirs is trained on.
        loss: what the loss falls on: the completion and its end-of-text, or every token but the first.
        packing: how rows fill `max_length`: each by itself, padded; whole documents side by side, none of which sees
            another (best fit decreasing); or as one stream of tokens, cut wherever a length is full, in which they do
            (alignment-handbook, 2024).
        trainer: arguments of TRL's `SFTConfig`; `deepspeed` may name a file of `recipes/deepspeed/`.
    """

    model: ModelRecipe
    data: Path
    build: str | None = None
    held_out: int = Field(0, ge=0)
    loss: Literal["completion", "all"] = "completion"
    packing: Literal["none", "documents", "stream"] = "none"
    trainer: dict[str, Any]


def train_recipe(source: str, over: dict[str, Any] | None = None) -> TrainRecipe:
    """The recipe of a YAML file (a name in `recipes/` or a path), with values of the trainer laid over it.

    Raises:
        UserError: no such file, not YAML, an unknown key, or a value that doesn't fit.
    """
    recipe = load(locate(source, "recipes", "training recipe"), TrainRecipe)
    trainer = {**recipe.trainer, **(over or {})}
    named = assets.folder("recipes") / "deepspeed" / f"{trainer.get('deepspeed')}.json"
    if named.is_file():
        trainer["deepspeed"] = str(named)
    return recipe.model_copy(update={"trainer": trainer})
