"""Rules for words: each character but white space is in one; marks, digits and contractions where a rule says so."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.readers.words import RULES, Rule, joined, words
from mnlu_instruct.types import surface
from tests.readers.helpers import PRINTABLE


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("blanks", "IL-2 daltons.", "IL-2|daltons."),
        ("letters", "20mg/day, don't_x", "20|mg|/|day|,|don|'|t|_|x"),
        (
            "clinical",
            "He didn't have \"A/B\" (q.d.) pain*, patient's 5%",
            "He|did|n't|have|\"|A|/|B|\"|(|q|.|d|.|)|pain|*|,|patient|'s|5|%",
        ),
        ("clinical", "** 's", "*|*|'|s"),
    ],
)
def test_what_a_word_is(rule: Rule, text: str, expected: str) -> None:
    assert [text[start:end] for start, end in words(text, rule)] == expected.split("|")


@given(st.text(PRINTABLE, max_size=30), st.sampled_from(list(RULES)))
def test_words_are_all_but_white_space(text: str, rule: Rule) -> None:
    found = words(text, rule)
    assert "".join(text[start:end] for start, end in found) == "".join(text.split())
    assert found == sorted(found)


@given(st.data())
def test_pieces_spell_their_words(data: st.DataObject) -> None:
    text = "one two three four five"
    numbers = data.draw(st.lists(st.integers(0, 4), min_size=1, unique=True).map(sorted))
    pieces = joined(numbers, words(text, "blanks"))
    assert surface(text, pieces).split() == [text.split()[number] for number in numbers]
    assert len(pieces) == 1 + sum(second > first + 1 for first, second in itertools.pairwise(numbers))
