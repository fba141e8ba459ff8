"""What differs between training decoder models and encoder–decoder models."""

from collections.abc import Callable
from typing import Any, NamedTuple

from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

from mnlu_instruct.prompting import chat, plain_text
from mnlu_instruct.training import arguments, data, lora, seq2seq, trainer
from mnlu_instruct.training.model import Auto
from mnlu_instruct.training.preflight import checks
from mnlu_instruct.training.recipe import ModelRecipe


class Kind(NamedTuple):
    """How a kind of model is trained.

    Attributes:
        config: makes the trainer's configuration of a recipe.
        model: the class that loads such a model.
        template: its chat template.
        tokenised: tokenises rows.
        trainer: the trainer's class.
        check_rows: checks the rows that the trainer prepared.
    """

    config: Callable[..., Any]
    model: Auto
    template: str | None
    tokenised: Callable[..., Any]
    trainer: Callable[..., Any]
    check_rows: Callable[..., Any]


DECODER = Kind(
    arguments.config, AutoModelForCausalLM, chat.TEMPLATE, data.tokenised, trainer.Trainer, checks.check_rows
)
ENCODER_DECODER = Kind(
    seq2seq.config, AutoModelForSeq2SeqLM, None, seq2seq.tokenised, seq2seq.Trainer, seq2seq.check_rows
)


def kind_of(recipe: ModelRecipe) -> Kind:
    """The kind of model that a recipe trains; a new model is a decoder.

    Raises:
        UserError: there is no such model, it is an adapter, or it needs a GPU or a package that isn't there.
    """
    lora.check(recipe)
    return ENCODER_DECODER if recipe.base and plain_text.is_encoder_decoder(recipe.base) else DECODER
