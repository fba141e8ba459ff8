"""Load or create the model of a recipe, and its tokenizer, with chat template and a separate padding token."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from datasets import Dataset
from tokenizers import Regex, pre_tokenizers
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    GenerationConfig,
    MistralConfig,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    TrainingArguments,
    set_seed,
)
from transformers.integrations.deepspeed import set_hf_deepspeed_config, unset_hf_deepspeed_config

from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting import byte_level, chat, chat_format, templates
from mnlu_instruct.training import lora
from mnlu_instruct.training.data import load
from mnlu_instruct.training.recipe import ModelRecipe

WORD = r"\([A-Z]{1,2}\)| (?=\([A-Z]{1,2}\))|\n| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|[^\S\n]+"
"""Pre-tokenisation: an option's letter in parentheses, never with the blank before it; a line break; letters, digits or
punctuation with a blank before them; blanks."""
UNKNOWN, BEGIN, END, PAD = "<unk>", "<s>", "</s>", "<pad>"
RESERVED = "<|finetune_right_pad_id|>"
"""The token that LLaMA 3.1, which has no unknown token, reserves for padding in fine-tuning."""
SPECIAL = ("bos", "eos", "pad")
OTHER = {
    "flash_attention_2": "'sdpa' needs no further package",
    "sdpa": "'eager' is there for all models",
    "eager": "see what the package says",
}
"""What else than an attention may help."""
Auto = type[AutoModelForCausalLM | AutoModelForSeq2SeqLM]
"""The class that loads a kind of model."""


def tokenizer_for(recipe: ModelRecipe, data: Dataset, chats: bool = True) -> chat.Tokenizer:
    """The base model's tokenizer, or one trained on the data, with a padding token and the recipe's chat template.

    The vocabulary stays as it is: without a padding token, the unknown token is used, or LLaMA's reserved one, or the
    end-of-text, whose labels are masked by position. What the tokenizer puts before any text is written into a template
    that doesn't have it, so that whatever uses the model's template makes the prompts of its training.

    Raises:
        UserError: the base model has no tokenizer, or its template can't be used (`templates.chosen`, `chat_format`).
    """
    texts = load(recipe.texts) if recipe.texts else data
    tokenizer = chat.load_tokenizer(recipe.base) if recipe.base else _trained(recipe.vocabulary, texts)
    tokenizer.chat_template = templates.chosen(recipe.template, tokenizer) if chats else None
    if chats and (first := chat_format.format_of(tokenizer).first):
        begin = "".join(tokenizer.convert_ids_to_tokens(first))
        tokenizer.chat_template = f"{{{{ {begin!r} }}}}{tokenizer.chat_template}"
    if tokenizer.pad_token is None or tokenizer.pad_token == tokenizer.eos_token:
        spare = (word for word in (tokenizer.unk_token, RESERVED) if word in tokenizer.get_vocab())
        tokenizer.pad_token = next(spare, tokenizer.eos_token)
    return tokenizer


def model_for(
    recipe: ModelRecipe,
    tokenizer: chat.Tokenizer,
    config: TrainingArguments,
    auto: Auto = AutoModelForCausalLM,
) -> PreTrainedModel:
    """The base model, or a new one of the recipe's configuration with random weights by the trainer's seed.

    Raises:
        UserError: as `found`.
    """
    made = found(recipe, auto, lambda: _new(recipe, tokenizer, config))
    made.generation_config = _greedy(made.generation_config, tokenizer)
    return made


def found(recipe: ModelRecipe, auto: Auto, new: Callable[[], PreTrainedModel]) -> PreTrainedModel:
    """The base model, with its own generation settings, or a new one.

    Raises:
        UserError: there is no such model, its folder has no weights, or it doesn't support the recipe's attention.
    """
    try:
        return _loaded(recipe, auto) if recipe.base else new()
    except OSError as error:
        hint = "give a folder with config.json and weights."
        raise UserError(f"No model '{recipe.base}': {_reason(error)}", hint) from error
    except (ValueError, ImportError) as error:
        hint = f"the recipe's model has attention: {recipe.attention}; {OTHER[recipe.attention]}."
        raise UserError(f"The model can't be loaded: {_reason(error)}", hint) from error


def _loaded(recipe: ModelRecipe, auto: Auto) -> PreTrainedModel:
    return auto.from_pretrained(
        recipe.base,
        dtype=getattr(torch, recipe.dtype),
        attn_implementation=recipe.attention,
        quantization_config=lora.quantisation(recipe),
    )


def _reason(error: Exception) -> str:
    """The first sentence of a library's error."""
    said = (str(error).strip() or repr(error)).splitlines()[0]
    return f"{said.partition('. ')[0].rstrip('.')}."


def _greedy(before: GenerationConfig, tokenizer: chat.Tokenizer) -> GenerationConfig:
    """Greedy generation up to the end of an answer, as in evaluation; the base's sampling settings are dropped."""
    special: dict[str, Any] = special_ids(tokenizer)
    if tokenizer.chat_template:
        ends = chat_format.format_of(tokenizer).ends
        special["eos_token_id"] = ends if len(ends) > 1 else ends[0]
    return GenerationConfig(**special, decoder_start_token_id=before.decoder_start_token_id, do_sample=False)


def _new(recipe: ModelRecipe, tokenizer: chat.Tokenizer, config: TrainingArguments) -> PreTrainedModel:
    shape = MistralConfig(**(recipe.config or {}), vocab_size=len(tokenizer), **special_ids(tokenizer))
    return drawn(shape, recipe, config, AutoModelForCausalLM)


def special_ids(tokenizer: chat.Tokenizer) -> dict[str, int]:
    """The ids of a tokenizer's special tokens, as a model's configuration has them."""
    return {f"{name}_token_id": getattr(tokenizer, f"{name}_token_id") for name in SPECIAL}


def drawn(shape: PretrainedConfig, recipe: ModelRecipe, config: TrainingArguments, auto: Auto) -> PreTrainedModel:
    """A model with random weights; every process makes all of them, so they don't depend on how it is sharded."""
    unset_hf_deepspeed_config()
    set_seed(config.seed)
    made = auto.from_config(shape, dtype=getattr(torch, recipe.dtype), attn_implementation=recipe.attention)
    if config.deepspeed:
        set_hf_deepspeed_config(config.hf_deepspeed_config)
    return made


def _trained(vocabulary: int, data: Dataset) -> chat.Tokenizer:
    """A byte-level BPE trained on the messages of the data, with option letters in parentheses as single words."""
    words = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORD), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    special = (UNKNOWN, BEGIN, END, PAD, "<|user|>", "<|assistant|>")
    raw = byte_level.learned(_texts(data), vocabulary, special, words)
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, unk_token=UNKNOWN, bos_token=BEGIN, eos_token=END, pad_token=PAD, padding_side="left"
    )


def _texts(data: Dataset) -> Iterator[str]:
    for row in data:
        for message in row["prompt"] + row["completion"]:
            yield message["content"]
