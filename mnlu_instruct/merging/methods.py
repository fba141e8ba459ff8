"""The merge methods: the formula of each, and its configuration for mergekit.

| method | paper |
| --- | --- |
| dare | Yu et al., 2024: Language models are super Mario |
| dare-ties | that, then TIES: Yadav et al., 2023 |
| linear | WiSE-FT: Wortsman et al., 2022, Robust fine-tuning of zero-shot models |
| task-arithmetic | Ilharco et al., 2023: Editing models with task arithmetic |
| slerp | Shoemake, 1985: Animating rotation with quaternion curves |
"""

from pathlib import Path
from typing import Any

from mnlu_instruct.merging.recipe import MergeRecipe

SLERP_IS_LINEAR = 0.9995
"""mergekit's threshold of the angle's cosine, beyond which slerp's formula would divide by nearly zero."""


def formula(recipe: MergeRecipe) -> str:
    """The formula that a recipe applies to every parameter, with its numbers."""
    mask = f"mask: each parameter is 1 with probability {recipe.density:g}, else 0 (seed {recipe.seed})"
    match recipe.method:
        case "dare":
            return f"merged = base + {recipe.weight:g} · mask ⊙ (tuned − base) / {recipe.density:g}; {mask}"
        case "dare-ties":
            return (
                f"merged = base + {recipe.weight:g} · elect(mask ⊙ (tuned − base) / {recipe.density:g}); {mask}; "
                "elect: keeps what has the sign of the sum over all tuned models; with one model, everything"
            )
        case "linear":
            return f"merged = {1 - recipe.alpha:g} · base + {recipe.alpha:g} · tuned"
        case "task-arithmetic":
            return f"merged = base + {recipe.scaling:g} · (tuned − base)"
        case "slerp":
            return (
                f"merged = (sin({1 - recipe.t:g} θ) · base + sin({recipe.t:g} θ) · tuned) / sin θ; "
                "θ: the angle between base and tuned, tensor by tensor; "
                f"where |cos θ| > {SLERP_IS_LINEAR}: {1 - recipe.t:g} · base + {recipe.t:g} · tuned"
            )


def configuration(recipe: MergeRecipe, base: Path, tuned: Path) -> dict[str, Any]:
    """mergekit's configuration of a recipe.

    mergekit's own `rescale` keeps each tensor's L1 norm, which is not DARE's rule; λ = 1/density without it is. Its
    `normalize` divides by the sum of weights of the models that agree, which is TIES' disjoint mean. There is no
    `tokenizer_source`, with which mergekit would remove rows of the embeddings that no token has. Paths are absolute,
    because mergekit takes a relative one for a name on the hub.
    """
    first, second = str(base.absolute()), str(tuned.absolute())
    general = {"dtype": "float32", "out_dtype": recipe.dtype}
    match recipe.method:
        case "dare":
            own = {"weight": recipe.weight, "density": recipe.density}
            rule = {"normalize": False, "rescale": False, "lambda": 1 / recipe.density}
            method = "dare_linear"
        case "dare-ties":
            own = {"weight": 1.0, "density": recipe.density}
            rule = {"normalize": True, "rescale": False, "lambda": recipe.weight / recipe.density}
            method = "dare_ties"
        case "task-arithmetic":
            own, rule, method = {"weight": recipe.scaling}, {"normalize": False}, "task_arithmetic"
        case "linear":
            shares = ((first, 1 - recipe.alpha), (second, recipe.alpha))
            models = [{"model": model, "parameters": {"weight": share}} for model, share in shares]
            return {"merge_method": "linear", "models": models, "parameters": {"normalize": False}, **general}
        case "slerp":
            models = [{"model": first}, {"model": second}]
            rule = {"t": recipe.t}
            return {"merge_method": "slerp", "base_model": first, "models": models, "parameters": rule, **general}
    models = [{"model": second, "parameters": own}]
    return {"merge_method": method, "base_model": first, "models": models, "parameters": rule, **general}
