"""The model card of a merged model: its sources, method and formula, norms by layer, and five answers."""

from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version

import yaml

from mnlu_instruct.evaluation import terms
from mnlu_instruct.evaluation.terms import Terms
from mnlu_instruct.markdown import table
from mnlu_instruct.merging.methods import formula
from mnlu_instruct.merging.recipe import MergeRecipe
from mnlu_instruct.merging.smoke import Answer
from mnlu_instruct.merging.weight_changes import Changes, together

NAME = "README.md"
VERSIONS = ("mnlu-instruct", "mergekit", "torch", "transformers", "peft")

INTRODUCTION = """# {name}

A merge of `{tuned}` with its base `{base}` by the method `{method}`, in float32, stored in {dtype}:

> {formula}

Tokenizer, chat template and generation config are the tuned model's. `mnlu merge merge.yaml` makes it again, with the
files below and the versions at the end."""

NORMS = """How far the tuned and the merged model are from the base: Euclidean norms over all parameters of a layer. The
last column includes the rounding to {dtype}."""

ANSWERS = """Not an evaluation: five questions of the bundled demo corpora, answered greedily, show that the model loads
and generates. A readable answer has the form that was asked for."""


def render(
    recipe: MergeRecipe,
    hashes: Mapping[str, Mapping[str, str]],
    layers: Changes,
    learnt: Terms,
    answers: Sequence[Answer],
) -> str:
    """The card, as Markdown.

    Args:
        recipe: the merge recipe.
        hashes: the sha256 of each file of weights, for base, tuned and merged.
        layers: norms by layer.
        learnt: the terms of texts that the models learnt from.
        answers: the answers to the five questions; empty if they weren't asked.
    """
    front = {
        "base_model": [recipe.base, str(recipe.tuned)],
        "base_model_relation": "merge",
        "library_name": "transformers",
        "tags": ["mnlu-instruct", "mergekit", "merge", recipe.method],
    }
    parts = [
        f"---\n{yaml.safe_dump(front, sort_keys=False, allow_unicode=True)}---",
        *([terms.RESTRICTED.format(learnt=terms.said(learnt))] if learnt else []),
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
    """The rows of the table of norms: one for each layer, and one for all together."""
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
    """A text as code in a table cell: on one line, without characters that would end the code or the cell."""
    return f"`{' ⏎ '.join(text.splitlines()).replace('`', 'ˋ').replace('|', '∣')}`" if text.strip() else "nothing"
