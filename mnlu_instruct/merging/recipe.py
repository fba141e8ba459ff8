"""What `mnlu merge` merges: a YAML file, validated before anything runs."""

from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from mnlu_instruct.declarations import Declaration, load, locate
from mnlu_instruct.errors import UserError

MERGE_PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "dare": ("weight", "density", "seed"),
    "dare-ties": ("weight", "density", "seed"),
    "linear": ("alpha",),
    "task-arithmetic": ("scaling",),
    "slerp": ("t",),
}
"""The parameters of each method of merging, as its paper calls them."""


class MergeRecipe(Declaration):
    """What `mnlu merge` merges, and how; `mnlu_instruct.merging.methods` has the formulas.

    Attributes:
        method: `dare` is the paper's.
        base: folder or name of the model that was tuned.
        tuned: folder of the tuned model, or of a LoRA adapter of the base; its tokenizer, chat template and generation
            config go with the result.
        out: the folder to write.
        weight: of dare and dare-ties: the tuned model's share, λ in DARE's and TIES' papers.
        density: of both: the share of parameters whose difference is kept; 1 − p, DARE's drop rate.
        seed: of both: decides which.
        alpha: of linear: α, the mixing coefficient (Wortsman et al., 2022).
        scaling: of task-arithmetic: λ, which scales the task vector (Ilharco et al., 2023); below zero, to forget.
        t: of slerp: 0 is the base, 1 the tuned model (Shoemake, 1985).
        dtype: in which numbers the result is stored; the arithmetic is in float32.
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
        """A recipe as written has no other method's parameters, so that it can be read again."""
        return {key: value for key, value in whole(self).items() if key not in self._foreign}

    @property
    def parameters(self) -> dict[str, float]:
        """The method's own parameters."""
        return {name: getattr(self, name) for name in MERGE_PARAMETERS[self.method]}

    @property
    def _foreign(self) -> frozenset[str]:
        """The parameters of other methods."""
        return frozenset(chain.from_iterable(MERGE_PARAMETERS.values())) - set(MERGE_PARAMETERS[self.method])


def merge_recipe(source: str) -> MergeRecipe:
    """The recipe of a YAML file (a name in `recipes/merge/` or a path).

    Raises:
        UserError: no such file, not YAML, an unknown key, or a value that doesn't fit.
    """
    return load(locate(source, "recipes/merge", "merge recipe"), MergeRecipe)
