"""Messages to text as a model is trained on it: the one place that knows beginning, end, and chat template."""

from collections.abc import Sequence
from typing import Any

from mnlu_instruct.errors import UserError
from mnlu_instruct.prompts import Message

Tokenizer = Any
"""A tokenizer of the transformers library, which this package imports only when it is asked for."""

TEMPLATE = (
    "{{ bos_token }}"
    "{% for message in messages %}"
    "{{ '' if loop.first else '\n' }}<|{{ message['role'] }}|>\n{{ message['content'] }}{{ eos_token }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '\n<|assistant|>\n' }}{% endif %}"
)
"""Zephyr's chat template with one beginning-of-text at the very start; nothing stands after the last end-of-text."""


def load_tokenizer(source: str) -> Tokenizer:
    """A tokenizer by name or path.

    Raises:
        UserError: transformers isn't installed, or there is no such tokenizer.
    """
    try:
        from transformers import AutoTokenizer  # noqa: PLC0415 (seconds; most builds need no tokenizer)
    except ImportError as error:
        raise UserError("Counting tokens needs transformers.", "pip install 'mnlu-instruct[train]'.") from error
    try:
        return AutoTokenizer.from_pretrained(source)
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(
            f"No tokenizer '{source}': {reason}", "give the path of a folder with tokenizer.json."
        ) from error


def lengths(tokenizer: Tokenizer, conversations: Sequence[list[Message]]) -> list[int]:
    """How many tokens each conversation has, chat template included."""
    texts = tokenizer.apply_chat_template(list(conversations), chat_template=TEMPLATE, tokenize=False)
    return [len(ids) for ids in tokenizer(texts, add_special_tokens=False)["input_ids"]]
