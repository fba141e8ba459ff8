"""Span lines: which mentions are gold, the round trip of any spans, strict reading."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mnlu_instruct.tasks.answers import spans
from mnlu_instruct.types import Label, MarkedSpan, Mention, Parsed, Span, Spans, normalise

LABELS = (Label("D", "Disease"), Label("C", "Chemical"))


def mention(*places: Span, kind: str = "D") -> Mention:
    return Mention("T", kind, places)


def test_gold_stands_in_text_order_the_longer_first() -> None:
    found = [mention((8, 9)), mention((0, 4)), mention((0, 6)), mention((2, 4))]
    assert [one.spans for one in spans.gold("abcdefghijk", {"D": found}).spans["D"]] == [
        ((0, 6),),
        ((0, 4),),
        ((2, 4),),
        ((8, 9),),
    ]


def test_one_place_counts_once_and_the_same_words_at_two_places_twice() -> None:
    gold = spans.gold("flu flu", {"D": [mention((0, 3)), mention((4, 7)), mention((0, 3))]})
    assert gold.answer == {"D": ("flu", "flu")}


def test_the_fragments_of_a_mention_are_joined_and_white_space_is_normalised() -> None:
    gold = spans.gold("breast \n and\tovarian  cancer", {"D": [mention((0, 6), (22, 28)), mention((9, 28))], "C": []})
    assert gold == Spans(
        {
            "D": (
                MarkedSpan("breast cancer", ((0, 6), (22, 28))),
                MarkedSpan("and ovarian cancer", ((9, 28),)),
            ),
            "C": (),
        }
    )


def test_each_type_is_a_line_in_the_order_asked() -> None:
    answer = {"C": (), "D": ("fever", "pain")}
    assert spans.write(answer, LABELS) == "Disease: fever ... pain\nChemical: None"
    assert spans.write(answer, LABELS[::-1]) == "Chemical: None\nDisease: fever ... pain"


@pytest.mark.parametrize(
    "line",
    [
        "fever ... pain",
        "fever...pain",
        "fever  ...pain",
        " fever\t...\tpain ",
        "fever ... ... pain ...",
        "... fever...pain",
    ],
)
def test_three_dots_separate_with_blanks_or_without(line: str) -> None:
    assert spans.read(f"Disease:{line}", LABELS[:1]) == Parsed({"D": ("fever", "pain")})


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("Disease: flu\nChemical: None", Parsed({"D": ("flu",), "C": ()})),
        ("Chemical: None\n\nDisease: flu\n", Parsed({"D": ("flu",), "C": ()})),
        ("Disease: flu", Parsed({"D": ("flu",), "C": ()}, missing=1)),
        ("Disease: flu\nDisease: flu ... pain", Parsed({"D": ("flu", "flu", "pain"), "C": ()}, missing=1)),
        ("Disease: flu: type A\nChemical: ", Parsed({"D": ("flu: type A",), "C": ()})),
        ("  Disease : flu\nChemical:None", Parsed({"D": ("flu",), "C": ()})),
        ("Disease: a  b\nChemical: None ... x", Parsed({"D": ("a b",), "C": ("None", "x")})),
        ("None", Parsed({"D": (), "C": ()})),
        (" None \n", Parsed({"D": (), "C": ()})),
        (
            "Gene: p53 ... IL-2\nDisease: flu\nChemical: None",
            Parsed({"D": ("flu",), "C": ()}, unasked=(("Gene", "p53"), ("Gene", "IL-2"))),
        ),
        ("Cell \t line: HeLa\nNone: None", Parsed({"D": (), "C": ()}, missing=2, unasked=(("Cell line", "HeLa"),))),
        ("Gene: None\nDisease: None\nChemical: None", Parsed({"D": (), "C": ()})),
        ("disease: flu", Parsed({"D": (), "C": ()}, missing=2, unasked=(("disease", "flu"),))),
        ("Sure!\nDisease: flu\nChemical: None", Parsed({"D": ("flu",), "C": ()})),
    ],
)
def test_lines_are_read_by_type(text: str, parsed: Parsed) -> None:
    assert spans.read(text, LABELS) == parsed


@pytest.mark.parametrize("text", ["", "\n", "none", "None.", "No entities found", "Disease"])
def test_a_text_without_any_type_line_is_unreadable(text: str) -> None:
    assert spans.read(text, LABELS) == Parsed(None)


SPANS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(".: \n"), min_size=1).map(normalise)


def survives(found: list[str]) -> bool:
    """What the grammar can say: no span with three dots, and no span `None` by itself."""
    return all(span and "..." not in span for span in found) and found != ["None"]


@given(st.lists(SPANS, max_size=4), st.lists(SPANS, max_size=4))
def test_any_spans_without_three_dots_are_read_as_they_were_written(diseases: list[str], chemicals: list[str]) -> None:
    assume(survives(diseases) and survives(chemicals))
    answer = {"D": tuple(diseases), "C": tuple(chemicals)}
    assert spans.read(spans.write(answer, LABELS), LABELS) == Parsed(answer)


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(".:\n") | st.sampled_from("None")))
def test_any_text_is_read_with_clean_spans_or_not_at_all(text: str) -> None:
    parsed = spans.read(text, LABELS)
    if parsed.answer is not None:
        assert isinstance(parsed.answer, dict)
        found = [span for stated in parsed.answer.values() for span in stated]
        assert all(span and span == normalise(span) for span in [*found, *(span for _, span in parsed.unasked)])
