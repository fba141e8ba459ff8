"""Runs of words are found wherever they stand, and nothing else is."""

from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.leakage.index import RUN, SHORTEST, Index
from mnlu_instruct.leakage.words import words
from tests.leakage.helpers import numbered

WORDS = st.lists(st.sampled_from(["a", "b", "a", "A", "b."]), max_size=40).map(" ".join)


def expected(indexed: list[str], searched: list[str]) -> set[tuple[int, int, int]]:
    """Text searched, first word and number of words of all that should be found, by plain comparison."""
    found = set()
    before = 0
    for text in indexed:
        own = words([text]).text(0).split()
        length = len(own) if SHORTEST <= len(own) < RUN else RUN
        for start in range(len(own) - length + 1):
            for place, other in enumerate(searched):
                theirs = words([other]).text(0).split()
                if any(theirs[at : at + length] == own[start : start + length] for at in range(len(theirs))):
                    found.add((place, before + start, length))
        before += len(own)
    return found


@given(st.lists(WORDS, max_size=4), st.lists(WORDS, max_size=4))
def test_found_is_what_plain_comparison_finds(indexed: list[str], searched: list[str]) -> None:
    finds = Index(indexed).find(words(searched))
    rows = list(zip(finds.text.tolist(), finds.first.tolist(), finds.count.tolist(), strict=True))
    assert len(rows) == len(set(rows))
    assert set(rows) == expected(indexed, searched)


def test_runs_never_cross_two_texts() -> None:
    halves = [numbered(0, RUN - 1), numbered(RUN - 1, RUN - 1)]
    assert not len(Index([" ".join(halves)]).find(words(halves)).text)
    assert not len(Index([numbered(0, 5), numbered(5, 5)]).find(words([numbered(0, 10)])).text)


def test_equal_hashes_of_other_words_are_not_found() -> None:
    index = Index([numbered(0, RUN)])
    table = index._tables[0]
    searched = words([numbered(50, RUN)])
    table.hashes[:] = searched.hashes(RUN)
    table.bits[:] = 255
    assert not len(index.find(searched).text)


def test_a_long_text_is_searched_whole() -> None:
    long = f"{numbered(100, 60_000)} {numbered(0, RUN)}"
    assert Index([numbered(0, RUN)]).find(words([long])).first.tolist() == [0]
