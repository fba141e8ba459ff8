"""Each method by mergekit against its formula in float64, in few lines of their own."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file

from mnlu_instruct import assets
from mnlu_instruct.errors import UserError
from mnlu_instruct.merging import methods
from mnlu_instruct.merging.recipe import MERGE_PARAMETERS, MergeRecipe, merge_recipe
from mnlu_instruct.merging.run import mix
from tests.merging.conftest import Pair, model
from tests.support import ROOT

EXACT = 1e-6
"""Of float32 arithmetic on weights below 2."""

Tensors = dict[str, torch.Tensor]


def recipe(pair: Pair, out: Path, **values: Any) -> MergeRecipe:
    return MergeRecipe(base=str(pair[0]), tuned=pair[1], out=out, **{"dtype": "float32", **values})


def tensors(folder: Path) -> Tensors:
    return {name: tensor.double() for name, tensor in load_file(folder / "model.safetensors").items()}


def mixed(pair: Pair, out: Path, **values: Any) -> tuple[Tensors, Tensors, Tensors]:
    """The tensors of base, tuned and merged, in float64."""
    out.mkdir(parents=True, exist_ok=True)
    mix(recipe(pair, out, **values), *pair, out)
    base, tuned, merged = map(tensors, (*pair, out))
    assert merged.keys() == base.keys()
    return base, tuned, merged


def largest(found: Tensors, expected: Tensors) -> float:
    return max(float((found[name] - expected[name]).abs().max()) for name in expected)


@pytest.mark.parametrize("method", ["dare", "dare-ties"])
@pytest.mark.parametrize(("weight", "density"), [(0.5, 0.8), (1.0, 0.3)])
def test_dare_follows_the_papers_formula_on_its_own_mask(
    pair: Pair, tmp_path: Path, method: str, weight: float, density: float
) -> None:
    base, tuned, merged = mixed(pair, tmp_path, method=method, weight=weight, density=density)
    kept = total = 0
    for name, first in base.items():
        rescaled = weight * (tuned[name] - first) / density
        mask = (merged[name] - first).abs() > rescaled.abs() / 2
        assert float((merged[name] - (first + mask * rescaled)).abs().max()) < EXACT, name
        kept, total = kept + int(mask.sum()), total + mask.numel()
    # Of some 14,000 parameters, within four standard deviations.
    assert kept / total == pytest.approx(density, abs=4 * (density * (1 - density) / total) ** 0.5)


def test_dare_in_expectation_over_seeds_is_the_formula_without_its_mask(pair: Pair, tmp_path: Path) -> None:
    seeds = 40
    total: Tensors = {}
    for seed in range(seeds):
        base, tuned, merged = mixed(pair, tmp_path, seed=seed)
        total = {name: total.get(name, 0) + tensor for name, tensor in merged.items()}
    errors = []
    for name, first in base.items():
        delta = tuned[name] - first
        # A kept parameter has delta / 2 / 0.8, kept 8 times out of 10: the deviation of the mean of all seeds is this.
        deviation = 0.5 * delta.abs() * (0.2 / 0.8) ** 0.5 / seeds**0.5
        error = (total[name] / seeds - (first + 0.5 * delta))[deviation > EXACT]
        errors.append(error / deviation[deviation > EXACT])
    standard = torch.cat(errors)
    assert float(standard.abs().max()) < 6
    assert abs(float(standard.mean())) < 4 / len(standard) ** 0.5
    assert float(standard.std()) == pytest.approx(1, abs=0.05)


def test_of_one_tuned_model_dare_ties_outvotes_nothing(pair: Pair, tmp_path: Path) -> None:
    *_, dare = mixed(pair, tmp_path / "dare")
    *_, ties = mixed(pair, tmp_path / "ties", method="dare-ties")
    assert largest(ties, dare) < EXACT


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_linear_is_the_weighted_mean(pair: Pair, tmp_path: Path, alpha: float) -> None:
    base, tuned, merged = mixed(pair, tmp_path, method="linear", alpha=alpha)
    assert largest(merged, {name: (1 - alpha) * base[name] + alpha * tuned[name] for name in base}) < EXACT


@pytest.mark.parametrize("scaling", [-0.5, 0.0, 0.4, 1.5])
def test_task_arithmetic_scales_the_task_vector(pair: Pair, tmp_path: Path, scaling: float) -> None:
    base, tuned, merged = mixed(pair, tmp_path, method="task-arithmetic", scaling=scaling)
    assert largest(merged, {name: base[name] + scaling * (tuned[name] - base[name]) for name in base}) < EXACT


def slerp(first: torch.Tensor, second: torch.Tensor, t: float) -> torch.Tensor:
    cosine = first.flatten() @ second.flatten() / first.norm() / second.norm()
    if abs(cosine) > methods.SLERP_IS_LINEAR:
        return (1 - t) * first + t * second
    angle = torch.acos(cosine)
    return (torch.sin((1 - t) * angle) * first + torch.sin(t * angle) * second) / torch.sin(angle)


@pytest.mark.parametrize("t", [0.0, 0.25, 1.0])
def test_slerp_goes_along_the_arc(pair: Pair, tmp_path: Path, t: float) -> None:
    base, tuned, merged = mixed(pair, tmp_path, method="slerp", t=t)
    assert largest(merged, {name: slerp(base[name], tuned[name], t) for name in base}) < EXACT


def test_slerp_goes_straight_where_the_angle_is_small(tmp_path: Path, pair: Pair) -> None:
    near = model(tmp_path / "near", noise=0.01)
    base, tuned, merged = mixed((pair[0], near), tmp_path / "out", method="slerp", t=0.25)
    assert largest(merged, {name: 0.75 * base[name] + 0.25 * tuned[name] for name in base}) < EXACT


def test_rows_of_the_embeddings_that_no_token_has_stay(tmp_path: Path) -> None:
    padded = (model(tmp_path / "base", vocab_size=24), model(tmp_path / "tuned", vocab_size=24, noise=0.1))
    *_, merged = mixed(padded, tmp_path / "out")
    assert merged["model.embed_tokens.weight"].shape == (24, 32)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "base + 0.5 · mask ⊙ (tuned − base) / 0.8"),
        ({"method": "dare-ties", "weight": 1, "seed": 7}, "base + 1 · elect(mask ⊙ (tuned − base) / 0.8)"),
        ({"method": "linear", "alpha": 0.3}, "0.7 · base + 0.3 · tuned"),
        ({"method": "task-arithmetic", "scaling": -1}, "base + -1 · (tuned − base)"),
        ({"method": "slerp", "t": 0.25}, "(sin(0.75 θ) · base + sin(0.25 θ) · tuned) / sin θ"),
    ],
)
def test_the_formula_has_the_numbers(pair: Pair, values: dict[str, Any], words: str) -> None:
    assert methods.formula(recipe(pair, Path("out"), **values)).startswith(f"merged = {words}")


def test_another_methods_parameter(pair: Pair) -> None:
    asked = 0
    for method, own in MERGE_PARAMETERS.items():
        for name in sorted({name for names in MERGE_PARAMETERS.values() for name in names} - set(own)):
            with pytest.raises(UserError, match=f"'{method}' has no parameter '{name}'"):
                recipe(pair, Path("out"), method=method, **{name: 1})
            asked += 1
    assert asked == 3 + 3 + 5 + 5 + 5


def test_recipes_are_those_of_all_methods_and_can_be_read_again() -> None:
    found = [
        merge_recipe(path.removeprefix("merge/").removesuffix(".yaml")) for path in assets.names("recipes", "merge/*")
    ]
    assert {one.method for one in found} == set(MERGE_PARAMETERS)
    assert len({one.out for one in found}) == len(found)
    for one in found:
        assert MergeRecipe(**one.model_dump()) == one


def test_the_page_shows_the_papers_recipe_and_all_methods() -> None:
    page = (ROOT / "docs" / "merging.md").read_text("utf-8")
    _, shown, _ = re.split(r"^```(?:yaml mine\.yaml)?$", page[page.index("```yaml") :], maxsplit=2, flags=re.MULTILINE)
    assert MergeRecipe(**yaml.safe_load(shown)) == merge_recipe("dare")
    rows = {row.split("`")[1]: row for row in page.splitlines() if row.startswith("| `")}
    assert rows.keys() == MERGE_PARAMETERS.keys()
    for method, names in MERGE_PARAMETERS.items():
        assert all(f"`{name}`" in rows[method] for name in names)


def test_the_recipe_of_the_paper() -> None:
    paper = merge_recipe("dare")
    assert (paper.method, paper.weight, paper.density, paper.dtype) == ("dare", 0.5, 0.8, "bfloat16")
