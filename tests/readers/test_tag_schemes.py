"""Schemes of chunk tags: the round trip of any mentions, and what doesn't fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.readers.tag_schemes import SCHEMES, Chunk, Scheme, chunks
from tests.readers.helpers import file

MENTIONS = st.lists(st.tuples(st.sampled_from(["", "X", "Y-Z"]), st.integers(1, 3)), max_size=8)


def tagged(mentions: list[tuple[str, int]], scheme: Scheme, bilou: bool) -> tuple[list[str], list[Chunk]]:
    """The tags of a sentence, and its mentions."""
    tags: list[str] = []
    found: list[Chunk] = []
    before = ""
    for label, length in mentions:
        inner = ["B", *"I" * (length - 1)]
        if scheme == "iob1" and label != before:
            inner[0] = "I"
        if scheme == "bioes":
            inner = ["SU"[bilou]] if length == 1 else [*inner[:-1], "EL"[bilou]]
        if label:
            found.append((label, len(tags), len(tags) + length - 1))
        tags += [f"{mark}-{label}" if label else "O" for mark in inner]
        before = label
    return tags, found


@given(MENTIONS, st.sampled_from(sorted(SCHEMES)), st.booleans())
def test_any_mentions_are_read_as_they_were_tagged(
    mentions: list[tuple[str, int]], scheme: Scheme, bilou: bool
) -> None:
    tags, found = tagged(mentions, scheme, bilou)
    assert list(chunks(list(enumerate(tags, 1)), scheme, file(""))) == found


@pytest.mark.parametrize(
    ("scheme", "tags", "line", "message"),
    [
        ("iob1", "O S-X", 2, "tag 'S-X', expected O, B-<type> or I-<type>"),
        ("iob1", "I", 1, "tag 'I'"),
        ("bioes", "I-X", 1, "expected O, B-<type>, or S-<type>"),
        ("bioes", "B-X O", 2, "expected I-X, or E-X"),
        ("bioes", "B-X E-Y", 2, "expected I-X, or E-X"),
        ("bioes", "B-X B-X", 2, "expected I-X, or E-X"),
        ("bioes", "O B-X I-X", 3, "the sentence ends within a mention of X"),
        ("bioes", "S-", 1, "tag 'S-'"),
        ("bioes", "O-X", 1, "tag 'O-X'"),
        ("iob2", "", 1, "tag ''"),
    ],
)
def test_a_tag_that_does_not_fit_is_named(scheme: Scheme, tags: str, line: int, message: str) -> None:
    rows = list(enumerate(tags.split() or [""], 1))
    with pytest.raises(UserError, match=rf"^corpus\.txt, line {line}: ") as error:
        list(chunks(rows, scheme, file("")))
    assert message in error.value.message
