"""Merge recipes: YAML files, validated before anything runs."""

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from mnlu_instruct.errors import UserError
from mnlu_instruct.yaml_files import YamlModel, load, locate

MERGE_PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "dare": ("weight", "density", "seed"),
    "dare-ties": ("weight", "density", "seed"),
    "linear": ("alpha",),
    "task-arithmetic": ("scaling",),
    "slerp": ("t",),
}
"""The parameters of each merge method, named as in its paper."""


class MergeRecipe(YamlModel):
    """What `mnlu merge` merges, and how; `mnlu_instruct.merging.methods` has the formulas.

    Attributes:
        method: the merge method; `dare` is the paper's.
        base: folder or name of the base model.
        tuned: folder of the tuned model, or of a LoRA adapter of the base; the merged model gets its tokenizer, chat
            template and generation config.
        out: the folder to write.
        weight: for dare and dare-ties: the tuned model's weight, λ in DARE's and TIES' papers.
        density: for both: the fraction of parameters whose difference is kept, 1 − p with DARE's drop rate p.
        seed: for both: decides which parameters are kept.
        alpha: for linear: α, the mixing coefficient (Wortsman et al., 2022).
        scaling: for task-arithmetic: λ, which scales the task vector (Ilharco et al., 2023); below zero, to forget.
        t: for slerp: 0 is the base, 1 the tuned model (Shoemake, 1985).
        dtype: the number type of the stored weights; the arithmetic is in float32.
    """

    method: Literal["dare", "dare-ties", "linear", "task-arithmetic", "slerp"] = "dare"
    base: str
    tuned: Path
    out: Path
    weight: float = Field(0.5, ge=0, allow_inf_nan=False)
    density: float = Field(0.8, gt=0, le=1)
    seed: int = Field(42, ge=0, lt=2**32)
    alpha: float = Field(0.5, ge=0, le=1)
    scaling: float = Field(0.5, allow_inf_nan=False)
    t: float = Field(0.5, ge=0, le=1)
    dtype: Literal["bfloat16", "float16", "float32"] = "bfloat16"

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in sorted(self.model_fields_set & self._foreign):
            raise UserError(
                f"The method '{self.method}' has no parameter '{name}'.",
                f"it has: {', '.join(MERGE_PARAMETERS[self.method])}.",
            )
        return self

    @model_serializer(mode="wrap")
    def _without_foreign(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out the parameters of other methods, so that a written recipe can be read again."""
        return {key: value for key, value in whole(self).items() if key not in self._foreign}

    @property
    def parameters(self) -> dict[str, float]:
        """The method's own parameters."""
        return {name: getattr(self, name) for name in MERGE_PARAMETERS[self.method]}

    @property
    def _foreign(self) -> frozenset[str]:
        """The parameters of other methods."""
        return frozenset(chain.from_iterable(MERGE_PARAMETERS.values())) - set(MERGE_PARAMETERS[self.method])


def merge_recipe(source: str, settings: Sequence[str] = ()) -> MergeRecipe:
    """Read a merge recipe (a name in `recipes/merge/` or the path of a YAML file); `settings` override its keys.

    Raises:
        UserError: no such file, not YAML, an unknown key, or a value that doesn't fit.
    """
    return load(locate(source, "recipes/merge", "merge recipe"), MergeRecipe, settings=settings)
