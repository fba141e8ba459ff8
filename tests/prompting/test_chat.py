"""The chat template, and lengths in tokens as the budget counts them."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, normalizers
from transformers import PreTrainedTokenizerFast

from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting import chat, templates
from tests.counting import byte_tokenizer


@pytest.fixture(scope="module")
def tokenizer() -> chat.Tokenizer:
    return byte_tokenizer()


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
CONVERSATION = [{"role": "user", "content": "Is it?"}, {"role": "assistant", "content": "(A) yes"}]


def test_template_is_zephyrs_with_one_beginning_and_nothing_after_the_last_end(
    tokenizer: chat.Tokenizer,
) -> None:
    text = tokenizer.apply_chat_template(CONVERSATION, chat_template=templates.ZEPHYR, tokenize=False)
    assert text == "<s><|user|>\nIs it?</s>\n<|assistant|>\n(A) yes</s>"
    prompt = tokenizer.apply_chat_template(
        CONVERSATION[:1], chat_template=templates.ZEPHYR, tokenize=False, add_generation_prompt=True
    )
    assert prompt == "<s><|user|>\nIs it?</s>\n<|assistant|>\n"


def test_lengths_count_the_template(tokenizer: chat.Tokenizer) -> None:
    words = "<|user|>\nIs it?" + "\n<|assistant|>\n(A) yes"
    tokenizer.chat_template = templates.ZEPHYR
    assert chat.lengths(tokenizer, [CONVERSATION]) == [len(words) + 3]


def test_a_prompt_is_a_prefix_of_its_example_and_both_directions_agree(tokenizer: chat.Tokenizer) -> None:
    tokenizer.chat_template = templates.ZEPHYR
    (prompt,) = chat.prompt_ids(tokenizer, [CONVERSATION[:1]])
    (example,) = chat.examples(tokenizer, [CONVERSATION[:1]], [CONVERSATION[1:]])
    assert example.ids[: example.prompt_length] == prompt
    assert tokenizer.decode(example.ids[example.prompt_length :]) == "(A) yes</s>"
    assert chat.lengths(tokenizer, [CONVERSATION]) == [len(example.ids)]


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (None, "no chat template"),
        (
            templates.ZEPHYR.replace("{{ bos_token }}", "{{ bos_token }}{{ bos_token }}"),
            "second beginning-of-text",
        ),
        (templates.ZEPHYR.partition("{% if add_generation_prompt %}")[0], "no generation prompt"),
        (templates.ZEPHYR.replace("'\n<|assistant|>\n'", "'\n<|assistant|>\nSo: '"), "not a prefix"),
    ],
)
def test_a_template_that_breaks_the_rules(tokenizer: chat.Tokenizer, template: str | None, words: str) -> None:
    tokenizer.chat_template = template
    with pytest.raises(UserError, match=words):
        chat.examples(tokenizer, [CONVERSATION[:1]], [CONVERSATION[1:]])


BRACKETS = (
    "{{ bos_token }}{% for message in messages %}{% if message.role == 'user' %}"
    "[INST] {{ message.content }} [/INST]{% else %} {{ message.content }}{{ eos_token }}{% endif %}{% endfor %}"
)
"""The shape of Mistral's, Mixtral's, Llama 2's and BioMistral's: the user's turn ends with what precedes an answer."""
TURNS = (
    "{% for message in messages %}{{ bos_token + message.role + '\n' + message.content + eos_token + '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ bos_token + 'assistant\n' }}{% endif %}"
)
"""ChatML's shape, where its beginning-of-turn is the tokenizer's beginning-of-text (SmolLM2)."""


@pytest.mark.parametrize(
    ("template", "text"),
    [
        (BRACKETS, "<s>[INST] Is it? [/INST]"),
        (BRACKETS.replace("{% else %} ", "{% else %}"), "<s>[INST] Is it? [/INST]"),
        (TURNS, "<s>user\nIs it?</s>\n<s>assistant\n"),
    ],
)
def test_a_template_of_a_model_in_the_wild(tokenizer: chat.Tokenizer, template: str, text: str) -> None:
    tokenizer.chat_template = template
    (ids,) = chat.prompt_ids(tokenizer, [CONVERSATION[:1]])
    assert tokenizer.decode(ids) == text


ANSWER = {"role": "assistant", "content": "(B) no"}
SYSTEM = [{"role": "system", "content": "You read  medical texts.\n"}, *CONVERSATION[:1]]
REFUSING = "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"


