"""Tokenise chat messages and decode answers, for training and evaluation: the only module that handles the chat
template and the tokens that begin a text and end an answer.

A prompt's ids end where the answer begins. An example's ids begin with exactly its prompt's ids and end with the token
that ends an answer, which the model learns to write. `chat_format` tells what the template does.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from mnlu_instruct.errors import UserError, install
from mnlu_instruct.prompting import chat_format
from mnlu_instruct.prompting.chat_format import Format, encode, format_of, name, render
from mnlu_instruct.prompting.packs import Message

Tokenizer = chat_format.Tokenizer

BROKEN = "\N{REPLACEMENT CHARACTER}"
"""What a decoder writes for bytes that are not a whole character."""
BEFORE = 16
"""How many of a prompt's last ids are decoded before an answer's: more than a chat template's markers have."""
ANCHORS = ("", "\n")
"""Texts after which an answer may be tokenised on its own; SentencePiece puts a blank before a text, not after it."""


MARKUP = re.compile(r"[<>\[\]#|]")
"""A mark of a turn has one of these characters; a bare word such as "user" may be part of an answer."""


class Example(Struct, frozen=True):
    """Token ids of a question with its answer; the first `prompt_length` of them are the prompt's."""

    ids: list[int]
    prompt_length: int


def load_tokenizer(source: str) -> Tokenizer:
    """A tokenizer by name or path.

    Raises:
        UserError: transformers isn't installed, there is no such tokenizer, or it needs a package that isn't there.
    """
    try:
        from transformers import AutoTokenizer  # noqa: PLC0415 (seconds; most builds need no tokenizer)
    except ImportError as error:
        raise UserError("Tokenizers need the package transformers.", f"{install('tokens')}.") from error
    try:
        return AutoTokenizer.from_pretrained(source)
    except ImportError as error:
        message = f"The tokenizer of {source} can't be loaded: {_reason(error)}"
        raise UserError(message, "install that package.") from error
    except (OSError, ValueError) as error:
        here = "" if Path(source).is_dir() else f"there is no folder {source}; "
        hint = f"{here}give the path of a folder with tokenizer.json."
        raise UserError(f"No tokenizer '{source}': {_reason(error)}", hint) from error


