"""Spans laid on a text: offsets with overlaps, nested and repeated strings, and strings that aren't there."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.report.layout import Laid, Stated, lay, marked, pieces
from mnlu_instruct.types import MarkedSpan, Span, normalise

TEXT = "Lung cancer, lung\n cancer and cancer pain."


def gold(**spans: tuple[Span, ...]) -> dict[str, tuple[MarkedSpan, ...]]:
    return {
        key: tuple(MarkedSpan(normalise(TEXT[start:end]), ((start, end),)) for start, end in found)
        for key, found in spans.items()
    }


def places(
    stated: list[tuple[str, str]], text: str = TEXT, **spans: tuple[Span, ...]
) -> list[tuple[str, tuple[Span, ...]]]:
    laid, _ = lay(text, gold(**spans), [Stated(*one) for one in stated])
    return [(one.type, one.spans) for one in laid]


def test_gold_places_come_first_in_text_order_each_once() -> None:
    found = places([("D", "cancer"), ("D", "cancer"), ("D", "cancer")], D=((19, 25), (30, 36)))
    assert found == [("D", ((19, 25),)), ("D", ((30, 36),)), ("D", ((5, 11),))]


def test_white_space_may_differ() -> None:
    assert places([("D", "lung cancer")]) == [("D", ((13, 25),))]
    assert TEXT[13:25] == "lung\n cancer"


def test_a_string_lies_on_gold_of_another_type_before_anywhere_else() -> None:
    assert places([("S", "cancer")], D=((30, 36),)) == [("S", ((30, 36),))]
    assert places([("S", "cancer"), ("D", "cancer")], D=((30, 36),)) == [("S", ((30, 36),)), ("D", ((30, 36),))]


def test_the_leftmost_free_place_is_taken_before_a_nested_one() -> None:
    found = places([("D", "Lung cancer"), ("D", "cancer"), ("D", "cancer"), ("D", "cancer"), ("D", "cancer")])
    assert found == [("D", ((0, 11),)), ("D", ((19, 25),)), ("D", ((30, 36),)), ("D", ((5, 11),))]


def test_whole_words_come_before_parts_of_words() -> None:
    text = "Painful: pain"
    assert places([("D", "ain"), ("D", "pain")], text) == [("D", ((1, 4),)), ("D", ((9, 13),))]
    assert places([("D", "Pain"), ("D", "p")], text) == [("D", ((0, 4),)), ("D", ((9, 10),))]


def test_overlapping_occurrences_are_all_places() -> None:
    assert places([("D", "aba"), ("D", "aba")], "ababa") == [("D", ((0, 3),)), ("D", ((2, 5),))]


def test_discontinuous_gold_is_found_and_strings_elsewhere_are_not() -> None:
    known = {"D": (MarkedSpan("Lung pain", ((0, 4), (37, 41))),)}
    laid, unplaced = lay(TEXT, known, [Stated("D", "Lung pain"), Stated("D", "Lung pain"), Stated("D", "heart")])
    assert laid == marked(known) == [Laid("D", ((0, 4), (37, 41)))]
    assert unplaced == [Stated("D", "Lung pain"), Stated("D", "heart")]
    assert lay(TEXT, known, [Stated("D", "")])[1] == [Stated("D", "")]


def test_a_model_that_repeats_itself_costs_little() -> None:
    text = "a banana " * 500
    began = perf_counter()
    laid, unplaced = lay(text, {}, [Stated("D", "a")] * 300)
    assert perf_counter() - began < 5
    assert len(set(laid)) == 300
    assert not unplaced


def test_pieces_carry_every_span_that_covers_them() -> None:
    found = pieces("abcdef", [Laid("D", ((0, 4),)), Laid("S", ((2, 4),))], [Laid("D", ((3, 6),))])
    assert [(one.text, one.gold, one.predicted) for one in found] == [
        ("ab", ("D",), ()),
        ("c", ("D", "S"), ()),
        ("d", ("D", "S"), ("D",)),
        ("ef", (), ("D",)),
    ]
    assert [(one.gold_ends, one.predicted_ends) for one in found] == [
        ((), ()),
        ((), ()),
        (("D", "S"), ()),
        ((), ("D",)),
    ]


def test_a_discontinuous_span_ends_with_its_last_fragment() -> None:
    found = pieces("abcdef", [Laid("D", ((0, 1), (3, 4)))], [])
    assert [(one.text, bool(one.gold), bool(one.gold_ends)) for one in found] == [
        ("a", True, False),
        ("bc", False, False),
        ("d", True, True),
        ("ef", False, False),
    ]


@pytest.mark.parametrize("text", ["", "a"])
def test_small_texts(text: str) -> None:
    assert "".join(one.text for one in pieces(text, [], [])) == text


SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 6)), max_size=6)


@given(st.text("ab \n", min_size=1, max_size=30), SPANS, SPANS, st.lists(st.text("ab ", max_size=4), max_size=6))
def test_nothing_of_a_text_is_lost_and_what_is_laid_is_what_was_stated(
    text: str, first: list[Span], second: list[Span], words: list[str]
) -> None:
    def spans(drawn: list[Span]) -> tuple[MarkedSpan, ...]:
        cut = {(start % len(text), min(start % len(text) + size, len(text))) for start, size in drawn}
        return tuple(MarkedSpan(normalise(text[start:end]), ((start, end),)) for start, end in sorted(cut))

    known = {"D": spans(first), "S": spans(second)}
    stated = [Stated("DS"[place % 2], normalise(word)) for place, word in enumerate(words)]
    laid, unplaced = lay(text, known, stated)
    assert len(laid) + len(unplaced) == len(stated)
    assert all(Stated(one.type, normalise(text[one.spans[0][0] : one.spans[0][1]])) in stated for one in laid)
    assert len(set(laid)) == len(laid)
    cut = pieces(text, marked(known), laid)
    assert "".join(one.text for one in cut) == text
    for key in "DS":
        covered = sum(len(one.text) for one in cut if key in one.predicted)
        assert covered == len(
            {place for one in laid if one.type == key for span in one.spans for place in range(*span)}
        )
