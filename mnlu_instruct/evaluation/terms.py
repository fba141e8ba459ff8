"""The corpora that a model learnt from whose terms forbid to pass texts on, in its folder (`terms.json`).

Models memorise texts, so these terms also decide whether the model may be passed on. They pass from a base to what is
tuned from it, and from both to their merge.
"""

from collections.abc import Mapping
from pathlib import Path

from msgspec import DecodeError, json

from mnlu_instruct.dataset import manifest
from mnlu_instruct.errors import UserError

NAME = "terms.json"

RESTRICTED = """> **This model was trained on texts of {learnt}. Models memorise texts: those terms also decide whether
> you may pass it on.**"""
"""What a model's card says of its terms."""

Terms = Mapping[str, str]
"""By corpus, why its texts must not be passed on."""


def write(data: Path, base: str | None, folder: Path) -> Terms:
    """Write a model's terms, and return them: those of its training data, and those of its base, where they are known.

    Raises:
        UserError: the data set, or the base's terms, can't be read.
    """
    of_base = of_model(Path(base)) if base else None
    return _written({**(of_base or {}), **of_data(manifest.read(data))}, folder)


def carry(tuned: Path, base: Path, merged: Path) -> Terms:
    """Write a merged model's terms, and return them: the tuned model's and its base's.

    Where the tuned model's aren't known, nothing is written, and none are returned.

    Raises:
        UserError: the terms of one can't be read.
    """
    found = of_model(tuned)
    return {} if found is None else _written({**(of_model(base) or {}), **found}, merged)


def of_data(stated: manifest.Manifest) -> Terms:
    """The terms of a built data set's corpora, by its manifest."""
    return {one["name"]: one["restriction"] for one in stated["corpora"] if one["restriction"]}


def of_model(folder: Path) -> Terms | None:
    """A model's terms; None where they aren't known.

    Raises:
        UserError: the file can't be read.
    """
    path = folder / NAME
    if not path.is_file():
        return None
    try:
        return json.decode(path.read_bytes(), type=dict[str, str])
    except (DecodeError, OSError) as error:
        raise UserError(
            f"{path} can't be read: {error}.", "remove it, and train again: whose texts the model learnt is unknown."
        ) from error


def said(terms: Terms) -> str:
    """Terms in words: each corpus with the reason."""
    return ", ".join(f"{name} ({reason})" for name, reason in sorted(terms.items()))


def _written(terms: Terms, folder: Path) -> Terms:
    (folder / NAME).write_bytes(json.format(json.encode(terms, order="sorted"), indent=2) + b"\n")
    return terms
