"""Messages to token ids, and an answer's ids to its text, for training and evaluation: the one place that knows
beginning, end, and chat template.

A prompt's ids end with the generation prompt; an example's ids begin with them, letter for letter, and end with the
end-of-text that the model learns to write. Ids are made with `add_special_tokens=False`: the template says it all.
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
"""Zephyr's chat template with one beginning-of-text at the very start; nothing stands after the last end-of-text."""
BROKEN = "\N{REPLACEMENT CHARACTER}"
"""What stands for bytes that are no whole character."""
ANSWER: Message = {"role": "assistant", "content": "(A)"}
"""Any answer, to see where a template puts one."""
BEFORE = 16
"""How many ids of a prompt are enough for an answer's place in a text: more than a chat template's marks."""


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
        raise UserError("Tokens need transformers.", "pip install 'mnlu-instruct[train]'.") from error
    try:
        return AutoTokenizer.from_pretrained(source)
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(
            f"No tokenizer '{source}': {reason}", "give the path of a folder with tokenizer.json."
        ) from error


def prompt_ids(tokenizer: Tokenizer, prompts: Sequence[list[Message]]) -> list[list[int]]:
    """The ids of prompts, up to and with the generation prompt: what an engine goes on from.

    Uses the tokenizer's own template, so that a model tuned here gets `TEMPLATE` and any other its own.

    Raises:
        UserError: the tokenizer has no chat template, or one that makes a second beginning-of-text or nothing before
            the answer.
    """
    return _asked(tokenizer, prompts)[1]


def starts(
    tokenizer: Tokenizer, prompts: Sequence[list[Message]], texts: Sequence[Sequence[str]]
) -> list[list[list[int]]]:
    """The ids of texts that each prompt's answer may begin with, as they follow the prompt's ids.

    Raises:
        UserError: as `prompt_ids`; or the ids of a prompt are others once a text follows.
    """
    found = []
    for words, asked, beginnings in zip(*_asked(tokenizer, prompts), texts, strict=True):
        whole = _encode(tokenizer, [words + beginning for beginning in beginnings])
        if any(ids[: len(asked)] != asked for ids in whole):
            raise UserError(
                "The ids of a prompt are others where an answer follows.", "mend the tokenizer's chat_template."
            )
        found.append([ids[len(asked) :] for ids in whole])
    return found


def examples(
    tokenizer: Tokenizer, prompts: Sequence[list[Message]], completions: Sequence[list[Message]]
) -> list[Example]:
    """The ids of questions with their answers.

    Raises:
        UserError: as `prompt_ids`; or a prompt's ids are not a prefix of its example's, so that a model would be
            trained on other ids than it is asked with.
    """
    conversations = [prompt + completion for prompt, completion in zip(prompts, completions, strict=True)]
    whole = _encode(tokenizer, _render(tokenizer, conversations, generation=False))
    found = []
    for ids, asked in zip(whole, prompt_ids(tokenizer, prompts), strict=True):
        if ids[: len(asked)] != asked:
            raise UserError(
                "The ids of a prompt are no prefix of its example's ids.",
                "use a template that ends the generation prompt with a line break, as "
                "mnlu_instruct.prompting.chat.TEMPLATE does.",
            )
        found.append(Example(ids, len(asked)))
    return found


def lengths(tokenizer: Tokenizer, conversations: Sequence[list[Message]]) -> list[int]:
    """How many tokens each conversation has in `TEMPLATE`, which a model is trained with."""
    texts = tokenizer.apply_chat_template(list(conversations), chat_template=TEMPLATE, tokenize=False)
    return [len(ids) for ids in _encode(tokenizer, texts)]


def read(tokenizer: Tokenizer, ids: Sequence[int], prompt: Sequence[int] = ()) -> str:
    """What the ids of an answer to a prompt say, as vLLM writes it: without marks of beginning and end.

    A character that was cut off inside is left out, with the whole token that it begins in. SentencePiece takes the
    blank before a text's first word for its own; an answer isn't that text's beginning, so it keeps its blank.
    """
    before = prompt[-BEFORE:]
    start = len(_decode(tokenizer, before))
    for end in range(len(ids), 0, -1):
        text = _decode(tokenizer, [*before, *ids[:end]])
        if not text.endswith(BROKEN):
            return text[start:]
    return ""


def _asked(tokenizer: Tokenizer, prompts: Sequence[list[Message]]) -> tuple[list[str], list[list[int]]]:
    """Prompts in the chat template, and their ids."""
    texts = _render(tokenizer, prompts, generation=True)
    found = _encode(tokenizer, texts)
    for ids in found:
        # Further on it is no second one: in ChatML's shape, one token begins the text and every turn.
        if ids[:2] == [tokenizer.bos_token_id] * 2:
            raise UserError(
                "The chat template makes a second beginning-of-text.", "mend the tokenizer's chat_template."
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
        raise UserError("The chat template makes nothing before the answer.", "mend the tokenizer's chat_template.")
    for text, messages in zip(texts, conversations, strict=True):
        for message in messages:
            if message["content"].strip() not in text:
                raise UserError(
                    f"The chat template leaves out the message of the {message['role']}, which the model wouldn't see.",
                    "choose a prompt pack without such a message, or mend the tokenizer's chat_template.",
                )
    return texts


def _ready_for_answer(tokenizer: Tokenizer, conversations: Sequence[list[Message]], texts: Sequence[str]) -> bool:
    """Whether an answer comes next in each text.

    A generation prompt says so. A template without one may end the user's turn with all that stands before the answer
    (Mistral's and Llama 2's `[/INST]`): an answer then follows at once, or after white space.
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
            "choose a prompt pack with other messages, or mend the tokenizer's chat_template.",
        ) from error
    return texts


def _encode(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    ids: list[list[int]] = tokenizer(list(texts), add_special_tokens=False)["input_ids"]
    return ids


def _decode(tokenizer: Tokenizer, ids: Sequence[int]) -> str:
    text: str = tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False)
    return text
