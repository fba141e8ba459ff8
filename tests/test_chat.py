"""The chat template, and lengths in tokens as the budget counts them."""

from pathlib import Path

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from mnlu_instruct import build, chat, workers
from mnlu_instruct.errors import UserError
from mnlu_instruct.recipe import build_recipe
from tests.support import FIXTURES
from tests.test_build import rows


@pytest.fixture(scope="module")
def tokenizer() -> chat.Tokenizer:
    """A tokenizer of bytes, with a beginning and an end of text."""
    vocabulary = {
        token: index for index, token in enumerate(["<s>", "</s>", *sorted(pre_tokenizers.ByteLevel.alphabet())])
    }
    raw = Tokenizer(models.BPE(vocabulary, []))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=raw, bos_token="<s>", eos_token="</s>")


CONVERSATION = [{"role": "user", "content": "Is it?"}, {"role": "assistant", "content": "(A) yes"}]


def test_template_is_zephyrs_with_one_beginning_and_nothing_after_the_last_end(tokenizer: chat.Tokenizer) -> None:
    text = tokenizer.apply_chat_template(CONVERSATION, chat_template=chat.TEMPLATE, tokenize=False)
    assert text == "<s><|user|>\nIs it?</s>\n<|assistant|>\n(A) yes</s>"
    prompt = tokenizer.apply_chat_template(
        CONVERSATION[:1], chat_template=chat.TEMPLATE, tokenize=False, add_generation_prompt=True
    )
    assert prompt == "<s><|user|>\nIs it?</s>\n<|assistant|>\n"


def test_lengths_count_the_template(tokenizer: chat.Tokenizer) -> None:
    words = "<|user|>\nIs it?" + "\n<|assistant|>\n(A) yes"
    assert chat.lengths(tokenizer, [CONVERSATION, CONVERSATION[:1]])[0] == len(words) + 3


def test_what_is_longer_than_the_budget_is_dropped_and_counted(tokenizer: chat.Tokenizer, tmp_path: Path) -> None:
    tokenizer.save_pretrained(tmp_path / "tokenizer")
    options = {"tasks": ["ner", "nli"], "max_tokens": 400, "tokenizer": str(tmp_path / "tokenizer")}
    made = {}
    for processes in (1, 2):
        with workers.crew(processes) as pool:
            drafted = build.draft(build_recipe(None, options), FIXTURES, pool, lambda *_: None)
            made[processes] = build.write(drafted, tmp_path / str(processes), pool, lambda *_: None)
    assert made[1]["content_hash"] == made[2]["content_hash"]
    found = rows(tmp_path / "1")
    lengths = chat.lengths(tokenizer, [row["prompt"] + row["completion"] for row in found])  # type: ignore[operator]
    assert max(lengths) <= 400
    dropped = sum(drop["count"] for drop in made[1]["drops"] if drop["reason"] == "longer than 400 tokens")
    whole = build.draft(build_recipe(None, {"tasks": ["ner", "nli"]}), FIXTURES, None, lambda *_: None)
    assert dropped == whole.mixture.total - len(found) > 0


def test_a_prompt_is_a_prefix_of_its_example_and_both_directions_agree(tokenizer: chat.Tokenizer) -> None:
    tokenizer.chat_template = chat.TEMPLATE
    (prompt,) = chat.prompt_ids(tokenizer, [CONVERSATION[:1]])
    (example,) = chat.examples(tokenizer, [CONVERSATION[:1]], [CONVERSATION[1:]])
    assert example.ids[: example.prompt_length] == prompt
    assert tokenizer.decode(example.ids[example.prompt_length :]) == "(A) yes</s>"
    assert chat.lengths(tokenizer, [CONVERSATION]) == [len(example.ids)]


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (None, "no chat template"),
        (chat.TEMPLATE.replace("{{ bos_token }}", "{{ bos_token }}{{ bos_token }}"), "second beginning-of-text"),
        (chat.TEMPLATE.partition("{% if add_generation_prompt %}")[0], "nothing before the answer"),
        (chat.TEMPLATE.replace("'\n<|assistant|>\n'", "'\n<|assistant|>\nSo: '"), "no prefix"),
    ],
)
def test_a_template_that_breaks_the_rules(tokenizer: chat.Tokenizer, template: str | None, words: str) -> None:
    tokenizer.chat_template = template
    with pytest.raises(UserError, match=words):
        chat.examples(tokenizer, [CONVERSATION[:1]], [CONVERSATION[1:]])
