"""Chat formats of models in the wild: each family's prompts, examples and ends are as the family has them."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.prompting import chat, chat_format
from mnlu_instruct.prompting.chat_format import format_of
from mnlu_instruct.prompting.packs import Message
from tests.prompting.families import FAMILIES, Family, byte_level, sentence_piece

SYSTEM: list[Message] = [{"role": "system", "content": "Read."}]
QUESTION: list[Message] = [{"role": "user", "content": "Is it?"}]
ANSWER: list[Message] = [{"role": "assistant", "content": "(A)"}]

every_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
every_tokenizer = pytest.mark.parametrize("make", [byte_level, sentence_piece])
Make = Callable[[Family], chat.Tokenizer]


def shown(tokenizer: chat.Tokenizer, ids: list[int]) -> str:
    return str(tokenizer.decode(ids))


def due(tokenizer: chat.Tokenizer, text: str) -> str:
    """A text as it is decoded: SentencePiece puts a blank after a special token."""
    return shown(tokenizer, tokenizer(text, add_special_tokens=False)["input_ids"])


@every_family
@every_tokenizer
def test_a_question_is_asked_as_the_family_does(family: Family, make: Make) -> None:
    tokenizer = make(family)
    for messages, text in ((QUESTION, family.asked), (SYSTEM + QUESTION, family.system)):
        (ids,) = chat.prompt_ids(tokenizer, [messages])
        assert shown(tokenizer, ids) == due(tokenizer, text)
        if family.adds:
            assert ids[0] == tokenizer.bos_token_id != ids[1]


@every_family
@every_tokenizer
def test_an_example_prolongs_its_prompt_and_ends_with_the_end(family: Family, make: Make) -> None:
    tokenizer = make(family)
    for messages in (QUESTION, SYSTEM + QUESTION):
        (asked,) = chat.prompt_ids(tokenizer, [messages])
        (example,) = chat.examples(tokenizer, [messages], [ANSWER])
        assert example.ids[: example.prompt_length] == asked
        assert shown(tokenizer, example.ids).endswith(due(tokenizer, family.told).lstrip())
        assert example.ids[-1] == format_of(tokenizer).end
        assert example.ids[example.prompt_length :].count(example.ids[-1]) == 1


@every_family
def test_the_ends_are_the_turns_and_the_texts(family: Family) -> None:
    tokenizer = byte_level(family)
    assert tokenizer.convert_ids_to_tokens(chat.ends(tokenizer)) == sorted(
        family.ends, key=tokenizer.convert_tokens_to_ids
    )


OPENINGS = {
    "zephyr, of this package": "<|user|>",
    "zephyr": "<|user|>",
    "llama 2": "[INST]",
    "mistral 0.1": "[INST]",
}
"""What opens a question's turn in ordinary characters."""


@pytest.mark.parametrize("name", FAMILIES)
def test_an_answer_is_over_at_an_end_or_at_the_next_question(name: str) -> None:
    family = FAMILIES[name]
    opening = [OPENINGS[name]] if name in OPENINGS else []
    found = chat.stop_marks(byte_level(family))
    assert sorted(found) == sorted([*family.ends, *opening])


@every_family
@every_tokenizer
def test_an_answer_is_read_as_it_was_written(family: Family, make: Make) -> None:
    tokenizer = make(family)
    (example,) = chat.examples(tokenizer, [QUESTION], [ANSWER])
    prompt, answer = example.ids[: example.prompt_length], example.ids[example.prompt_length : -1]
    assert chat.read(tokenizer, answer, prompt).strip() == "(A)"


@every_family
@given(question=st.text("ab \n()"), answer=st.text("ab \n()"))
def test_whatever_is_asked_and_answered_an_example_prolongs_its_prompt(
    family: Family, question: str, answer: str
) -> None:
    tokenizer = byte_level(family)
    asked: list[Message] = [{"role": "user", "content": f"a{question}b"}]
    (prompt,) = chat.prompt_ids(tokenizer, [asked])
    (example,) = chat.examples(tokenizer, [asked], [[{"role": "assistant", "content": f"a{answer}b"}]])
    assert example.ids[: example.prompt_length] == prompt
    assert chat.lengths(tokenizer, [[*asked, {"role": "assistant", "content": f"a{answer}b"}]]) == [len(example.ids)]


@every_family
@every_tokenizer
def test_beginnings_of_answers_are_those_of_examples(family: Family, make: Make) -> None:
    tokenizer = make(family)
    ((start,),) = chat.starts(tokenizer, [QUESTION], [["(A)"]])
    (example,) = chat.examples(tokenizer, [QUESTION], [ANSWER])
    assert example.ids[example.prompt_length :][: len(start)] == start
    assert shown(tokenizer, start).strip() == "(A)"


@every_family
@every_tokenizer
def test_special_tokens_that_a_text_quotes_are_words(family: Family, make: Make) -> None:
    """A web page's `</s>` ends no turn; the prompt stays the beginning of its example, and the answer can be read."""
    tokenizer = make(family)
    for mark in tokenizer.convert_ids_to_tokens(sorted(chat_format.special_ids(tokenizer))):
        prompts = [[{"role": "user", "content": f"Is {mark}it{mark}?"}], [{"role": "user", "content": "Is it?"}]]
        plain, *_ = chat.prompt_ids(tokenizer, [[{"role": "user", "content": "Is it?"}]])
        asked = chat.prompt_ids(tokenizer, prompts)
        assert asked[1] == plain
        special = chat_format.special_ids(tokenizer)
        assert [one for one in asked[0] if one in special] == [one for one in plain if one in special]
        assert f"Is {mark}it{mark}?" in chat.read(tokenizer, asked[0])
        answers = [[{"role": "assistant", "content": f"({mark})"}]] * 2
        for example, prompt in zip(chat.examples(tokenizer, prompts, answers), asked, strict=True):
            assert example.ids[: example.prompt_length] == prompt
            assert chat.read(tokenizer, example.ids[len(prompt) : -1], prompt).strip() == f"({mark})"
        (starts,) = chat.starts(tokenizer, prompts[:1], [["(A)", "(B)"]])
        (a,) = chat.examples(tokenizer, prompts[:1], [[{"role": "assistant", "content": "(A)"}]])
        assert a.ids[len(asked[0]) :][: len(starts[0])] == starts[0]
