"""A merged model's card: what was merged with what, how, and what came out."""

from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version

import yaml

from mnlu_instruct.markdown import table
from mnlu_instruct.merging.comparison import Changes, together
from mnlu_instruct.merging.methods import formula
from mnlu_instruct.merging.recipe import MergeRecipe
from mnlu_instruct.merging.smoke import Answer

NAME = "README.md"
VERSIONS = ("mnlu-instruct", "mergekit", "torch", "transformers", "peft")

INTRODUCTION = """# {name}

A merge of `{tuned}` with its base `{base}` by the method `{method}`, in float32, stored in {dtype}:

> {formula}

Tokenizer, chat template and generation config are the tuned model's. The same command, with the files below and the
versions at the end, makes it again: `mnlu merge merge.yaml`."""

NORMS = """How far the tuned and the merged model are from the base, layer by layer: Euclidean norms over all of its
parameters. The last column includes the rounding to {dtype}."""

ANSWERS = """Not an evaluation: five questions of the bundled demo corpora, answered greedily, show that the model loads
and generates. A readable answer has the form that was asked for."""


def render(
    recipe: MergeRecipe, hashes: Mapping[str, Mapping[str, str]], layers: Changes, answers: Sequence[Answer]
) -> str:
    """The card.

    Args:
        recipe: what was merged, and how.
        hashes: of base, tuned and merged: the sha256 of each file of weights.
        layers: norms by layer.
        answers: to the five questions; none if they weren't asked.
    """
    front = {
        "base_model": [recipe.base, str(recipe.tuned)],
        "base_model_relation": "merge",
        "library_name": "transformers",
        "tags": ["mnlu-instruct", "mergekit", "merge", recipe.method],
    }
    parts = [
        f"---\n{yaml.safe_dump(front, sort_keys=False, allow_unicode=True)}---",
        INTRODUCTION.format(name=recipe.out.name, formula=formula(recipe), **recipe.model_dump(mode="json")),
        _section("Parameters", ("parameter", "value"), [(k, f"{v:g}") for k, v in recipe.parameters.items()]),
        _section(
            "Weights",
            ("model", "file", "sha256"),
            [(model, file, f"`{digest}`") for model, files in hashes.items() for file, digest in files.items()],
        ),
        _section("Norms", NORMS_COLUMNS, norms(layers), NORMS.format(dtype=recipe.dtype)),
    ]
    if answers:
        said = [(one.kind, _quoted(one.gold), _quoted(one.text), "yes" if one.readable else "no") for one in answers]
        parts.append(_section("Five answers", ("kind", "gold", "answer", "readable"), said, ANSWERS))
    parts.append(_section("Versions", ("package", "version"), [(name, version(name)) for name in VERSIONS]))
    return "\n\n".join(parts) + "\n"


NORMS_COLUMNS = ("layer", "parameters", "‖base‖", "‖tuned − base‖", "of ‖base‖", "‖merged − base‖")


def norms(layers: Changes) -> list[tuple[str, ...]]:
    """A row of figures a layer, and one of all of them."""
    return [
        (
            name,
            f"{one.parameters:,}",
            *(f"{value:.4g}" for value in (one.base, one.delta)),
            f"{100 * one.ratio:.2f} %",
            f"{one.merged:.4g}",
        )
        for name, one in [*layers.items(), ("all", together(layers.values()))]
    ]


def _section(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], words: str = "") -> str:
    return "\n\n".join(filter(None, (f"## {title}", words, table(columns, rows).rstrip())))


def _quoted(text: str) -> str:
    """Words in a cell of a table: as code, in one line, without what would end either."""
    return f"`{' ⏎ '.join(text.splitlines()).replace('`', 'ˋ').replace('|', '∣')}`" if text.strip() else "nothing"
