"""Tokenise and decode for encoder–decoder models, which have no chat template: plain text, in training and evaluation.

The ids of a prompt, or of an answer, are those of its text and the end-of-text (EOS), which the tokenizer adds itself.

T5's vocabulary was made from web pages without code: SentencePiece turns line breaks into spaces, runs of spaces into
one, variants of a letter into the usual one (² into 2), and has no `{`, `<`, `~`, `^`, and few Greek letters. But
options and answers have a line each, and spans are copied letter by letter. So every character that a tokenizer doesn't
decode to itself is written in characters that it does: a line break as ` | `, any other as an HTML character reference
(`&lt;`, `&#123;`); also a `|` and an `&` that could be mistaken for one of these. `read` undoes that. Which characters
survive is tested, so a tokenizer that keeps all of them, such as BART's, gets the text unchanged.
"""

import re
import string
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from html.entities import codepoint2name, name2codepoint
from pathlib import Path

from msgspec import Struct

from mnlu_instruct.errors import UserError, install
from mnlu_instruct.prompting import chat, templates
from mnlu_instruct.prompting.chat import Tokenizer
from mnlu_instruct.prompting.packs import Message

ADAPTER = "adapter_config.json"
"""A file that an adapter's folder has, but no model's."""
BREAK, BAR = "\n", "|"
SIGNS = frozenset(f"{BAR}&#;{string.digits}{string.ascii_letters}")
"""The characters that all others are written in."""
REFERENCE = re.compile(r"&(?:#([0-9]{1,7})|([A-Za-z][A-Za-z0-9]*));")
LEAD = " "
"""What an answer may begin with: SentencePiece puts a blank before each text."""
SURROGATES = range(0xD800, 0xE000)


class Example(Struct, frozen=True):
    """Token ids of a question, which the encoder reads, and of its answer, which the decoder learns to write."""

    source: list[int]
    target: list[int]


def is_encoder_decoder(model: str) -> bool:
    """Whether a model, by name or path, is an encoder–decoder model.

    Raises:
        UserError: transformers isn't installed, there is no such model, or it is a LoRA adapter.
    """
    try:
        from transformers import AutoConfig  # noqa: PLC0415 (seconds)
    except ImportError as error:
        raise UserError("Models need the package transformers.", f"{install('tokens')}.") from error
    if (Path(model) / ADAPTER).is_file():
        raise UserError(
            f"{model} is a LoRA adapter, not a model.",
            "merge it into its base: 'mnlu merge' with a recipe of method linear, alpha 1.",
        )
    try:
        return bool(AutoConfig.from_pretrained(model).is_encoder_decoder)
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(f"No model '{model}': {reason}", "give a folder with config.json and weights.") from error


def prompt_ids(tokenizer: Tokenizer, prompts: Sequence[list[Message]]) -> list[list[int]]:
    """Token ids of prompts: the encoder's input.

    Raises:
        UserError: the tokenizer adds no EOS, or lacks a character that others are written in.
    """
    return _encode(tokenizer, ["\n".join(message["content"] for message in prompt) for prompt in prompts])


def examples(
    tokenizer: Tokenizer, prompts: Sequence[list[Message]], completions: Sequence[list[Message]]
) -> list[Example]:
    """Token ids of prompts and of their completions; raises as `prompt_ids`."""
    pairs = zip(prompt_ids(tokenizer, prompts), prompt_ids(tokenizer, completions), strict=True)
    return [Example(source, target) for source, target in pairs]


def lengths(tokenizer: Tokenizer, conversations: Sequence[list[Message]]) -> list[int]:
    """How many tokens each conversation has; its last message is the answer."""
    pairs = examples(tokenizer, [one[:-1] for one in conversations], [one[-1:] for one in conversations])
    return [len(pair.source) + len(pair.target) for pair in pairs]


