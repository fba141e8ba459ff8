"""Tokenise chat messages and decode answers, for training and evaluation: the only module that handles the chat
template and the beginning-of-text (BOS) and end-of-text (EOS) tokens.

A prompt's ids end with the generation prompt. An example's ids begin with exactly its prompt's ids and end with the EOS
that the model learns to write. Tokenisation has `add_special_tokens=False`: the template writes all special tokens.
"""

from collections.abc import Sequence
from typing import Any

from jinja2 import TemplateError
from msgspec import Struct

from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting.packs import Message

Tokenizer = Any
"""A tokenizer of the transformers library, which this package imports only when it is asked for."""

TEMPLATE = (
    "{{ bos_token }}"
    "{% for message in messages %}"
    "{{ '' if loop.first else '\n' }}<|{{ message['role'] }}|>\n{{ message['content'] }}{{ eos_token }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '\n<|assistant|>\n' }}{% endif %}"
)
"""Zephyr's chat template with one BOS at the very start, and nothing after the last EOS."""
BROKEN = "\N{REPLACEMENT CHARACTER}"
"""What a decoder writes for bytes that are not a whole character."""
ANSWER: Message = {"role": "assistant", "content": "(A)"}
"""A sample answer, to see where a template puts it."""
BEFORE = 16
"""How many of a prompt's last ids are decoded before an answer's: more than a chat template's markers have."""


class Example(Struct, frozen=True):
    """Token ids of a question with its answer; the first `prompt_length` of them are the prompt's."""

    ids: list[int]
    prompt_length: int


def load_tokenizer(source: str) -> Tokenizer:
    """A tokenizer by name or path.

    Raises:
        UserError: transformers isn't installed, or there is no such tokenizer.
    """
    try:
        from transformers import AutoTokenizer  # noqa: PLC0415 (seconds; most builds need no tokenizer)
    except ImportError as error:
        raise UserError("Tokenizers need the package transformers.", "pip install 'mnlu-instruct[train]'.") from error
    try:
        return AutoTokenizer.from_pretrained(source)
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(
            f"No tokenizer '{source}': {reason}", "give the path of a folder with tokenizer.json."
        ) from error


def prompt_ids(tokenizer: Tokenizer, prompts: Sequence[list[Message]]) -> list[list[int]]:
    """Token ids of prompts, including the generation prompt: an engine's input.

    Uses the tokenizer's own template: `TEMPLATE` for a model tuned with this package, its own for any other.

    Raises:
        UserError: the tokenizer has no chat template, or one that adds a second BOS or has no generation prompt.
    """
    return _asked(tokenizer, prompts)[1]


def starts(
    tokenizer: Tokenizer, prompts: Sequence[list[Message]], texts: Sequence[Sequence[str]]
) -> list[list[list[int]]]:
    """Token ids of texts that a prompt's answer may begin with, tokenised as continuations of the prompt.

    Raises:
        UserError: as `prompt_ids`; or a prompt's ids change when a text follows.
    """
    found = []
    for words, asked, beginnings in zip(*_asked(tokenizer, prompts), texts, strict=True):
        whole = _encode(tokenizer, [words + beginning for beginning in beginnings])
        if any(ids[: len(asked)] != asked for ids in whole):
            raise UserError("A prompt's token ids change when an answer follows.", "fix the tokenizer's chat_template.")
        found.append([ids[len(asked) :] for ids in whole])
    return found


def examples(
    tokenizer: Tokenizer, prompts: Sequence[list[Message]], completions: Sequence[list[Message]]
) -> list[Example]:
    """Token ids of prompts with their completions.

    Raises:
        UserError: as `prompt_ids`; or a prompt's ids are not a prefix of its example's, so that a model would be
            trained on prompts that differ from those in evaluation.
    """
    conversations = [prompt + completion for prompt, completion in zip(prompts, completions, strict=True)]
    whole = _encode(tokenizer, _render(tokenizer, conversations, generation=False))
    found = []
    for ids, asked in zip(whole, prompt_ids(tokenizer, prompts), strict=True):
        if ids[: len(asked)] != asked:
            raise UserError(
                "A prompt's token ids are not a prefix of its training example's.",
                "use a template that ends the generation prompt with a line break, as "
                "mnlu_instruct.prompting.chat.TEMPLATE does.",
            )
        found.append(Example(ids, len(asked)))
    return found


