"""The model of a pretraining and its tokenizer: a BART with its own, or a new one with the corpus'."""

from typing import Any

from transformers import AutoModelForSeq2SeqLM, BartConfig, GenerationConfig, PretrainedConfig, PreTrainedModel

from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import model_check
from mnlu_instruct.pretraining import manifest, vocabulary
from mnlu_instruct.pretraining.manifest import Manifest
from mnlu_instruct.pretraining.recipe import PretrainRecipe
from mnlu_instruct.prompting.chat import Tokenizer
from mnlu_instruct.training import model as training_model
from mnlu_instruct.training import seq2seq
from mnlu_instruct.training.estimate import shapes

KEPT = (
    "bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id", "forced_bos_token_id",
    "forced_eos_token_id",
)  # fmt: skip
"""The generation settings of a base that a pretrained model keeps: those that say which tokens begin and end a text."""
SEARCH = ("num_beams", "no_repeat_ngram_size", "min_length", "early_stopping", "length_penalty", "max_length")
"""Settings of a search. BART's come from news summaries, and would decide in silence how every answer is written."""


def configuration(recipe: PretrainRecipe) -> seq2seq.Config:
    """The trainer's configuration; raises as `seq2seq.config`."""
    config = seq2seq.config(recipe.as_training())
    config.remove_unused_columns = False  # a row is a document's number, of which the batch is made
    return config


def shape(recipe: PretrainRecipe, tokens: int | None = None) -> PretrainedConfig:
    """The configuration of the model, without its weights; of a new one, with so many tokens.

    Raises:
        UserError: there is no such model, it is no BART, or it has fewer positions than a text has tokens.
    """
    if recipe.model.config is None:
        found = shapes.config_of(recipe.as_training().model)
    else:
        found = _new(recipe.model.config, {"vocab_size": tokens} if tokens else {})
    if found.model_type != "bart":
        raise UserError(
            f"{recipe.model.base} is no BART, but a {found.model_type}: text infilling isn't its noise.",
            "take facebook/bart-base, facebook/bart-large, or a model that was made of one.",
        )
    most, positions = recipe.trainer.get("max_length"), found.max_position_embeddings
    if isinstance(most, int) and most > positions:
        raise UserError(
            f"max_length is {most}, but the model has only {positions} positions.", f"write max_length: {positions}."
        )
    return found


def tokenizer_for(recipe: PretrainRecipe, stated: Manifest) -> Tokenizer:
    """The base's tokenizer, or the corpus'.

    Raises:
        UserError: the corpus was not made with the base's tokenizer.
    """
    tokenizer = vocabulary.load(recipe.model.base or str(recipe.data / manifest.TOKENIZER))
    if vocabulary.hashed(tokenizer) != stated["tokenizer"]["hash"]:
        raise UserError(
            f"The token ids in {recipe.data} are of another tokenizer than {recipe.model.base}'s.",
            f"build it again: mnlu pubmed FOLDER --tokenizer {recipe.model.base} --out {recipe.data} --overwrite",
        )
    return tokenizer


def model_for(recipe: PretrainRecipe, tokenizer: Tokenizer, config: seq2seq.Config) -> tuple[PreTrainedModel, str]:
    """The model, and which generation settings of its base it doesn't keep, in words ("" if there are none).

    Raises:
        UserError: as `shape`; its weights can't be loaded, or it has fewer embeddings than the tokenizer has tokens.
    """
    shape(recipe, len(tokenizer))
    as_training = recipe.as_training().model

    def new() -> PreTrainedModel:
        made = _new(recipe.model.config or {}, {"vocab_size": len(tokenizer), **special(tokenizer)})
        return training_model.drawn(made, as_training, config, AutoModelForSeq2SeqLM)

    network = training_model.found(as_training, AutoModelForSeq2SeqLM, new)
    model_check.check_vocabulary(tokenizer, network.config, [])
    before, neutral = network.generation_config, GenerationConfig()
    dropped = {name: value for name in SEARCH if (value := getattr(before, name)) != getattr(neutral, name)}
    network.generation_config = GenerationConfig(**{name: getattr(before, name) for name in KEPT})
    return network, ", ".join(f"{name} {value}" for name, value in dropped.items())


def special(tokenizer: Tokenizer) -> dict[str, Any]:
    """The special tokens of a new BART: the decoder begins with the token that ends texts, and `<s>` isn't forced."""
    end = tokenizer.eos_token_id
    return {
        **training_model.special_ids(tokenizer),
        "decoder_start_token_id": end,
        "forced_eos_token_id": end,
    }


def _new(values: dict[str, Any], more: dict[str, Any]) -> BartConfig:
    try:
        return BartConfig(**values, **more)
    except (TypeError, ValueError) as error:
        raise UserError(f"The recipe's model has no valid config: {error}.", "give values of a BartConfig.") from error