def _reason(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def prompt_ids(tokenizer: Tokenizer, prompts: Sequence[list[Message]]) -> list[list[int]]:
    """Token ids of prompts, up to where the answer begins: an engine's input.

    Uses the tokenizer's own template: that of training for a model tuned with this package.

    Raises:
        UserError: the tokenizer has no chat template, or one that breaks a rule of `chat_format`; or an answer doesn't
            follow what it makes of a prompt.
    """
    return _asked(tokenizer, prompts, format_of(tokenizer))[1]


def ends(tokenizer: Tokenizer) -> list[int]:
    """The ids of the tokens that end an answer: the chat template's, and the end-of-text; raises as `prompt_ids`."""
    return format_of(tokenizer).ends


def lead(tokenizer: Tokenizer) -> str:
    """What the chat template writes before an answer, such as a blank or a line break; raises as `prompt_ids`."""
    return format_of(tokenizer).lead


def stop_marks(tokenizer: Tokenizer) -> list[str]:
    """Texts at which an answer is over, should a model write them as ordinary text; raises as `prompt_ids`.

    They are the marks that end an answer, and the one that opens the next question's turn: to a model whose vocabulary
    has no token `<|user|>` or `[INST]`, these are a few characters like any others.
    """
    way = format_of(tokenizer)
    again = [chat_format.QUESTION, chat_format.ANSWER, chat_format.QUESTION]
    (text,) = render(tokenizer, [again], False, way)
    between = text.rpartition(chat_format.QUESTION["content"])[0].rpartition(chat_format.ANSWER["content"])[2]
    ends = tokenizer.convert_ids_to_tokens(way.ends)
    for special in tokenizer.convert_ids_to_tokens(sorted(chat_format.special_ids(tokenizer))):
        between = between.replace(special, "")
    opening = between.strip()
    return [*ends, opening] if MARKUP.search(opening) else ends


def starts(
    tokenizer: Tokenizer, prompts: Sequence[list[Message]], texts: Sequence[Sequence[str]]
) -> list[list[list[int]]]:
    """Token ids of texts that a prompt's answer may begin with, tokenised as in an example, with what leads to it.

    Raises:
        UserError: as `prompt_ids`.
    """
    way = format_of(tokenizer)
    found = []
    for prompt, text, asked, beginnings in zip(prompts, *_asked(tokenizer, prompts, way), texts, strict=True):
        conversations = [[*prompt, Message(role="assistant", content=one)] for one in beginnings]
        whole = [text + way.lead + one for one in beginnings]
        many = len(beginnings)
        continued = _continued(tokenizer, way, [text] * many, [asked] * many, whole, conversations)
        found.append([ids[len(asked) :] for ids in continued])
    return found


def examples(
    tokenizer: Tokenizer, prompts: Sequence[list[Message]], completions: Sequence[list[Message]]
) -> list[Example]:
    """Token ids of prompts with their completions.

    Raises:
        UserError: as `prompt_ids`; or a prompt is not the beginning of its example, so that a model would be trained
            on prompts that differ from those in evaluation.
    """
    way = format_of(tokenizer)
    texts, asked = _asked(tokenizer, prompts, way)
    conversations = [prompt + completion for prompt, completion in zip(prompts, completions, strict=True)]
    whole = render(tokenizer, conversations, False, way)
    continued = _continued(tokenizer, way, texts, asked, whole, conversations)
    return [
        Example(_ended(ids, len(prompt), way.end), len(prompt)) for ids, prompt in zip(continued, asked, strict=True)
    ]


def lengths(tokenizer: Tokenizer, conversations: Sequence[list[Message]]) -> list[int]:
    """How many tokens each conversation has as an example; its last message is the answer."""
    found = examples(tokenizer, [one[:-1] for one in conversations], [one[-1:] for one in conversations])
    return [len(one.ids) for one in found]


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


def content(tokenizer: Tokenizer) -> str:
    """All that decides how a tokenizer counts, as text."""
    if tokenizer.is_fast:
        return str(tokenizer.backend_tokenizer.to_str())
    with TemporaryDirectory() as folder:
        return "\0".join(Path(file).read_text("utf-8") for file in tokenizer.save_vocabulary(folder))


def _asked(tokenizer: Tokenizer, prompts: Sequence[list[Message]], way: Format) -> tuple[list[str], list[list[int]]]:
    """Prompts rendered in the chat template, and their ids."""
    texts = render(tokenizer, prompts, True, way)
    if not way.generation_prompt:
        _check_ready(tokenizer, prompts, texts, way)
    found = encode(tokenizer, texts)
    for place in chat_format.quoting(tokenizer, prompts):
        found[place] = chat_format.encode_quoting(tokenizer, texts[place], prompts[place], way)
    return texts, [way.first + ids for ids in found]


def _check_ready(tokenizer: Tokenizer, prompts: Sequence[list[Message]], texts: Sequence[str], way: Format) -> None:
    """Check that an answer can follow each text of a template without a generation prompt.

    The template may end the user's turn with all that precedes an answer (Mistral's and Llama 2's `[/INST]`): the
    answer then follows directly, or after white space.

    Raises:
        UserError: something else precedes the answer.
    """
    answered = render(tokenizer, [[*prompt, chat_format.ANSWER] for prompt in prompts], False, way)
    for whole, text in zip(answered, texts, strict=True):
        if not (whole.startswith(text) and whole[len(text) :].lstrip().startswith(chat_format.ANSWER["content"])):
            raise UserError("The chat template adds no generation prompt.", chat_format.FIX)


def _continued(
    tokenizer: Tokenizer,
    way: Format,
    texts: Sequence[str],
    asked: Sequence[list[int]],
    whole: Sequence[str],
    conversations: Sequence[list[Message]],
) -> list[list[int]]:
    """Token ids of texts that continue prompts: they begin with the prompts' ids.

    Args:
        tokenizer: the tokenizer.
        way: what its template does.
        texts: the prompts as text; `asked`: their ids.
        whole: the texts that continue them.
        conversations: the messages that are shown in these, the answer last.
    """
    quoting = set(chat_format.quoting(tokenizer, conversations))
    joint = [way.first + ids for ids in encode(tokenizer, whole)]
    continued = []
    for place, ids in enumerate(joint):
        if place in quoting and whole[place].startswith(texts[place]):
            answer = chat_format.encode_quoting(
                tokenizer, whole[place][len(texts[place]) :], conversations[place][-1:], way
            )
            continued.append([*asked[place], *answer])
        elif ids[: len(asked[place])] == asked[place]:
            continued.append(ids)
        else:
            continued.append(_apart(tokenizer, texts[place], asked[place], whole[place], ids))
    return continued


def _apart(tokenizer: Tokenizer, text: str, asked: list[int], whole: str, joint: list[int]) -> list[int]:
    """A prompt's ids, then those of what follows, if together the two would be other tokens.

    GPT-2's two line breaks are one token at the end of a text, and two before a letter.
    """
    for anchor in ANCHORS if whole.startswith(text) else ():
        before, both = encode(tokenizer, [anchor, anchor + whole[len(text) :]])
        ids = [*asked, *both[len(before) :]]
        if both[: len(before)] == before and _whole(tokenizer, ids) == _whole(tokenizer, joint):
            return ids
    raise UserError(
        f"A prompt's token ids are not a prefix of its training example's in the chat template of {name(tokenizer)}.",
        chat_format.FIX,
    )


def _ended(ids: list[int], prompt: int, end: int) -> list[int]:
    """Ids up to the last end of an answer, which is added if the template writes none."""
    place = next((place for place in range(len(ids) - 1, prompt - 1, -1) if ids[place] == end), None)
    return [*ids, end] if place is None else ids[: place + 1]


def _decode(tokenizer: Tokenizer, ids: Sequence[int]) -> str:
    text: str = tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False)
    return text


def _whole(tokenizer: Tokenizer, ids: Sequence[int]) -> str:
    text: str = tokenizer.decode(list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False)
    return text
