"""Check whether two models can be merged, and measure how far they are apart, tensor by tensor."""

import re
from collections.abc import Collection, Mapping
from math import hypot, isfinite, prod

from msgspec import DecodeError, Struct, json, structs

from mnlu_instruct.errors import UserError
from mnlu_instruct.merging.weights import Weights, distance, not_finite

FAR = 1.0
"""The largest ‖tuned − base‖ / ‖base‖ of a matrix that counts as tuned from that base.

Unrelated matrices are nearly orthogonal, so that ‖tuned − base‖² = ‖base‖² + ‖tuned‖²: their ratio is more than 1
whatever their norms, and √2 if the norms are equal. It is a few hundredths at most after fine-tuning a model of
billions of parameters, and 0.5 where the quickstart's tiny model was tuned as long as its base was trained. Vectors are
not checked: gains of norms are near 1 in every model, and biases may start at 0.
"""

LAYER = re.compile(r"(.*?\.\d+)\.")
"""The layer in a tensor's name: everything up to the first number."""

HINT = "merge a model with the base that it was tuned from."


class Change(Struct, frozen=True):
    """Norms of one tensor, or of all tensors of a layer together.

    Attributes:
        parameters: the number of parameters.
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
        """‖merged − base‖ / ‖base‖; infinite where the base is zero and the merged model isn't."""
        return _share(self.merged, self.base)


Changes = Mapping[str, Change]
"""Norms by the name of the tensor or layer."""


def compare(base: Weights, tuned: Weights) -> dict[str, Change]:
    """Measure how far the tuned model is from its base.

    Raises:
        UserError: only one of them has a tensor, or its shapes differ, or it has a number that is NaN or infinite; or
            the difference is larger than tuning makes it.
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
                f"{change.ratio:.2f} times the base's; after tuning it is below {FAR:g}, for unrelated models 1.41.",
                HINT,
            )
        found[name] = change
    return found


def moved(base: Weights, merged: Weights, changes: Changes) -> dict[str, Change]:
    """Add how far the merged model is from the base.

    Raises:
        UserError: it lacks a tensor, or has a number that is NaN or infinite.
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
    """Combine the tensors of each layer; tensors outside layers stay by themselves."""
    found: dict[str, Change] = {}
    for name in sorted(changes, key=_natural):
        matched, change = LAYER.match(name), changes[name]
        layer = matched[1] if matched else name
        before = found.get(layer, Change(0, 0.0, 0.0))
        found[layer] = together((before, change))
    return found


def together(changes: Collection[Change]) -> Change:
    """The norms of several tensors taken as one."""
    return Change(
        sum(one.parameters for one in changes),
        hypot(*(one.base for one in changes)),
        hypot(*(one.delta for one in changes)),
        hypot(*(one.merged for one in changes)),
    )


def _check_shapes(base: Weights, other: Weights) -> None:
    for name in sorted(base.shapes.keys() ^ other.shapes.keys()):
        there, lacking = (base, other) if name in base.shapes else (other, base)
        raise UserError(f"{name} is in {there.folder}, but not in {lacking.folder}.", HINT)
    for name, expected in sorted(base.shapes.items()):
        found = other.shapes[name]
        if found == expected:
            continue
        if (expected[:1], found[:1]) == ((_vocabulary(base),), (_vocabulary(other),)):
            raise UserError(
                f"The vocabularies differ: {name} has {expected[0]:,} rows in {base.folder}, but {found[0]:,} in "
                f"{other.folder}.",
                "tune without adding tokens, as 'mnlu train' does; or add the same tokens to the base.",
            )
        raise UserError(f"{name} has the shape {expected} in {base.folder}, but {found} in {other.folder}.", HINT)


def _vocabulary(weights: Weights) -> int | None:
    """The size of a model's vocabulary, from its configuration; None if that has none."""
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
    """A sort key that puts layer 2 before layer 10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in name.split(".")]
