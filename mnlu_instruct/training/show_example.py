"""Show an example as a model sees it, token by token, with the tokens that it is trained on; loads no torch."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.text import Text
from tokenizers.decoders import DecodeStream

from mnlu_instruct.prompting import chat

PROMPT, TRAINED, SPECIAL, BAR = "dim", "bold green", " reverse", "bright_black"
OPEN, CLOSE = "⟦", "⟧"


def show(ids: Sequence[int], trained: Sequence[bool], tokenizer: chat.Tokenizer, console: Console, title: str) -> None:
    """Print tokens, divided by bars: trained ones green, special ones reversed, line breaks as ⏎.

    Without colours, brackets enclose the trained tokens. Tokens that together make one character are shown as one.

    Args:
        ids: the token ids of a question with its answer.
        trained: whether each token is trained on (has a loss).
        tokenizer: their tokenizer.
        console: where to print.
        title: the title of the panel.
    """
    plain = console.color_system is None
    words = f"{title}: {len(ids):,} tokens, {sum(trained):,} trained" + f" ({OPEN}…{CLOSE})" * plain
    shown = Text()
    before = False
    for piece, special, now in _pieces(ids, trained, tokenizer):
        if plain and now != before:
            shown.append(OPEN if now else CLOSE)
        shown.append(piece.replace("\n", "⏎\n"), (TRAINED if now else PROMPT) + SPECIAL * special)
        shown.append("|", BAR)
        before = now
    if plain and before:
        shown.append(CLOSE)
    console.print(Panel(shown, title=escape(words), title_align="left"))


def _pieces(ids: Sequence[int], trained: Sequence[bool], tokenizer: chat.Tokenizer) -> list[tuple[str, bool, bool]]:
    """The tokens as text, and whether each is special, and trained."""
    stream, special = DecodeStream(skip_special_tokens=False), set(tokenizer.all_special_ids)
    found = []
    for token, now in zip(ids, trained, strict=True):
        fast = tokenizer.is_fast
        piece = stream.step(tokenizer.backend_tokenizer, token) if fast else tokenizer.convert_ids_to_tokens(token)
        if piece is not None:
            found.append((piece, token in special, now))
    return found
