"""What a model's files say of its prompts, found without its weights: in seconds, before any engine is loaded."""

import hashlib
from pathlib import Path
from typing import Any

from msgspec import Struct, json

from mnlu_instruct import corpora
from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting import chat, chat_format, packs, plain_text, preview, templates

SERVER = "server"
POINTING = "pointing"
"""The entry of `config.json` by which a model is known to point at words."""
WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
SAMPLE = "demo-nli"
"""The corpus of the prompt that is tried."""
SHOWN = 20
"""How many of a prompt's first and last tokens are shown."""


class Facts(Struct, frozen=True):
    """How a model is asked.

    Attributes:
        model: its name or path.
        tokenizer: a hash of its vocabulary.
        template: a hash of its chat template; None for an encoder–decoder model, which has none.
        plain: whether that is `plain`, for models without a chat.
        system: what becomes of a system message: `message`, or `before the question`.
        begin: the tokens that begin a prompt because the tokenizer or the template puts them there.
        generation_prompt: what stands between a question and its answer.
        ends: the tokens that end an answer.
        context: the most tokens of a prompt with its answer; None if its configuration doesn't say.
        window: how many tokens back its attention sees, if it has a sliding window.
        first: the first tokens of a prompt, as text.
        last: its last tokens, as text.
    """

    model: str
    tokenizer: str
    template: str | None
    plain: bool
    system: str | None
    begin: list[str]
    generation_prompt: str
    ends: list[str]
    context: int | None
    window: int | None
    first: str
    last: str


def facts(model: str) -> Facts:
    """Load a model's tokenizer and configuration, and try a prompt.

    Raises:
        UserError: there is no tokenizer; the chat template can't be used (`chat_format`); the tokenizer has a token
            that the model has no embedding for.
    """
    tokenizer, config = chat.load_tokenizer(model), _config(model)
    (asked,) = preview.examples(corpora.get(SAMPLE), Path(), split="test")
    prompt = packs.load("mnlu").prompt(asked)
    if config is not None and config.is_encoder_decoder:
        (ids,) = plain_text.prompt_ids(tokenizer, [prompt])
        way, ends = None, [tokenizer.eos_token_id]
    else:
        way, (ids,) = chat_format.format_of(tokenizer), chat.prompt_ids(tokenizer, [prompt])
        ends = sorted({*way.ends, *_generation_ends(model)})
    check_vocabulary(tokenizer, config, ids)
    return Facts(
        model=model,
        tokenizer=_hash(json.encode(tokenizer.get_vocab(), order="sorted")),
        template=_hash(tokenizer.get_chat_template().encode()) if way else None,
        plain=way is not None and str(tokenizer.get_chat_template()).endswith(templates.PLAIN),
        system=None if way is None else "message" if way.takes_system else "before the question",
        begin=_begin(tokenizer, ids, way),
        generation_prompt=way.generation_prompt if way else "",
        ends=tokenizer.convert_ids_to_tokens(ends),
        context=getattr(config, "max_position_embeddings", None),
        window=getattr(config, "sliding_window", None),
        first=tokenizer.decode(ids[:SHOWN]),
        last=tokenizer.decode(ids[-SHOWN:]),
    )


def check(model: str, engine: str) -> dict[str, Any]:
    """Check a model's files before an engine loads them; returns what `run.json` says of tokenizer and chat template.

    Raises:
        UserError: as `facts`; or the folder has no weights, which all engines but a server need, or a pointer model's.
    """
    folder = Path(model)
    if engine != SERVER and folder.is_dir() and not any(one for pattern in WEIGHTS for one in folder.glob(pattern)):
        raise UserError(f"{model} holds no weights (*.safetensors).", "give the folder of a trained model.")
    if hasattr(_config(model), POINTING):
        raise UserError(f"{model} is a pointer model, which writes no text.", "evaluate it by 'mnlu pointer eval'.")
    found = facts(model)
    said = {"template": found.template, "system": found.system, "begin": found.begin, "ends": found.ends}
    chat_entry = {"chat": said | ({"plain": True} if found.plain else {})} if found.template else {}
    return {"tokenizer": found.tokenizer, **chat_entry}


def check_vocabulary(tokenizer: chat.Tokenizer, config: Any, ids: list[int]) -> None:
    """Check that a model has an embedding of each special token of its tokenizer, and of some ids.

    Raises:
        UserError: it lacks one.
    """
    size = getattr(config, "vocab_size", None)
    if size is None:
        return
    if lacking := sorted({one for one in {*tokenizer.all_special_ids, *ids} if one >= size}):
        token = tokenizer.convert_ids_to_tokens(lacking[0])
        raise UserError(
            f"The tokenizer of {chat_format.name(tokenizer)} has the token '{token}' with id {lacking[0]}, but the "
            f"model has embeddings of {size} tokens.",
            "resize the model's embeddings (resize_token_embeddings), or take that token out of the tokenizer.",
        )


def unmergeable(config: Any) -> str:
    """Why mergekit can't merge models of a configuration, so far as is known; empty if nothing is."""
    if config.model_type == "t5" and not config.is_gated_act:
        return "mergekit knows T5 with gated feed-forward layers only (T5 1.1, Flan-T5), and this one has ReLU"
    return ""


def _config(model: str) -> Any:
    """The model's configuration; None where there is only a tokenizer, which is all that a server's client needs."""
    from transformers import AutoConfig  # noqa: PLC0415 (seconds)

    try:
        return AutoConfig.from_pretrained(model)
    except (OSError, ValueError):
        return None


def _generation_ends(model: str) -> list[int]:
    from transformers import GenerationConfig  # noqa: PLC0415 (seconds)

    try:
        stated = GenerationConfig.from_pretrained(model).eos_token_id
    except (OSError, ValueError):
        return []
    return [] if stated is None else stated if isinstance(stated, list) else [stated]


def _begin(tokenizer: chat.Tokenizer, ids: list[int], way: chat_format.Format | None) -> list[str]:
    special = set(tokenizer.all_special_ids)
    count = next((place for place, one in enumerate(ids) if one not in special), len(ids))
    found: list[str] = tokenizer.convert_ids_to_tokens(ids[:count])
    return found if way else []


def _hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()
