"""What differs between training decoder models and encoder–decoder models."""

from collections.abc import Callable
from typing import Any, NamedTuple

from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

from mnlu_instruct.prompting import chat, chat_format, plain_text
from mnlu_instruct.training import arguments, data, lora, seq2seq, trainer
from mnlu_instruct.training.model import Auto
from mnlu_instruct.training.preflight import checks
from mnlu_instruct.training.preflight.rules import Marks
from mnlu_instruct.training.recipe import ModelRecipe


class Kind(NamedTuple):
    """How a kind of model is trained.

    Attributes:
        config: makes the trainer's configuration of a recipe.
        model: the class that loads such a model.
        chats: whether its prompts are chats, in a chat template.
        tokenised: tokenises rows.
        trainer: the trainer's class.
        marks: the tokens that begin and end its documents.
        check_rows: checks the rows that the trainer prepared.
    """

    config: Callable[..., Any]
    model: Auto
    chats: bool
    tokenised: Callable[..., Any]
    trainer: Callable[..., Any]
    marks: Callable[[chat.Tokenizer], Marks]
    check_rows: Callable[..., Any]


def _of_chats(tokenizer: chat.Tokenizer) -> Marks:
    way = chat_format.format_of(tokenizer)
    return Marks(way.begin, way.end)


def _of_plain_text(tokenizer: chat.Tokenizer) -> Marks:
    return Marks(None, tokenizer.eos_token_id)


DECODER = Kind(
    arguments.config, AutoModelForCausalLM, True, data.tokenised, trainer.Trainer, _of_chats, checks.check_rows
)
ENCODER_DECODER = Kind(
    seq2seq.config, AutoModelForSeq2SeqLM, False, seq2seq.tokenised, seq2seq.Trainer, _of_plain_text, seq2seq.check_rows
)


def kind_of(recipe: ModelRecipe) -> Kind:
    """The kind of model that a recipe trains; a new model is a decoder.

    Raises:
        UserError: there is no such model, it is an adapter, or it needs a GPU or a package that isn't there.
    """
    lora.check(recipe)
    return ENCODER_DECODER if recipe.base and plain_text.is_encoder_decoder(recipe.base) else DECODER