def lengths(tokenizer: Tokenizer, conversations: Sequence[list[Message]]) -> list[int]:
    """How many tokens each conversation has in `TEMPLATE`, the template of training."""
    texts = tokenizer.apply_chat_template(list(conversations), chat_template=TEMPLATE, tokenize=False)
    return [len(ids) for ids in _encode(tokenizer, texts)]


def read(tokenizer: Tokenizer, ids: Sequence[int], prompt: Sequence[int] = ()) -> str:
    """Decode the ids of an answer as vLLM does: without special tokens.

    A character that was cut off is left out, with the whole token that it begins in. SentencePiece drops the space
    before a text's first word; an answer continues its prompt, so it keeps its space.
    """
    before = prompt[-BEFORE:]
    start = len(_decode(tokenizer, before))
    for end in range(len(ids), 0, -1):
        text = _decode(tokenizer, [*before, *ids[:end]])
        if not text.endswith(BROKEN):
            return text[start:]
    return ""


def _asked(tokenizer: Tokenizer, prompts: Sequence[list[Message]]) -> tuple[list[str], list[list[int]]]:
    """Prompts rendered in the chat template, and their ids."""
    texts = _render(tokenizer, prompts, generation=True)
    found = _encode(tokenizer, texts)
    for ids in found:
        # Only at the start: in ChatML's shape, one token begins the text and every turn.
        if ids[:2] == [tokenizer.bos_token_id] * 2:
            raise UserError(
                "The chat template adds a second beginning-of-text (BOS).", "fix the tokenizer's chat_template."
            )
    return texts, found


def _render(tokenizer: Tokenizer, conversations: Sequence[list[Message]], generation: bool) -> list[str]:
    if not tokenizer.chat_template:
        raise UserError(
            f"The tokenizer of {tokenizer.name_or_path or 'the model'} has no chat template.",
            "train with mnlu-instruct, or set tokenizer.chat_template to mnlu_instruct.prompting.chat.TEMPLATE.",
        )
    texts = _templated(tokenizer, conversations, generation)
    if generation and not _ready_for_answer(tokenizer, conversations, texts):
        raise UserError("The chat template adds no generation prompt.", "fix the tokenizer's chat_template.")
    for text, messages in zip(texts, conversations, strict=True):
        for message in messages:
            if message["content"].strip() not in text:
                raise UserError(
                    f"The chat template leaves out the {message['role']} message, which the model wouldn't see.",
                    "choose a prompt pack without such a message, or fix the tokenizer's chat_template.",
                )
    return texts


def _ready_for_answer(tokenizer: Tokenizer, conversations: Sequence[list[Message]], texts: Sequence[str]) -> bool:
    """Whether an answer can follow each text.

    It can after a generation prompt. A template without one may end the user's turn with all that precedes an answer
    (Mistral's and Llama 2's `[/INST]`): the answer then follows directly, or after white space.
    """
    plain = _templated(tokenizer, conversations, generation=False)
    unprompted = [place for place, text in enumerate(texts) if text == plain[place]]
    if not unprompted:
        return True
    answered = _templated(tokenizer, [[*conversations[place], ANSWER] for place in unprompted], generation=False)
    return all(
        whole.startswith(texts[place]) and whole[len(texts[place]) :].lstrip().startswith(ANSWER["content"])
        for place, whole in zip(unprompted, answered, strict=True)
    )


def _templated(tokenizer: Tokenizer, conversations: Sequence[list[Message]], generation: bool) -> list[str]:
    try:
        texts: list[str] = tokenizer.apply_chat_template(
            list(conversations), tokenize=False, add_generation_prompt=generation
        )
    except TemplateError as error:
        raise UserError(
            f"The chat template refuses the messages: {str(error).rstrip('.')}.",
            "choose a prompt pack with other messages, or fix the tokenizer's chat_template.",
        ) from error
    return texts


def _encode(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    ids: list[list[int]] = tokenizer(list(texts), add_special_tokens=False)["input_ids"]
    return ids


def _decode(tokenizer: Tokenizer, ids: Sequence[int]) -> str:
    text: str = tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False)
    return text
