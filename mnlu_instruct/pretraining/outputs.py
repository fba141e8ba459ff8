"""Write a pretraining's output folder: model, tokenizer, and how it was made."""

from functools import partial
from pathlib import Path
from typing import Any

import yaml
from msgspec import json

from mnlu_instruct import markdown
from mnlu_instruct.pretraining.manifest import Manifest
from mnlu_instruct.pretraining.recipe import PretrainRecipe
from mnlu_instruct.training import outputs

NAME = "README.md"
MOST = 12
"""The most losses that the card shows, of all that were logged."""

CARD = """---
license: other
library_name: transformers
pipeline_tag: text2text-generation
tags: [biomedical, bart, text-infilling, mnlu-instruct]
---

# {name}

{what}, pretrained by text infilling on {documents:,} abstracts of PubMed ({tokens:,} tokens, content hash `{hash}`) in
{steps:,} steps of {batch:,} abstracts, with mnlu-instruct {version}, after BioBART (Yuan et al., 2022).

It writes the text that masks stand for, and is made to be tuned for a task. It is not made for clinical decisions, and
a model that is tuned from it isn't either. {search}

## Losses

{losses}

## Recipe

```yaml
{recipe}```
"""
DROPPED = (
    "Of its base it doesn't keep these settings of a search: {dropped}. Whoever generates with it says how: beams, "
    "lengths, repetitions."
)


def write(trainer: Any, recipe: PretrainRecipe, stated: Manifest, dropped: str) -> None:
    """Write all outputs, called by every process.

    Args:
        trainer: the trainer.
        recipe: the recipe.
        stated: the manifest of the corpus.
        dropped: which generation settings of the base the model doesn't have (`model.model_for`).
    """
    outputs.save(trainer, partial(_describe, trainer, recipe, stated, dropped))


def facts(trainer: Any, recipe: PretrainRecipe, stated: Manifest) -> dict[str, Any]:
    """The content of `training.json`: the corpus, the settings, and what the trainer has logged."""
    state, args = trainer.state, trainer.args
    return {
        "name": Path(args.output_dir).resolve().name,
        "base": recipe.model.base,
        "encoder_decoder": True,
        "corpus": {"name": recipe.data.resolve().name, "content_hash": stated["content_hash"], **stated["counts"]},
        "steps": state.global_step,
        "epochs": state.epoch,
        "processes": args.world_size,
        "documents_a_step": args.train_batch_size * args.gradient_accumulation_steps * args.world_size,
        "learning_rate": args.learning_rate,
        "max_length": args.max_length,
        "log": state.log_history,
    }


def _describe(trainer: Any, recipe: PretrainRecipe, stated: Manifest, dropped: str, folder: Path) -> None:
    told, made_with = facts(trainer, recipe, stated), outputs.versions()
    written = yaml.safe_dump(recipe.model_dump(mode="json", exclude_none=True), sort_keys=False)
    (folder / outputs.RECIPE).write_text(written, "utf-8")
    (folder / outputs.VERSIONS).write_bytes(json.format(json.encode(made_with), indent=2) + b"\n")
    (folder / outputs.TRAINING).write_bytes(json.format(json.encode(told), indent=2) + b"\n")
    (folder / NAME).write_text(_card(told, written, made_with["mnlu-instruct"], dropped), "utf-8")


def _card(told: dict[str, Any], recipe: str, version: str, dropped: str) -> str:
    logged = [(one["step"], one["loss"]) for one in told["log"] if "loss" in one]
    shown = logged[:: -(-len(logged) // MOST) or 1]
    return CARD.format(
        name=told["name"],
        what=told["base"] or "A new BART",
        documents=told["corpus"]["documents"],
        tokens=told["corpus"]["tokens"],
        hash=told["corpus"]["content_hash"],
        steps=told["steps"],
        batch=told["documents_a_step"],
        version=version,
        search=DROPPED.format(dropped=dropped) if dropped else "",
        losses=markdown.table(("step", "loss"), ((f"{step:,}", f"{loss:.3f}") for step, loss in shown)).rstrip(),
        recipe=recipe,
    )