def test_a_template_shows_every_message(tokenizer: chat.Tokenizer) -> None:
    tokenizer.chat_template = templates.ZEPHYR.replace("message['content']", "message['content'].strip()")
    (ids,) = chat.prompt_ids(tokenizer, [SYSTEM])
    assert "You read  medical texts.</s>" in tokenizer.decode(ids)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (templates.ZEPHYR.replace("in messages", "in messages[-1:]"), "leaves out the user message"),
        (templates.ZEPHYR.replace("message['content']", "message['content'][:9]"), "leaves out the user message"),
        (templates.ZEPHYR.replace("in messages", "in messages | reverse"), "changes the order"),
        ("{{ raise_exception('Only tools are supported') }}", "refuses the messages: Only tools are supported"),
        ("{{ messages[0].content + 1 }}", "refuses the messages: can only concatenate"),
        ("\n{% for", "syntax error in line 2"),
    ],
)
def test_a_template_that_hides_or_refuses_a_message(tokenizer: chat.Tokenizer, template: str, words: str) -> None:
    tokenizer.chat_template = template
    with pytest.raises(UserError, match=words) as raised:
        chat.prompt_ids(tokenizer, [[*SYSTEM, ANSWER, *CONVERSATION[:1]]])
    assert "template: zephyr or plain" in raised.value.hint


UNHEARD = templates.ZEPHYR.replace("in messages", "in messages if message.role != 'system'")


@pytest.mark.parametrize("template", [REFUSING + templates.ZEPHYR, UNHEARD])
def test_a_template_without_a_system_message_has_its_text_before_the_question(
    tokenizer: chat.Tokenizer, template: str
) -> None:
    tokenizer.chat_template = template
    (ids,) = chat.prompt_ids(tokenizer, [SYSTEM])
    assert tokenizer.decode(ids).startswith("<s><|user|>\nYou read  medical texts.\n\nIs it?</s>")


def test_starts_of_answers_follow_the_prompt(tokenizer: chat.Tokenizer) -> None:
    tokenizer.chat_template = templates.ZEPHYR
    ((first, second),) = chat.starts(tokenizer, [CONVERSATION[:1]], [["(A)", "(BC)"]])
    assert [tokenizer.decode(first), tokenizer.decode(second)] == ["(A)", "(BC)"]
    (example,) = chat.examples(tokenizer, [CONVERSATION[:1]], [CONVERSATION[1:]])
    assert example.ids[example.prompt_length :][: len(first)] == first


def sentence_piece_tokenizer() -> chat.Tokenizer:
    """A tokenizer as Llama's: a blank belongs to the word behind it; other characters are bytes."""
    words = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *["▁", "a", "b", "▁a", "é"]]
    model = models.BPE({word: index for index, word in enumerate(words)}, [("\u2581", "a")], byte_fallback=True)
    raw = Tokenizer(model)
    raw.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    raw.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return PreTrainedTokenizerFast(tokenizer_object=raw, bos_token="<s>", eos_token="</s>")


@pytest.mark.parametrize("make", [byte_tokenizer, sentence_piece_tokenizer])
@given(data=st.data())
def test_an_answer_is_read_as_vllm_streams_it(make: Callable[[], chat.Tokenizer], data: st.DataObject) -> None:
    tokenizer = make()
    texts = [data.draw(st.text("ab\u00e9 ")), data.draw(TEXTS)]
    prompt, ids = tokenizer(texts, add_special_tokens=False)["input_ids"]
    prompt += tokenizer.convert_tokens_to_ids(data.draw(st.sampled_from([[], ["<s>"]])))
    ids = ids[: data.draw(st.integers(0, len(ids)))]
    stream = decoders.DecodeStream(ids=prompt, skip_special_tokens=True)
    streamed = "".join(stream.step(tokenizer.backend_tokenizer, one) or "" for one in ids)
    assert chat.read(tokenizer, ids, prompt) == streamed


@given(TEXTS, st.integers(0, 3))
def test_an_answer_is_read_up_to_its_last_whole_character(text: str, cut: int) -> None:
    tokenizer = byte_tokenizer()
    whole = text.replace("\N{REPLACEMENT CHARACTER}", "").encode()
    written = whole[: max(0, len(whole) - cut)]
    ids = tokenizer(whole.decode(), add_special_tokens=False)["input_ids"][: len(written)]
    assert chat.read(tokenizer, ids) == written.decode(errors="ignore")


def test_an_answer_keeps_its_blanks_and_loses_its_marks() -> None:
    tokenizer = byte_tokenizer()
    tokenizer.clean_up_tokenization_spaces = True
    tokenizer.clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output = True
    ids = tokenizer("<s>p . 05 , it 's</s>", add_special_tokens=False)["input_ids"]
    assert tokenizer.decode(ids, skip_special_tokens=True) == "p. 05, it's"
    assert chat.read(tokenizer, ids) == "p . 05 , it 's"
