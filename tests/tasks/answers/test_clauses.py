"""Clauses: written, read back by what is derived from them, whatever the names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.tasks.answers import clauses
from mnlu_instruct.types import Label, Parsed, normalise

NONE = Label("none", "nothing is stated")
VERB = (
    Label("UP", "{1} acts as an upregulator of {2}"),
    Label("SUB", "{1} acts as a substrate of {2}"),
    Label("SUBP", "{1} acts as a substrate of or product of {2}"),
    NONE,
)
OPENED = (Label("EX", "the relation between {1} and {2} exists"), NONE)
LISTED = (
    Label("POS", "{1}, {2}, and {3} form a positive combination"),
    Label("NEG", "{1}, {2}, and {3} form a negative combination"),
    NONE,
)
QUOTED = (
    Label("UP", '"{1}" upregulates "{2}"'),
    Label("BY", '"{2}" is downregulated by "{1}"'),
    Label("POS", '"{1}", "{2}", and "{3}" form a combination'),
    NONE,
)


def test_clauses_are_joined_and_end_with_a_full_stop() -> None:
    stated = (("UP", "a", "b"), ("SUB", "c", "d"))
    text = "a acts as an upregulator of b; c acts as a substrate of d."
    assert clauses.write(stated, VERB) == text
    assert clauses.read(text, VERB, "") == Parsed(stated)


def test_no_relation_is_said_in_words() -> None:
    assert clauses.write((), VERB) == "nothing is stated."
    assert clauses.read(" nothing is\nstated.", VERB, "") == Parsed(())


def test_the_clause_with_more_words_is_tried_first() -> None:
    text = "x acts as a substrate of or product of y."
    assert clauses.read(text, VERB, "").answer == (("SUBP", "x", "y"),)


def test_one_full_stop_is_no_part_of_the_last_name() -> None:
    stated = (("UP", "T.A.", "B."),)
    assert clauses.read(clauses.write(stated, VERB), VERB, "").answer == stated


def test_relations_are_read_once_and_what_is_no_clause_is_counted() -> None:
    text = "a acts as an upregulator of b; a is odd; a acts as an upregulator of b"
    assert clauses.read(text, VERB, "") == Parsed((("UP", "a", "b"),), unread=1)


def test_nothing_but_other_words_is_unreadable() -> None:
    assert clauses.read("I see none; sorry.", VERB, "") == Parsed(None, unread=2)
    assert clauses.read("", VERB, "").answer is None


@pytest.mark.parametrize(
    "lost", ["acts as an upregulator of b", "a acts as an upregulator of", " acts as an upregulator of "]
)
def test_a_clause_needs_all_its_names(lost: str) -> None:
    assert clauses.read(lost, VERB, "").answer is None


def test_a_name_with_the_words_between_is_cut_where_both_names_stand_in_the_text() -> None:
    stated = (("EX", "salt and water", "loss of salt and water"),)
    written = clauses.write(stated, OPENED)
    assert clauses.read(written, OPENED, "Too much salt and\nwater: loss of salt and water.").answer == stated
    assert clauses.read(written, OPENED, "").answer == (("EX", "salt", "water and loss of salt and water"),)


def test_a_semicolon_parts_clauses_only_where_one_begins() -> None:
    stated = (("EX", "a; b", "c"), ("EX", "d", "e; f"))
    assert clauses.read(clauses.write(stated, OPENED), OPENED, "").answer == stated


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("a", "b"), "a and b form a positive combination."),
        (("a", "b", "c"), "a, b, and c form a positive combination."),
        (("a", "b", "c", "d"), "a, b, c, and d form a positive combination."),
    ],
)
def test_lists_have_two_or_more_names(names: tuple[str, ...], words: str) -> None:
    assert clauses.write((("POS", *names),), LISTED) == words
    assert clauses.read(words, LISTED, "").answer == (("POS", *names),)


def test_one_name_is_no_list() -> None:
    assert clauses.read("a form a positive combination.", LISTED, "").answer is None


def test_ends_may_stand_in_the_other_order() -> None:
    assert clauses.write((("BY", "a", "b"),), QUOTED) == '"b" is downregulated by "a".'


def test_names_without_their_quotes_are_not_read() -> None:
    assert clauses.read('a upregulates "b".', QUOTED, "").answer is None
    assert clauses.read('"a"" upregulates "b".', QUOTED, "").answer is None


HOSTILE = st.lists(
    st.sampled_from(['"', "\\", "; ", " and ", ", ", ", and ", '"; "', '" upregulates "', "a", ".", "é", "{1}"]),
    min_size=1,
    max_size=6,
).map(lambda parts: normalise("".join(parts))).filter(bool)  # fmt: skip
RELATIONS = st.one_of(
    st.tuples(st.sampled_from(["UP", "BY"]), HOSTILE, HOSTILE),
    st.lists(HOSTILE, min_size=2, max_size=5).map(lambda names: ("POS", *names)),
)


@given(st.lists(RELATIONS, unique=True, max_size=5).map(tuple))
def test_any_names_in_quotes_are_read_back(stated: tuple[tuple[str, ...], ...]) -> None:
    assert clauses.read(clauses.write(stated, QUOTED), QUOTED, "") == Parsed(stated)


@given(st.text(max_size=200), st.sampled_from([VERB, OPENED, LISTED, QUOTED]))
def test_any_text_is_read_or_unreadable_and_what_is_read_can_be_written(text: str, labels: tuple[Label, ...]) -> None:
    found = clauses.read(text, labels, text).answer
    if found is not None:
        assert isinstance(found, tuple)
        clauses.write(found, labels)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("{1} causes it", "needs the slots"),
        ("{1} causes {1}", "needs the slots"),
        ("{2}, {1}, {3}", "needs the slots"),
        ("{1}{2}", "words between its slots"),
        ('"{1}" causes {2}', "some slots in quotes"),
    ],
)
def test_a_clause_has_its_slots_in_order_and_words_between_them(words: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        clauses.clause(Label("A", words))


def test_clauses_that_cannot_be_told_apart_are_named() -> None:
    same = (Label("A", "{1} causes {2}"), Label("B", "{1} causes {2}"))
    assert (same[0], same[1]) in list(clauses.confused(same))
    cut = (Label("A", "{1}; {2}"), NONE)
    assert list(clauses.confused(cut)) == [(cut[0], None)]
    for labels in (VERB, OPENED, LISTED, QUOTED):
        assert list(clauses.confused(labels)) == []
