"""An example's tokens: none is lost, whatever the characters; what is trained is green, or in brackets."""

import io
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from mnlu_instruct.prompting import chat
from mnlu_instruct.training import data as rows
from mnlu_instruct.training import show_example
from mnlu_instruct.training.model import tokenizer_for
from mnlu_instruct.training.recipe import ModelRecipe
from tests.support import mnlu
from tests.training.conftest import ENVIRONMENT

WIDE = 100_000
FRAME = re.compile(r"[╭─╮│╰╯|]")


@pytest.fixture(scope="module")
def tokenizer(data: Path) -> chat.Tokenizer:
    return tokenizer_for(ModelRecipe(config={"hidden_size": 64}, vocabulary=400), rows.load(data))


def shown(tokenizer: chat.Tokenizer, ids: list[int], first: int, colours: bool) -> str:
    """The frame's content, the tokens from `first` on being trained."""
    paper = io.StringIO()
    console = Console(file=paper, width=WIDE, force_terminal=colours, color_system="256" if colours else None)
    trained = [place >= first for place in range(len(ids))]
    show_example.show(ids, trained, tokenizer, console, "[x]/1#re")
    head, *lines, _ = paper.getvalue().splitlines()
    assert f"[x]/1#re: {len(ids)} tokens, {len(ids) - first} trained" in head
    return "\n".join(line.strip("│ ") for line in lines)


def test_trained_tokens_are_bracketed_where_there_are_no_colours(tokenizer: chat.Tokenizer) -> None:
    (one,) = chat.examples(
        tokenizer, [[{"role": "user", "content": "Is [it] so?"}]], [[{"role": "assistant", "content": "(A) yes"}]]
    )
    text = shown(tokenizer, one.ids, one.prompt_length, colours=False)
    assert "\x1b" not in text
    assert FRAME.sub("", text.replace("⏎", "")) == "<s><user>\nIs [it] so?</s>\n<assistant>\n⟦(A) yes</s>⟧"
    assert "⟦(A)|" in text
    everything = shown(tokenizer, one.ids, 1, colours=False)
    assert everything.startswith("<s>|⟦") and everything.endswith("⟧")


def test_colours_stand_for_brackets(tokenizer: chat.Tokenizer) -> None:
    (one,) = chat.examples(
        tokenizer, [[{"role": "user", "content": "Is it?"}]], [[{"role": "assistant", "content": "(A)"}]]
    )
    text = shown(tokenizer, one.ids, one.prompt_length, colours=True)
    assert "⟦" not in text and "\x1b[1;32m(A)" in text
    assert "\x1b[1;7;32m</s>" in text and "\x1b[2;7m</s>" in text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="╭─╮│╰╯|⏎⟦⟧")))
def test_no_character_is_lost(tokenizer: chat.Tokenizer, text: str) -> None:
    words = f"α{text}🙂\nend"
    ids = tokenizer(words, add_special_tokens=False)["input_ids"]
    assert FRAME.sub("", shown(tokenizer, ids, len(ids), colours=False).replace("⏎", "")) == words


def test_a_preview_of_what_an_encoder_reads_and_a_decoder_writes(t5: Path) -> None:
    done = mnlu("preview", "demo-dc", "--model", t5, **ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    tokens = done.stdout[done.stdout.index("Tokens: ") :]
    read, written = tokens.split("⟦")[-2:]
    assert read.rstrip().endswith("</s>|")
    assert written.split("⟧")[0].endswith("</s>|")
