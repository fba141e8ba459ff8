"""Whether two models can be merged, and how far they are from each other, tensor by tensor."""

import re
from collections.abc import Collection, Mapping
from math import hypot, isfinite, prod

from msgspec import DecodeError, Struct, json, structs

from mnlu_instruct.errors import UserError
from mnlu_instruct.merging.weights import Weights, distance, not_finite

FAR = 1.0
"""A matrix whose ‖tuned − base‖ / ‖base‖ is beyond it was not tuned from that base.

Matrices that have nothing to do with each other are all but orthogonal, so that ‖tuned − base‖² = ‖base‖² + ‖tuned‖²:
the ratio is more than 1 whatever their norms, and √2 where these are equal. It is some hundredths at most where a model
of billions of parameters was fine-tuned, and 0.5 where the quickstart's tiny model was tuned as long as its base was
trained. Vectors are not judged: gains of norms are near 1 in every model, and biases may begin at 0.
"""

LAYER = re.compile(r"(.*?\.\d+)\.")
"""The layer in a tensor's name: all up to the first number."""

HINT = "merge a model with the base that it was tuned from."


class Change(Struct, frozen=True):
    """Norms of one tensor, or of all of a layer together.

    Attributes:
        parameters: how many they are.
        base: ‖base‖.
        delta: ‖tuned − base‖.
        merged: ‖merged − base‖; 0 before there is a merged model.
    """

    parameters: int
    base: float
    delta: float
    merged: float = 0.0

    @property
    def ratio(self) -> float:
        """‖tuned − base‖ / ‖base‖; infinite where the base is zero and the tuned model isn't."""
        return _share(self.delta, self.base)

    @property
    def moved(self) -> float:
        """‖merged − base‖ / ‖base‖, likewise."""
        return _share(self.merged, self.base)


Changes = Mapping[str, Change]
"""By the tensor's or the layer's name."""


def compare(base: Weights, tuned: Weights) -> dict[str, Change]:
    """How far the tuned model is from its base.

    Raises:
        UserError: a tensor is in one of them only, has another shape, holds a number that isn't finite, or is further
            off than tuning takes it.
    """
    _check_shapes(base, tuned)
    found = {}
    for name, shape in sorted(tuned.shapes.items()):
        change = Change(prod(shape), *distance(base, tuned, name))
        if not isfinite(change.delta):
            raise not_finite(name, tuned if isfinite(change.base) else base)
        if len(shape) > 1 and change.base and change.ratio > FAR:
            raise UserError(
                f"{base.folder} is not the base of {tuned.folder}: the norm of their difference in {name} is "
                f"{change.ratio:.2f} times the base's; tuning leaves it below {FAR:g}, unrelated models have 1.41.",
                HINT,
            )
        found[name] = change
    return found


def moved(base: Weights, merged: Weights, changes: Changes) -> dict[str, Change]:
    """The same, with how far the merged model is from the base.

    Raises:
        UserError: it lacks a tensor, or has one with a number that isn't finite.
    """
    _check_shapes(base, merged)
    found = {}
    for name, change in changes.items():
        _, moved_by = distance(base, merged, name)
        if not isfinite(moved_by):
            raise not_finite(name, merged)
        found[name] = structs.replace(change, merged=moved_by)
    return found


def by_layer(changes: Changes) -> dict[str, Change]:
    """Tensors of a layer together; others by themselves."""
    found: dict[str, Change] = {}
    for name in sorted(changes, key=_natural):
        matched, change = LAYER.match(name), changes[name]
        layer = matched[1] if matched else name
        before = found.get(layer, Change(0, 0.0, 0.0))
        found[layer] = together((before, change))
    return found


def together(changes: Collection[Change]) -> Change:
    """The norms of several tensors as if they were one."""
    return Change(
        sum(one.parameters for one in changes),
        hypot(*(one.base for one in changes)),
        hypot(*(one.delta for one in changes)),
        hypot(*(one.merged for one in changes)),
    )


def _check_shapes(base: Weights, other: Weights) -> None:
    for name in sorted(base.shapes.keys() ^ other.shapes.keys()):
        there, lacking = (base, other) if name in base.shapes else (other, base)
        raise UserError(f"{name} is in {there.folder}, and not in {lacking.folder}.", HINT)
    for name, expected in sorted(base.shapes.items()):
        found = other.shapes[name]
        if found == expected:
            continue
        if (expected[:1], found[:1]) == ((_vocabulary(base),), (_vocabulary(other),)):
            raise UserError(
                f"The vocabularies differ: {name} has {expected[0]:,} rows in {base.folder}, and {found[0]:,} in "
                f"{other.folder}.",
                "tune without adding tokens, as 'mnlu train' does; or give the base the same tokens.",
            )
        raise UserError(f"{name} has the shape {expected} in {base.folder}, and {found} in {other.folder}.", HINT)


def _vocabulary(weights: Weights) -> int | None:
    """The size of a model's vocabulary, by its configuration."""
    try:
        read: dict[str, object] = json.decode((weights.folder / "config.json").read_bytes(), type=dict[str, object])
    except (OSError, DecodeError):
        return None
    size = read.get("vocab_size")
    return size if isinstance(size, int) else None


def _share(part: float, whole: float) -> float:
    if whole:
        return part / whole
    return float("inf") if part else 0.0


def _natural(name: str) -> list[tuple[int, str]]:
    """Layer 2 before layer 10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in name.split(".")]
