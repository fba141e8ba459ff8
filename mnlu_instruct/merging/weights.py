"""The weights in a model's folder: names, shapes and files of tensors, and their numbers, a megabyte at a time."""

from collections.abc import Iterable, Iterator
from math import isfinite, prod, sqrt
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import snapshot_download
from msgspec import DecodeError, Struct, json
from safetensors import SafetensorError, safe_open
from transformers import AutoConfig

from mnlu_instruct import files
from mnlu_instruct.errors import UserError

MODEL = "model.safetensors"
PICKLED = "pytorch_model.bin"
BUFFER = ".rotary_emb.inv_freq"
"""How the names of a buffer end that conversions of 2023 stored: it follows from the configuration."""
HEAD = "lm_head.weight"
"""The output matrix, which some models store although it is tied to the embedding, so that theirs is never read."""
BLOCK = 262_144
"""Numbers per block: 1 MB in float32. Blocks sixteen times as large take four times as long per number."""


class Weights(Struct, frozen=True):
    """A model's tensors: `files` and `shapes` by name; without those that are stored but not read (`find`)."""

    folder: Path
    files: dict[str, Path]
    shapes: dict[str, tuple[int, ...]]


def local(model: str) -> Path:
    """The folder of a model: the name itself if it is a folder, else the hub's download or its cached copy.

    Raises:
        UserError: there is neither.
    """
    if Path(model).is_dir():
        return Path(model)
    try:
        return Path(snapshot_download(model, allow_patterns=["*.json", "*.safetensors", "*.model", "*.jinja"]))
    except (OSError, ValueError) as error:  # hub errors are either
        reason = str(error).strip().splitlines()[0]
        raise UserError(f"No model '{model}': {reason}", "give a folder, or a name on the hub.") from error


def find(model: Path, name: str = MODEL) -> Weights:
    """Find the tensors in a model's folder, from the headers of its safetensors files.

    Rotary buffers, and an output matrix that is tied to the embedding, aren't tensors of their own: one model of a pair
    may store them and the other not.

    Args:
        model: the folder.
        name: the file's name; if `<name>.index.json` exists, it lists several files instead.

    Raises:
        UserError: there is no such folder, it has no weights, a file is missing, or one is damaged.
    """
    index = model / f"{name}.index.json"
    paths = [model / part for part in _parts(index)] if index.is_file() else [model / name]
    for path in paths:
        if not path.is_file():
            raise _without(path, model)
    owned = {tensor: (path, shape) for path in paths for tensor, shape in _header(path).items()}
    for tensor in [tensor for tensor in owned if tensor.endswith(BUFFER)]:
        del owned[tensor]
    if HEAD in owned and _is_tied(model):
        del owned[HEAD]
    return Weights(
        model,
        {tensor: path for tensor, (path, _) in owned.items()},
        {tensor: shape for tensor, (_, shape) in owned.items()},
    )


def _without(path: Path, model: Path) -> UserError:
    """The error for a folder that lacks a file of weights."""
    if any(model.glob(f"{PICKLED}*")):
        return UserError(
            f"{model} has its weights in {PICKLED}, which isn't read here: such files can run programs.",
            "write it as safetensors: load it with transformers' from_pretrained, then save_pretrained another folder.",
        )
    return UserError(f"{model} holds no {path.name}.", "give the folder of a trained model.")


def _is_tied(model: Path) -> bool:
    """Whether a model's output matrix is its embedding, by its configuration."""
    try:
        return bool(AutoConfig.from_pretrained(model).tie_word_embeddings)
    except (OSError, ValueError):
        return False


def blocks(weights: Weights, name: str) -> Iterator[Any]:
    """A tensor's numbers in float32, in order, at most `BLOCK` at a time, or one row where that is longer."""
    with safe_open(weights.files[name], framework="pt") as file:
        shape = weights.shapes[name]
        if not shape:
            yield file.get_tensor(name).float()
            return
        stored = file.get_slice(name)
        rows = max(1, BLOCK // max(1, prod(shape[1:])))
        for start in range(0, shape[0], rows):
            yield stored[start : start + rows].float()


def norm(parts: Iterable[Any]) -> float:
    """The Euclidean norm of blocks of numbers; NaN or infinite only if one of them is, as float64 holds all squares."""
    return sqrt(sum(map(_square, parts)))


def distance(first: Weights, second: Weights, name: str) -> tuple[float, float]:
    """The norm of a tensor in `first`, and the norm of its difference to `second`."""
    pairs = zip(blocks(first, name), blocks(second, name), strict=True)
    squares = [(_square(one), _square(other - one)) for one, other in pairs]
    return sqrt(sum(one for one, _ in squares)), sqrt(sum(other for _, other in squares))


def check_finite(weights: Weights) -> None:
    """Check that all numbers are finite.

    Raises:
        UserError: one is NaN or infinite.
    """
    for name in sorted(weights.files):
        if not isfinite(norm(blocks(weights, name))):
            raise not_finite(name, weights)


def not_finite(name: str, weights: Weights) -> UserError:
    """The error for a tensor that holds NaN or an infinite number."""
    return UserError(
        f"{name} of {weights.folder} holds a number that is NaN or infinite.",
        "train again with a smaller learning rate; if this is a merged model, store it in another dtype.",
    )


def hashes(weights: Weights) -> dict[str, str]:
    """The sha256 of each file."""
    return {path.name: files.sha256(path) for path in sorted(set(weights.files.values()))}


def _square(part: Any) -> float:
    return float(torch.linalg.vector_norm(part, dtype=torch.float64)) ** 2


def _parts(path: Path) -> list[str]:
    """The names of the files that an index lists."""
    try:
        read: dict[str, Any] = json.decode(path.read_bytes(), type=dict[str, Any])
        return sorted({Path(file).name for file in read["weight_map"].values()})
    except (DecodeError, KeyError, AttributeError, TypeError) as error:
        raise UserError(f"{path} is not an index of weights.", "train or download the model again.") from error


def _header(path: Path) -> dict[str, tuple[int, ...]]:
    try:
        with safe_open(path, framework="pt") as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path} is truncated or damaged.", "train or download the model again.") from error
