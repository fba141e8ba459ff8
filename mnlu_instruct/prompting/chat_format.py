"""What a tokenizer's chat template does with a conversation: found by trying it, not by its name.

Templates in the wild differ in all that matters here: whether they write the beginning-of-text, take a system message,
have a generation prompt, and which token ends an answer. `docs/chat-templates.md` has a table.
"""

import re
from collections.abc import Sequence
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError
from msgspec import Struct

from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting.packs import Message

Tokenizer = Any
"""A tokenizer of the transformers library, which this package imports only when it is asked for."""

SYSTEM: Message = {"role": "system", "content": "Read with care."}
QUESTION: Message = {"role": "user", "content": "Is it?"}
ANSWER: Message = {"role": "assistant", "content": "(A)"}
"""A conversation to try templates with."""
FIX = "give a model with another template, or train with template: zephyr or plain."


class Format(Struct, frozen=True):
    """What a chat template makes of a conversation.

    Attributes:
        takes_system: whether it shows a system message; if not, its text goes before the first question.
        first: the token ids that the tokenizer puts before any text (beginning-of-text), if the template doesn't.
        begin: the id of the beginning-of-text, if a conversation has exactly one; in ChatML one may open every turn.
        end: the id of the token that ends an answer.
        ends: the ids of all tokens that do: `end`, and the tokenizer's end-of-text.
        generation_prompt: what the template writes after a question if it is asked to.
        lead: what it writes between that and an answer, such as a blank or a line break, which the model learns.
    """

    takes_system: bool
    first: list[int]
    begin: int | None
    end: int
    ends: list[int]
    generation_prompt: str
    lead: str


def format_of(tokenizer: Tokenizer) -> Format:
    """Try a tokenizer's chat template.

    Raises:
        UserError: there is none; it has a syntax error, or refuses a question with an answer; it writes two
            beginnings of text; it ends an answer with a mark that is no token.
    """
    asked, whole = _text(tokenizer, [QUESTION], True), _text(tokenizer, [QUESTION, ANSWER], False)
    _check_messages(whole, [QUESTION, ANSWER])
    end = _end(tokenizer, whole)
    ends = {end} if tokenizer.eos_token_id is None else {end, tokenizer.eos_token_id}
    first = _first(tokenizer, asked)
    ids = [*first, *encode(tokenizer, [whole])[0]]
    begun = ids[0] == tokenizer.bos_token_id and ids.count(ids[0]) == 1
    return Format(
        takes_system=_takes_system(tokenizer),
        first=first,
        begin=tokenizer.bos_token_id if begun else None,
        end=end,
        ends=sorted(ends),
        generation_prompt=asked.removeprefix(_text(tokenizer, [QUESTION], False)),
        lead=whole.removeprefix(asked).partition(ANSWER["content"])[0] if whole.startswith(asked) else "",
    )


def render(tokenizer: Tokenizer, conversations: Sequence[list[Message]], generation: bool, way: Format) -> list[str]:
    """Conversations as text; with `generation`, ready for an answer.

    Raises:
        UserError: the template refuses the messages, leaves one out, or changes their order.
    """
    given = [conversation if way.takes_system else _folded(conversation) for conversation in conversations]
    texts = _texts(tokenizer, given, generation)
    for text, messages in zip(texts, given, strict=True):
        _check_messages(text, messages)
    return texts


