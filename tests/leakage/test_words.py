"""Texts as words, and the hashes of their runs."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.leakage.words import BATCH, batches, folded, joined, words

TEXTS = st.lists(st.text(st.sampled_from("ab-. é½ßﬁ\n\0²Σς😀_9"), max_size=30), max_size=6)


def test_normalisation_keeps_letters_and_digits_alone() -> None:
    same = ["IL-2 gene", "IL - 2 gene .", "il\u20102\u00a0GENE", "(Il_2)\ngene\0"]
    assert {words([text]).text(0) for text in same} == {b"il 2 gene "}
    assert words(["Straße 10µm²"]).text(0) == words(["STRASSE 10\u03bcm2"]).text(0)
    assert words(["a lone \ud800 surrogate"]).text(0) == b"a lone surrogate "


@given(TEXTS)
def test_words_are_those_of_each_text(texts: list[str]) -> None:
    found = words(texts)
    expected = [folded(text).split() for text in texts]
    assert [found.text(place).split() for place in range(len(texts))] == expected
    assert np.diff(found.first).tolist() == [len(own) for own in expected]


@given(TEXTS, TEXTS, st.integers(1, 4))
def test_equal_runs_have_equal_hashes_wherever_they_stand(some: list[str], others: list[str], length: int) -> None:
    found: dict[bytes, set[int]] = {}
    for part in (words(some), words(others), joined([words(some), words(others)])):
        hashes = part.hashes(length)
        at = np.arange(len(hashes))
        for place in at[part.within(at, length)].tolist():
            found.setdefault(part.run(place, length), set()).add(int(hashes[place]))
    assert all(len(hashes) == 1 for hashes in found.values())
    assert len(set.union(set(), *found.values())) == len(found)


@given(TEXTS, TEXTS)
def test_batches_joined_are_the_words_of_all(some: list[str], others: list[str]) -> None:
    both = joined([words(some), words(others)])
    whole = words(some + others)
    assert both.written == whole.written
    assert both.starts.tolist() == whole.starts.tolist()
    assert both.first.tolist() == whole.first.tolist()


def test_batches_end_when_they_are_full() -> None:
    texts = ["x" * (BATCH // 2), "y" * BATCH, "z"]
    assert [list(map(len, batch)) for batch in batches(texts, len)] == [[BATCH // 2, BATCH], [1]]
    assert list(batches([], len)) == []
