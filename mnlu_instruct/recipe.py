"""Recipes: YAML files that say what to build, validated before anything runs."""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from mnlu_instruct import assets, tasks
from mnlu_instruct.declarations import Declaration, load, locate, validated
from mnlu_instruct.errors import UserError


class BuildRecipe(Declaration):
    """What `mnlu build` builds; every field is also an option of the command, which wins.

    Attributes:
        tasks: requested tasks, kept in the fixed order.
        n: how many instances in all, in equal shares by task; None takes every instance.
        corpora: training corpora by name (`demo` names the bundled ones); None takes all that are ready.
        own: the user's own corpora, by the paths of their files, beside those.
        exclude: corpora to leave out.
        domain: only corpora of one domain; `both` is biomedical and clinical.
        splits: splits to take instead of those that the corpora declare.
        short: what to do where a task has fewer instances than its share: stop, or take what is there.
        max_tokens: drop examples that are longer, in tokens of `tokenizer`, chat template included.
        tokenizer: name or path of the tokenizer that counts.
        pack: prompt pack by name or path.
        seed: decides the draw and the order of labels.
    """

    tasks: tuple[str, ...] = tuple(name for name in tasks.FAMILIES if name != "qa")
    n: int | None = Field(None, ge=1)
    corpora: tuple[str, ...] | None = None
    own: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    domain: Literal["biomedical", "clinical", "general", "both"] | None = None
    splits: tuple[str, ...] | None = None
    short: Literal["error", "accept"] = "error"
    max_tokens: int | None = Field(None, ge=1)
    tokenizer: str | None = None
    pack: str = "mnlu"
    seed: int = Field(42, ge=0)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.max_tokens is None) != (self.tokenizer is None):
            raise UserError("max_tokens and tokenizer go together.", "give both, or none of them.")
        object.__setattr__(self, "tasks", tasks.parse(self.tasks))
        return self


def build_recipe(source: str | None, options: dict[str, object]) -> BuildRecipe:
    """The recipe of a YAML file (a name in `recipes/build/` or a path) with options laid over it.

    Raises:
        UserError: no such file, not YAML, an unknown key, or a value that doesn't fit.
    """
    given = {key: value for key, value in options.items() if value is not None}
    if source is None:
        return validated(BuildRecipe, given, "the options")
    return load(locate(source, "recipes/build", "build recipe"), BuildRecipe, given)


class ModelRecipe(Declaration):
    """The model to train: one that there is, or a new one.

    Attributes:
        base: name or path of a model to go on from.
        config: instead, the values of a `MistralConfig` for a new model with random weights.
        vocabulary: the size of the new model's vocabulary, a byte-level BPE trained on the data.
        texts: the built data set that it is trained on instead, for a model that will be trained on others too.
        dtype: in which numbers the weights are trained.
        attention: the attention implementation.
    """

    base: str | None = None
    config: dict[str, int | float | bool | str] | None = None
    vocabulary: int = Field(2048, ge=300)
    texts: Path | None = None
    dtype: Literal["bfloat16", "float16", "float32"] = "bfloat16"
    attention: Literal["sdpa", "eager", "flash_attention_2"] = "sdpa"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.base is None) == (self.config is None):
            raise UserError("A model has either a base or a config.", "give one of the two in the recipe's `model`.")
        return self


class TrainRecipe(Declaration):
    """What `train/sft.py` trains.

    Attributes:
        model: what to train.
        data: the folder of a built data set.
        trainer: arguments of TRL's `SFTConfig`; `deepspeed` may name a file of `recipes/deepspeed/`.
    """

    model: ModelRecipe
    data: Path
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


class MergeRecipe(Declaration):
    """What `merge/dare.py` merges: `out = base + weight · (mask ⊙ (tuned − base)) / density`.

    Attributes:
        base: folder or name of the model that was tuned.
        tuned: folder of the tuned model; its tokenizer, chat template and generation config go with the result.
        out: the folder to write.
        weight: the tuned model's share.
        density: the share of parameters whose difference is kept; 1 − the paper's drop rate.
        seed: decides the mask.
        dtype: in which numbers the result is stored; the arithmetic is in float32.
    """

    base: str
    tuned: Path
    out: Path
    weight: float = Field(0.5, ge=0)
    density: float = Field(0.8, gt=0, le=1)
    seed: int = Field(42, ge=0)
    dtype: Literal["bfloat16", "float16", "float32"] = "bfloat16"


def merge_recipe(source: str) -> MergeRecipe:
    """The recipe of a YAML file (a name in `recipes/merge/` or a path).

    Raises:
        UserError: no such file, not YAML, an unknown key, or a value that doesn't fit.
    """
    return load(locate(source, "recipes/merge", "merge recipe"), MergeRecipe)