def encode(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    """Token ids of texts in which the template wrote all special tokens."""
    ids: list[list[int]] = tokenizer(list(texts), add_special_tokens=False, verbose=False)["input_ids"]
    return ids


def quoting(tokenizer: Tokenizer, conversations: Sequence[list[Message]]) -> list[int]:
    """The places of conversations in whose messages a special token stands as text, such as `</s>` in a web page."""
    marks = sorted(tokenizer.convert_ids_to_tokens(sorted(special_ids(tokenizer))), key=len, reverse=True)
    found = re.compile("|".join(map(re.escape, marks))).search if marks else lambda _: None
    return [
        place for place, messages in enumerate(conversations) if any(found(message["content"]) for message in messages)
    ]


def encode_quoting(tokenizer: Tokenizer, text: str, messages: Sequence[Message], way: Format) -> list[int]:
    """Token ids of a text in which the template wrote special tokens, and messages quote some: theirs are words.

    A message that ends a turn in its own text would otherwise end the turn, in training as in evaluation. What stands
    between messages is tokenised by itself.

    Raises:
        UserError: the tokenizer knows no other way to write such a token.
    """
    ids: list[int] = []
    place = 0
    for message in messages if way.takes_system else _folded(list(messages)):
        words = message["content"].strip()
        start = text.index(words, place)
        ids += [*_after(tokenizer, text[place:start], False), *_after(tokenizer, words, True)]
        place = start + len(words)
    return [*ids, *_after(tokenizer, text[place:], False)]


def _after(tokenizer: Tokenizer, text: str, as_words: bool) -> list[int]:
    """The ids of a text that others stand before: SentencePiece would put a blank before it."""
    options = {"add_special_tokens": False, "split_special_tokens": as_words, "verbose": False}
    before, both = tokenizer(["\n", f"\n{text}"], **options)["input_ids"]
    ids = both[len(before) :] if both[: len(before)] == before else tokenizer(text, **options)["input_ids"]
    if as_words and (marks := special_ids(tokenizer).intersection(ids) - {tokenizer.unk_token_id}):
        mark = tokenizer.convert_ids_to_tokens(min(marks))
        raise UserError(
            f"A text contains '{mark}', which {name(tokenizer)} can only read as its special token: {text[:60]!r}.",
            "leave that text out, or write the mark in another way.",
        )
    return list(ids)


def special_ids(tokenizer: Tokenizer) -> set[int]:
    """The ids of all special tokens, which decoders leave out of a text."""
    added = (token for token, about in tokenizer.added_tokens_decoder.items() if about.special)
    return {*tokenizer.all_special_ids, *added}


def _takes_system(tokenizer: Tokenizer) -> bool:
    try:
        text = _text(tokenizer, [SYSTEM, QUESTION], False)
    except UserError:
        return False
    return SYSTEM["content"] in text


def _folded(conversation: list[Message]) -> list[Message]:
    """A conversation whose system message is in front of the first question, with a blank line between."""
    if conversation[0]["role"] != "system":
        return conversation
    system, question, *others = conversation
    return [{**question, "content": f"{system['content'].rstrip()}\n\n{question['content']}"}, *others]


def _first(tokenizer: Tokenizer, asked: str) -> list[int]:
    plain, marked = (tokenizer("a", add_special_tokens=special)["input_ids"] for special in (False, True))
    due = marked[: marked.index(plain[0])] if plain[0] in marked else []
    (found,) = encode(tokenizer, [asked])
    # Only at the start: in ChatML's shape, one token may begin the text and every turn.
    if found[:2] == [tokenizer.bos_token_id] * 2:
        raise UserError(f"The chat template adds a second beginning-of-text (BOS): {asked!r}.", FIX)
    return [] if found[: len(due)] == due else due


def _end(tokenizer: Tokenizer, whole: str) -> int:
    """The token that ends an answer: the first special one after it, or else the end-of-text."""
    after = whole[whole.rindex(ANSWER["content"]) + len(ANSWER["content"]) :]
    special = special_ids(tokenizer)
    (ids,) = encode(tokenizer, [after])
    found = next((one for one in ids if one in special), None)
    if found is not None:
        return found
    if words := after.split():
        message = f"The chat template ends an answer with '{words[0]}', which is no token of {name(tokenizer)}."
        raise UserError(message, f"add it to the tokenizer, {FIX}")
    if tokenizer.eos_token_id is None:
        raise UserError(f"The tokenizer of {name(tokenizer)} has no end-of-text (EOS) token.", "add one to it.")
    return int(tokenizer.eos_token_id)


def _check_messages(text: str, messages: Sequence[Message]) -> None:
    place = 0
    for message in messages:
        content = message["content"].strip()
        found = text.find(content, place)
        if found < 0:
            what = "changes the order of messages" if content in text else f"leaves out the {message['role']} message"
            raise UserError(f"The chat template {what}, so that the model would see another conversation.", FIX)
        place = found + len(content)


def _text(tokenizer: Tokenizer, conversation: list[Message], generation: bool) -> str:
    (text,) = _texts(tokenizer, [conversation], generation)
    return text


def _texts(tokenizer: Tokenizer, conversations: Sequence[list[Message]], generation: bool) -> list[str]:
    if not tokenizer.chat_template:
        raise UserError(
            f"The tokenizer of {name(tokenizer)} has no chat template.",
            "train with mnlu-instruct, or set tokenizer.chat_template to mnlu_instruct.prompting.templates.PLAIN.",
        )
    try:
        texts: list[str] = tokenizer.apply_chat_template(
            list(conversations), tokenize=False, add_generation_prompt=generation
        )
    except TemplateSyntaxError as error:
        message = f"The chat template of {name(tokenizer)} has a syntax error in line {error.lineno}: {error.message}"
        raise UserError(f"{message.rstrip('.')}.", FIX) from error
    except (TemplateError, TypeError, ValueError) as error:  # what expressions of templates raise
        raise UserError(f"The chat template refuses the messages: {str(error).rstrip('.')}.", FIX) from error
    return texts


def name(tokenizer: Tokenizer) -> str:
    """The tokenizer's name or path, for messages."""
    return str(tokenizer.name_or_path or "the model")
