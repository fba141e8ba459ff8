"""The paper's DARE merge (Yu et al., 2024), through mergekit: what `merge/dare.py` is made of."""

from pathlib import Path
from typing import Any

import yaml
from msgspec import DecodeError, json

from mnlu_instruct import chat, folders
from mnlu_instruct.errors import UserError
from mnlu_instruct.recipe import MergeRecipe

MARK = "merge.yaml"
"""The file that a merged model's folder has."""

Shapes = dict[str, list[int]]


def configuration(recipe: MergeRecipe) -> dict[str, Any]:
    """The recipe in mergekit's terms.

    mergekit's own `rescale` keeps each tensor's L1 norm, which is not the paper's rule; λ = 1/density without it is.
    Paths are absolute, because a relative one looks like a name on the hub to it.
    """
    tuned = str(recipe.tuned.absolute())
    return {
        "merge_method": "dare_linear",
        "base_model": _absolute(recipe.base),
        "models": [{"model": tuned, "parameters": {"weight": recipe.weight, "density": recipe.density}}],
        "parameters": {"normalize": False, "rescale": False, "lambda": 1 / recipe.density},
        "dtype": "float32",
        "out_dtype": recipe.dtype,
        "tokenizer_source": tuned,
    }


def merge(recipe: MergeRecipe, overwrite: bool) -> Path:
    """Merge, and check that what goes with the weights is the tuned model's.

    Raises:
        UserError: mergekit isn't installed; a model is missing or has no weights; the two have different shapes; the
            folder is there already, or can't be written.
    """
    try:
        from mergekit.config import MergeConfiguration  # noqa: PLC0415 (loads torch)
        from mergekit.merge import MergeOptions, run_merge  # noqa: PLC0415
    except ImportError as error:
        raise UserError("Merging needs mergekit.", "pip install 'mnlu-instruct[merge]'.") from error
    folders.check(recipe.out, overwrite, MARK)
    _check_shapes(Path(recipe.base), recipe.tuned)
    written = configuration(recipe)
    with folders.appearing(recipe.out) as folder:
        run_merge(
            MergeConfiguration.model_validate(written),
            str(folder),
            MergeOptions(random_seed=recipe.seed, copy_tokenizer=True, write_model_card=False, quiet=True),
        )
        _bring_along(recipe.tuned, folder)
        (folder / MARK).write_text(yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False), "utf-8")
    return recipe.out


def _absolute(model: str) -> str:
    """A local folder by its absolute path; any other name as it is."""
    return str(Path(model).absolute()) if Path(model).is_dir() else model


def _check_shapes(base: Path, tuned: Path) -> None:
    """Both models have the same tensors; a base that is not a local folder is mergekit's to find."""
    second = shapes(tuned)
    if not base.is_dir():
        return
    first = shapes(base)
    for name in sorted(first.keys() | second.keys()):
        if first.get(name) != second.get(name):
            raise UserError(
                f"{name} has the shape {first.get(name, 'none')} in {base} and {second.get(name, 'none')} in {tuned}.",
                "merge a model with the base it was tuned from.",
            )


def shapes(model: Path) -> Shapes:
    """The shape of every tensor of a model's folder, from the headers of its safetensors files.

    Raises:
        UserError: there is no such folder, or no weights in it.
    """
    found = sorted(model.glob("*.safetensors"))
    if not found:
        raise UserError(f"{model} holds no *.safetensors.", "give the folder of a trained model.")
    return {name: shape for path in found for name, shape in _header(path).items()}


def _header(path: Path) -> Shapes:
    """A safetensors file begins with the length of its header in 8 bytes, then the header as JSON."""
    try:
        with path.open("rb") as stream:
            header = json.decode(stream.read(int.from_bytes(stream.read(8), "little")), type=dict[str, dict[str, Any]])
    except (OSError, DecodeError, OverflowError, MemoryError) as error:
        raise UserError(f"{path} is truncated or damaged.", "train or download the model again.") from error
    return {name: entry["shape"] for name, entry in header.items() if name != "__metadata__"}


def _bring_along(tuned: Path, merged: Path) -> None:
    """The tuned model's generation config, which mergekit leaves behind; then tokenizer and template are compared."""
    source = tuned / "generation_config.json"
    if source.is_file():
        (merged / source.name).write_bytes(source.read_bytes())
    before, after = chat.load_tokenizer(str(tuned)), chat.load_tokenizer(str(merged))
    if before.get_vocab() != after.get_vocab() or before.chat_template != after.chat_template:
        raise UserError("The merged model's tokenizer is not the tuned model's.", "report this with both folders.")
