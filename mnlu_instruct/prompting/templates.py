"""Chat templates: those of this package, and the choice of the one that a model is trained with."""

from pathlib import Path

from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting.chat_format import Tokenizer

ZEPHYR = (
    "{{ bos_token }}"
    "{% for message in messages %}"
    "{{ '' if loop.first else '\n' }}<|{{ message['role'] }}|>\n{{ message['content'] }}{{ eos_token }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '\n<|assistant|>\n' }}{% endif %}"
)
"""Zephyr's chat template, with one beginning-of-text at the very start and nothing after the last end-of-text: that of
BioMistral-NLU. Its role marks are plain text, in Zephyr too, so any vocabulary will do."""
PLAIN = (
    "{% for message in messages %}"
    "{{ message['content'] }}{{ eos_token if message['role'] == 'assistant' else '\n\n' }}"
    "{% endfor %}"
)
"""For models without a chat: the question, a blank line, the answer, the end-of-text."""
OWN = "own"
NAMED = {"zephyr": ZEPHYR, "plain": PLAIN}


def chosen(choice: str | None, tokenizer: Tokenizer) -> str:
    """The chat template that a model is trained with.

    Args:
        choice: `own`, `zephyr`, `plain`, or the path of a Jinja file; by default the model's own, or else Zephyr's.
        tokenizer: the base model's tokenizer, which has the model's own.

    Raises:
        UserError: the base has no template of its own, or there is no such file.
    """
    own: str | None = tokenizer.get_chat_template() if tokenizer.chat_template else None
    if choice is None:
        return own or ZEPHYR
    if choice == OWN:
        if own is None:
            raise UserError(
                "The base model has no chat template of its own.",
                "write template: zephyr (chat) or template: plain (question, blank line, answer) under `model`.",
            )
        return own
    return NAMED[choice] if choice in NAMED else _read(Path(choice))


def _read(path: Path) -> str:
    if not path.is_file():
        raise UserError(
            f"No chat template '{path}'.", f"give one of {', '.join((OWN, *NAMED))}, or the path of a Jinja file."
        )
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8: byte {error.start}.", "save it as UTF-8.") from error
