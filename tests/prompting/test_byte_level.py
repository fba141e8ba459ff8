"""New vocabularies: texts come back, special tokens come first, pieces are learned, the same ones each time."""

from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.prompting import byte_level

TEXTS = ["the fever of the patient", "the fever is gone", "ein Fieber, TNF-α"] * 5
LEARNED = byte_level.learned(TEXTS, 300, ("<s>", "</s>"))


@given(st.text())
def test_every_text_comes_back(text: str) -> None:
    assert LEARNED.decode(LEARNED.encode(text, add_special_tokens=False).ids, skip_special_tokens=False) == text


def test_what_is_learned() -> None:
    assert [LEARNED.token_to_id(one) for one in ("<s>", "</s>")] == [0, 1]
    assert 2 + 256 < LEARNED.get_vocab_size() <= 300
    assert LEARNED.encode("the fever").tokens == ["the", "Ġfever"]
    assert byte_level.learned(TEXTS, 300, ("<s>", "</s>")).to_str() == LEARNED.to_str()
