"""Sentence ends: stretches of the text, in order, that hold all of it but white space."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.sources.sentences import sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("   ", []),
        ("No end", ["No end"]),
        ("One. Two?  Three!", ["One.", "Two?", "Three!"]),
        ("IL-2.5 rose 0.5 mg. It fell.", ["IL-2.5 rose 0.5 mg.", "It fell."]),
        ("First.\nSecond.", ["First.", "Second."]),
    ],
)
def test_sentences_of_a_text(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


@given(st.text("aB. ?!\n1()", max_size=40))
def test_sentences_hold_the_whole_text_in_order(text: str) -> None:
    found = sentences(text)
    assert all(start < end <= len(text) for start, end in found)
    assert all(end <= start for (_, end), (start, _) in pairwise(found))
    assert "".join("".join(text[start:end].split()) for start, end in found) == "".join(text.split())
