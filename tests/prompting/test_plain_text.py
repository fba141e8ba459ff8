"""Plain text for encoder–decoder models: what is lost to a vocabulary as T5's comes back all the same."""

import html
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting import chat, plain_text
from mnlu_instruct.training.data import load
from tests.training.conftest import data, t5  # noqa: F401 (fixtures)

SIGNS = st.sampled_from([*"aAz09 .:()|&#;<>{}~\\^`\n²ﬁαé\u200b", "&lt;", "&#65;", " | "])
TEXTS = st.lists(st.one_of(SIGNS, st.characters(max_codepoint=0x2FF)), max_size=40).map("".join)
"""Without marks that melt into the letter before them (U+0301)."""


@pytest.fixture(scope="module")
def tokenizer(t5: Path) -> chat.Tokenizer:  # noqa: F811
    return chat.load_tokenizer(str(t5))


def bytewise(single: str = "$A </s>") -> chat.Tokenizer:
    """A tokenizer as BART's: bytes, so that everything comes back."""
    alphabet = ["</s>", "<unk>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    raw = Tokenizer(models.BPE(vocab={sign: place for place, sign in enumerate(alphabet)}, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    raw.decoder = decoders.ByteLevel()
    raw.post_processor = processors.TemplateProcessing(single=single, special_tokens=[("</s>", 0)])
    return PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="</s>", unk_token="<unk>")


def ids(tokenizer: chat.Tokenizer, text: str) -> list[int]:
    return plain_text.prompt_ids(tokenizer, [[{"role": "user", "content": text}]])[0]


def blanks(text: str) -> list[str]:
    """The lines of a text, with one blank for each run of them."""
    return [" ".join(line.split()) for line in text.split("\n")]


def test_a_vocabulary_as_t5s_loses_what_is_said_of_it(tokenizer: chat.Tokenizer) -> None:
    for text, back in (("a\nb", "a b"), ("a  b", "a b"), ("a²", "a2"), ("a{b", "ab"), ("a<b", "ab")):
        assert tokenizer.decode(tokenizer(text)["input_ids"], skip_special_tokens=True) == back


def test_lines_and_signs_are_written_in_others(tokenizer: chat.Tokenizer) -> None:
    said = tokenizer.decode(ids(tokenizer, "p < 0.05 | {x}\n(A) R&D &amp; m²"), skip_special_tokens=True)
    assert said == "p &lt; 0.05 &#124; &#123;x&#125; | (A) R&D &amp;amp; m&sup2;"


@settings(deadline=None)
@given(TEXTS)
def test_every_text_comes_back_but_for_runs_of_blanks(tokenizer: chat.Tokenizer, text: str) -> None:
    assert blanks(plain_text.read(tokenizer, [ids(tokenizer, text)])[0]) == blanks(text)


@settings(deadline=None)
@given(TEXTS)
def test_a_tokenizer_that_loses_nothing_is_given_the_words_as_they_are(text: str) -> None:
    whole = bytewise()
    assert plain_text.read(whole, [ids(whole, text)]) == [text]
    if "&" not in text:
        assert ids(whole, text) == whole(text)["input_ids"]


@settings(deadline=None)
@given(st.text(alphabet="&#0123456789abcltgx;| ", max_size=30))
def test_any_answer_can_be_read(tokenizer: chat.Tokenizer, answer: str) -> None:
    read = plain_text.read(tokenizer, [tokenizer(answer)["input_ids"]])[0]
    read.encode("utf-8")
    if "&" not in answer and "|" not in answer:
        assert read == html.unescape(" ".join(answer.split()))


def test_every_demo_answer_survives(tokenizer: chat.Tokenizer, data: Path) -> None:  # noqa: F811
    rows = load(data)
    found = plain_text.examples(tokenizer, rows["prompt"][:], rows["completion"][:])
    read = plain_text.read(tokenizer, [one.target for one in found])
    assert read == [completion[0]["content"] for completion in rows["completion"]]
    assert all(one.source[-1] == one.target[-1] == tokenizer.eos_token_id for one in found)


def test_prompts_alone_have_the_ids_of_examples(tokenizer: chat.Tokenizer) -> None:
    turns = [{"role": "system", "content": "Answer."}, {"role": "user", "content": "Is it?\n(A) yes"}]
    (one,) = plain_text.examples(tokenizer, [turns], [[{"role": "assistant", "content": "(A) yes"}]])
    assert [one.source] == plain_text.prompt_ids(tokenizer, [turns])
    assert plain_text.read(tokenizer, [one.source, one.target]) == ["Answer.\nIs it?\n(A) yes", "(A) yes"]


@pytest.mark.parametrize("mark", ["</s>", "<unk>", "<pad>"])
def test_special_tokens_in_a_text_are_words(tokenizer: chat.Tokenizer, mark: str) -> None:
    for one in (tokenizer, bytewise()):
        written = ids(one, f"a {mark} b")
        assert [place for place in written if place in one.all_special_ids] == [one.eos_token_id]
        assert plain_text.read(one, [written]) == [f"a {mark} b"]


def test_a_tokenizer_without_end_or_signs_is_refused() -> None:
    with pytest.raises(UserError, match="doesn't end a text"):
        ids(bytewise("$A"), "a")
    few = Tokenizer(models.WordLevel({"<unk>": 0, "</s>": 1, "ee": 2}, unk_token="<unk>"))
    with pytest.raises(UserError, match="doesn't know '#'"):
        ids(PreTrainedTokenizerFast(tokenizer_object=few, eos_token="</s>", unk_token="<unk>"), "a")


def test_kinds_of_models_and_what_is_none(t5: Path, tmp_path: Path) -> None:  # noqa: F811
    assert plain_text.is_encoder_decoder(str(t5))
    (tmp_path / "adapter_config.json").write_text("{}", "utf-8")
    with pytest.raises(UserError, match="is a LoRA adapter"):
        plain_text.is_encoder_decoder(str(tmp_path))
    with pytest.raises(UserError, match="No model"):
        plain_text.is_encoder_decoder(str(tmp_path / "none"))
