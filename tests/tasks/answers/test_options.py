"""Options: letters before or after them, the round trip of any options, strict reading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.tasks.answers import options
from mnlu_instruct.types import Choice, Instance, Label, Letters, Parsed, normalise


def asked(labels: tuple[Label, ...], letters: Letters = "before") -> Instance:
    """A question with these options."""
    return Instance("i", "nli", "g", "t", {}, labels, Choice("n"), letters=letters)


LABELS = (Label("e", "entails"), Label("n", "is  neutral"), Label("c", "contradicts"))
QUESTION, AFTER = asked(LABELS), asked(LABELS, "after")
PLACES = st.sampled_from(["before", "after"])


@pytest.mark.parametrize(
    ("index", "letter"),
    [(0, "A"), (1, "B"), (25, "Z"), (26, "AA"), (27, "AB"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")],
)
def test_letters_go_on_after_z(index: int, letter: str) -> None:
    assert options.letter(index) == letter


def test_no_two_options_share_a_letter() -> None:
    assert len({options.letter(index) for index in range(2000)}) == 2000


def test_options_are_shown_and_written_in_the_order_given() -> None:
    assert options.lines(QUESTION) == ["(A) entails", "(B) is  neutral", "(C) contradicts"]
    assert options.write({"c", "e"}, QUESTION) == "(A) entails\n(C) contradicts"
    assert options.write({"c", "e"}, asked(LABELS[::-1])) == "(A) contradicts\n(C) entails"


def test_no_option_is_written_as_none() -> None:
    assert options.write((), QUESTION) == "None"


@pytest.mark.parametrize(
    "text", ["(C) contradicts", "(C)", "contradicts", "  (C)   contradicts \n", "(C)\ncontradicts", "\tcontradicts"]
)
def test_an_option_is_stated_by_letter_and_text_or_either_alone(text: str) -> None:
    assert options.read_one(text, QUESTION) == "c"


def test_white_space_inside_an_option_does_not_count() -> None:
    assert options.read_one("(B) is neutral", QUESTION) == options.read_one("is\tneutral", QUESTION) == "n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "None",
        "(A) contradicts",
        "(D) contradicts",
        "(D)",
        "(A) entails\n(B) is neutral",
        "(A) (B)",
        "entails contradicts",
        "C",
        "C) contradicts",
        "(c) contradicts",
        "Contradicts",
        "contradicts.",
        "The answer is (C) contradicts",
        "(C) contradicts because",
        "contra",
    ],
)
def test_anything_else_is_unreadable(text: str) -> None:
    assert options.read_one(text, QUESTION) is None


def test_a_text_that_two_options_share_needs_its_letter() -> None:
    twins = (Label("1", "same"), Label("2", "same"), Label("3", "other"))
    assert [options.read_one(text, asked(twins)) for text in ("same", "(A) same", "(B) same")] == [None, "1", "2"]


def test_an_option_that_looks_like_a_letter_is_told_by_its_own() -> None:
    confusing = (Label("1", "(B)"), Label("2", "(A)"))
    assert [options.read_one(line, asked(confusing)) for line in options.lines(asked(confusing))] == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("(A) entails\n(C) contradicts", {"e", "c"}),
        ("(C)\n \n entails \n\n", {"e", "c"}),
        ("(C) contradicts\n(C)", {"c"}),
        ("(C) contradicts\r\n(A) entails\r\n", {"c", "e"}),
    ],
)
def test_several_options_are_stated_one_a_line_in_any_order(text: str, keys: set[str]) -> None:
    assert options.read_many(text, QUESTION) == frozenset(keys)


@pytest.mark.parametrize("text", ["", "\n", "None", "(A) entails\nperhaps", "(A) entails\n(B) contradicts", "(A), (B)"])
def test_one_unreadable_line_makes_all_unreadable(text: str) -> None:
    assert options.read_many(text, QUESTION) is None


NAMES = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("()AB "), max_size=10).map(normalise)
LABEL_LISTS = st.lists(NAMES, min_size=1, max_size=40).map(
    lambda names: tuple(Label(f"k{index}", name) for index, name in enumerate(names))
)


@given(LABEL_LISTS, PLACES, st.data())
def test_what_is_written_is_read(labels: tuple[Label, ...], letters: Letters, data: st.DataObject) -> None:
    keys = data.draw(st.sets(st.sampled_from([label.key for label in labels]), min_size=1))
    question = asked(labels, letters)
    assert options.read_many(options.write(keys, question), question) == frozenset(keys)
    for key in keys:
        assert options.read_one(options.write((key,), question), question) == key


@given(st.text())
def test_any_text_is_read_as_an_option_or_not_at_all(text: str) -> None:
    assert options.read_one(text, QUESTION) in {"e", "n", "c", None}
    assert (options.read_many(text, QUESTION) or set()) <= {"e", "n", "c"}


def test_a_choice_is_one_key_in_both_directions() -> None:
    assert options.write_choice("n", QUESTION) == "(B) is  neutral"
    assert options.read_choice("(B) is  neutral", QUESTION) == Parsed("n")
    assert options.read_choice("(A)\n(B)", QUESTION) == Parsed(None)


def test_with_letters_after_the_options_an_answer_is_the_letter_alone() -> None:
    assert options.lines(AFTER) == ["entails=A", "is  neutral=B", "contradicts=C"]
    assert options.write({"c", "e"}, AFTER) == "A\nC"
    assert options.write((), AFTER) == "None"


@pytest.mark.parametrize("text", ["C", " C\n", "contradicts=C", "contradicts"])
def test_a_letter_after_its_option_is_read_as_it_stands(text: str) -> None:
    assert options.read_one(text, AFTER) == "c"


@pytest.mark.parametrize(
    "text", ["(C)", "(C) contradicts", "=C", "c", "C.", "entails=C", "D", "A C", "The answer is C"]
)
def test_other_letters_are_unreadable_after_options(text: str) -> None:
    assert options.read_one(text, AFTER) is None