def counter(source: str, template: str | None = None) -> partial[list[int]]:
    """A function that counts the tokens of conversations, as the model sees them in training.

    Args:
        source: name or path of the model, or of a tokenizer alone, which is treated as a decoder model's.
        template: the chat template of its training, as `templates.chosen` takes it.

    Raises:
        UserError: transformers isn't installed, or there is no such tokenizer.
    """
    tokenizer = chat.load_tokenizer(source)
    try:
        as_plain_text = is_encoder_decoder(source)
    except UserError:
        as_plain_text = False
    if as_plain_text:
        return partial(lengths, tokenizer)
    tokenizer.chat_template = templates.chosen(template, tokenizer)
    return partial(chat.lengths, tokenizer)


def writer(tokenizer: Tokenizer, texts: Iterable[str]) -> Callable[[str], str]:
    """Writes these texts, or parts of them, in characters that the tokenizer has; raises as `prompt_ids`."""
    return partial(_write, lost=_lost(tokenizer, set().union(*texts)))


def read(tokenizer: Tokenizer, written: Sequence[list[int]]) -> list[str]:
    """Decode ids to the text that they were made of, except that a run of spaces may become one."""
    texts = [chat.read(tokenizer, ids) for ids in written]
    if _unlike(tokenizer, [BREAK]):
        texts = [re.sub(r"\s*\|\s*", BREAK, text) for text in texts]
    return [REFERENCE.sub(_character, text) for text in texts]


def _encode(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    write = writer(tokenizer, texts)
    ids = _ids(tokenizer, list(map(write, texts)))
    if any(one[-1:] != [tokenizer.eos_token_id] for one in ids):
        raise UserError(
            f"The tokenizer of {tokenizer.name_or_path} doesn't end a text with its end-of-text (EOS).",
            "give an encoder–decoder model whose tokenizer does, such as T5.",
        )
    return ids


def _lost(tokenizer: Tokenizer, characters: Iterable[str]) -> frozenset[str]:
    """The characters that don't survive the tokenizer; with the sign for a line break, if that is one of them."""
    asked = sorted({*characters} | SIGNS | {BREAK})
    lost = _unlike(tokenizer, asked)
    if lacking := sorted(lost & SIGNS):
        raise UserError(
            f"The tokenizer of {tokenizer.name_or_path} doesn't know '{lacking[0]}', needed to write other characters.",
            "give a model with a larger vocabulary.",
        )
    return lost | {BAR} if BREAK in lost else lost


def _unlike(tokenizer: Tokenizer, characters: Sequence[str]) -> frozenset[str]:
    """The characters that decode to something else, or to nothing; white space in a line may become a space."""
    back = [chat.read(tokenizer, ids) for ids in _ids(tokenizer, [f"e{one}e" for one in characters])]
    pairs = zip(characters, back, strict=True)
    return frozenset(
        one for one, text in pairs if text != f"e{one}e" and not (text == "e e" and one.isspace() and one != BREAK)
    )


def _write(text: str, lost: frozenset[str]) -> str:
    written = REFERENCE.sub(lambda found: f"&amp;{found[0][1:]}", text)
    for one in lost & set(written) - {BREAK}:
        written = written.replace(one, _reference(one))
    return written.replace(BREAK, f" {BAR} ") if BREAK in lost else written


def _reference(character: str) -> str:
    """A character as HTML refers to it: by its name, if it has one, else by its number."""
    code = ord(character)
    return f"&{codepoint2name[code]};" if code in codepoint2name else f"&#{code};"


def _character(found: re.Match[str]) -> str:
    """The character that is referred to; a reference to none is left as it is."""
    code = int(found[1]) if found[1] else name2codepoint.get(found[2], -1)
    return chr(code) if 0 <= code <= 0x10FFFF and code not in SURROGATES else found[0]


def _ids(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    """The ids of texts and of the end-of-text; a special token that stands in a text, such as `</s>`, is words."""
    ids: list[list[int]] = tokenizer(list(texts), split_special_tokens=True, verbose=False)["input_ids"]
    return ids
