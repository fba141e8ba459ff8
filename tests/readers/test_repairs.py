"""Known defects: each rule mends its own and is counted; what no rule covers is an error with file and line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Entry, Ledger
from mnlu_instruct.readers.repairs import FAR, LOCATE, RULES, Claim, Repairs, check_fragments, locate, place_fragments
from mnlu_instruct.types import Span
from tests.readers.helpers import file

TEXT = "Fever, severe  headache and X-rays (IL-2) after aspirin."
"""Offsets: Fever 0–5, severe  headache 7–23, X-rays 28–34, IL-2 36–40, aspirin 48–55."""


def claim(start: int, end: int, words: str, line: int = 3) -> Claim:
    return Claim(line, f"T{start}", "D", start, end, words, ("C",))


def spans(claims: list[Claim], *rules: str, ledger: Ledger | None = None, text: str = TEXT) -> list[Span]:
    repairs = Repairs(frozenset(rules), ledger or Ledger())
    return [mention.spans[0] for mention in locate(text, claims, file("", "defects.txt"), repairs)]


DEFECTS: dict[str, tuple[list[Claim], list[Span]]] = {
    "wrong-end": ([claim(48, 58, "aspirin")], [(48, 55)]),
    "case-fold": ([claim(0, 5, "FEVER")], [(0, 5)]),
    "shift≤3": ([claim(45, 52, "aspirin")], [(48, 55)]),
    "document-shift": ([claim(11, 16, "Fever"), claim(59, 66, "aspirin")], [(0, 5), (48, 55)]),
    "shift≤10": ([claim(39, 46, "aspirin")], [(48, 55)]),
    "white-space": ([claim(7, 23, "severe headache")], [(7, 23)]),
    "punctuation": ([claim(28, 34, "X rays")], [(28, 34)]),
}
LAXER = {"white-space": "punctuation", "shift≤3": "shift≤10"}
"""Rules that mend the defect of a stricter one too."""


def test_there_is_a_defect_for_every_rule_that_locates() -> None:
    assert list(DEFECTS) == list(LOCATE)
    assert set(LOCATE) < RULES


def test_mentions_that_slice_are_kept_as_they_are_without_any_rule() -> None:
    [mention] = locate(TEXT, [claim(0, 5, "Fever")], file(""), Repairs(frozenset(), Ledger()))
    assert (mention.id, mention.type, mention.spans, mention.concepts) == ("T0", "D", ((0, 5),), ("C",))


@pytest.mark.parametrize("rule", DEFECTS)
def test_a_rule_mends_its_defect_and_every_use_is_counted(rule: str) -> None:
    claims, mended = DEFECTS[rule]
    ledger = Ledger()
    assert spans(claims, rule, ledger=ledger) == mended
    assert ledger.examples == {Entry("read", "mended", rule): ["defects.txt:3"] * len(claims)}


@pytest.mark.parametrize("rule", DEFECTS)
def test_of_all_rules_the_strictest_that_helps_is_counted(rule: str) -> None:
    claims, mended = DEFECTS[rule]
    ledger = Ledger()
    assert spans(claims, *RULES, ledger=ledger) == mended
    assert set(ledger.counts) == {Entry("read", "mended", rule)}


@pytest.mark.parametrize("rule", DEFECTS)
def test_a_defect_whose_rule_is_not_declared_is_an_error_with_file_and_line(rule: str) -> None:
    others = set(LOCATE) - {rule} - {LAXER.get(rule)}
    with pytest.raises(
        UserError, match=r"^defects\.txt, line 3: offsets \d+–\d+ (slice to|end outside) .*, expected '\w"
    ):
        spans(DEFECTS[rule][0], *others)


@pytest.mark.parametrize("words", ["", " ", "\u00a0 "])
def test_a_mention_of_white_space_is_refused_or_dropped(words: str) -> None:
    with pytest.raises(UserError, match=r"line 3: the mention at 5–6 has no words"):
        spans([claim(5, 6, words)])
    ledger = Ledger()
    assert spans([claim(5, 6, words), claim(0, 5, "Fever")], "blank-mention", ledger=ledger) == [(0, 5)]
    assert ledger.examples == {Entry("read", "dropped", "blank-mention"): ["defects.txt:3"]}


def test_a_slice_that_differs_in_case_alone_is_not_moved_to_the_same_words_elsewhere() -> None:
    text = "p53 and p53 or P53 and P53"
    claims = [claim(0, 3, "P53"), claim(8, 11, "P53"), claim(15, 18, "P53"), claim(23, 26, "P53")]
    stated = [(one.start, one.end) for one in claims]
    assert spans(claims, "case-fold", "document-shift", "shift≤3", text=text) == stated


def test_the_shift_of_a_document_is_the_one_that_mends_most() -> None:
    text = "x a a a a foo bar baz"
    right = [(2, 3), (4, 5), (10, 13), (14, 17), (18, 21)]
    claims = [claim(start + 5, end + 5, text[start:end]) for start, end in right]
    assert spans(claims, "document-shift", "unlocated", text=text) == right


@pytest.mark.parametrize("end", [16, 99])
def test_no_fragment_lies_outside_the_text(end: int) -> None:
    with pytest.raises(UserError, match=rf"offsets 0–{end} end outside the text's 15 characters"):
        spans([claim(0, end, "Fever cough")], "gap", text="Fever and cough")


def test_fragments_that_are_mended_do_not_overlap() -> None:
    rules = Repairs(frozenset({"wrong-end"}), Ledger())
    with pytest.raises(UserError, match="fragments 0–2, 2–3 give"):
        place_fragments("aaa bb aa", claim(0, 3, "aa aa"), [(0, 2), (2, 3)], file("", "defects.txt"), rules)


def test_punctuation_covers_white_space() -> None:
    assert spans(DEFECTS["white-space"][0], "punctuation") == [(7, 23)]


@pytest.mark.parametrize(
    ("claims", "stricter", "looser"),
    [
        ([claim(36, 41, "IL-2")], "wrong-end", "punctuation"),
        ([claim(35, 41, "IL-2")], "shift≤3", "punctuation"),
        ([claim(2, 7, "Fever"), claim(50, 57, "aspirin")], "shift≤3", "document-shift"),
    ],
)
def test_the_order_of_the_rules_decides_where_two_would_help(claims: list[Claim], stricter: str, looser: str) -> None:
    assert spans(claims, looser)
    ledger = Ledger()
    assert spans(claims, stricter, looser, ledger=ledger)
    assert set(ledger.counts) == {Entry("read", "mended", stricter)}


def test_a_mention_that_slices_is_never_moved_with_its_document() -> None:
    claims, mended = DEFECTS["document-shift"]
    assert spans([*claims, claim(28, 34, "X-rays")], "document-shift") == [*mended, (28, 34)]


def test_one_shifted_mention_is_no_shifted_document() -> None:
    with pytest.raises(UserError):
        spans([claim(58, 65, "aspirin")], "document-shift")


def test_a_document_is_not_shifted_by_nothing() -> None:
    """Two wrong ends are two wrong ends, not a document shifted by 0."""
    with pytest.raises(UserError):
        spans([claim(0, 9, "Fever"), claim(48, 58, "aspirin")], "document-shift")


@pytest.mark.parametrize("shift", [FAR, -FAR])
def test_a_document_may_be_shifted_as_far_as_any_seen_and_no_further(shift: int) -> None:
    text = f"{' ' * FAR * 2}ab{' ' * FAR * 2}"
    place = FAR * 2 - shift
    claims = [claim(place, place + 1, "a"), claim(place + 1, place + 2, "b")]
    assert spans(claims, "document-shift", text=text) == [(FAR * 2, FAR * 2 + 1), (FAR * 2 + 1, FAR * 2 + 2)]
    with pytest.raises(UserError):
        spans(claims, "document-shift", text=f" {text}" if shift > 0 else text[1:])


def test_of_two_places_equally_near_the_first_counts() -> None:
    assert spans([claim(1, 2, "a")], "shift≤3", text="aba") == [(0, 1)]


def test_four_characters_away_is_not_near() -> None:
    with pytest.raises(UserError):
        spans([claim(44, 51, "aspirin")], "shift≤3")


def test_what_no_rule_locates_is_dropped_where_declared_and_counted() -> None:
    ledger = Ledger()
    assert spans([claim(0, 5, "cough"), claim(0, 5, "Fever")], *RULES - {"other-words"}, ledger=ledger) == [(0, 5)]
    assert ledger.examples == {Entry("read", "dropped", "unlocated"): ["defects.txt:3"]}


def test_words_that_are_others_than_those_at_the_offsets_give_way_where_declared() -> None:
    ledger = Ledger()
    assert spans([claim(0, 5, "cough")], "other-words", ledger=ledger) == [(0, 5)]
    assert ledger.examples == {Entry("read", "mended", "other-words"): ["defects.txt:3"]}
    repairs = Repairs(frozenset({"other-words"}), ledger)
    parts = [(36, 40), (0, 5)]
    assert place_fragments(TEXT, claim(0, 40, "IL-9"), parts, file(""), repairs) == ((0, 5), (36, 40))
    with pytest.raises(UserError, match="outside the text"):
        spans([claim(50, 99, "cough")], "other-words")


@pytest.mark.parametrize("rule", LOCATE)
@pytest.mark.parametrize(
    "empty", [claim(5, 5, ""), claim(6, 7, " \t"), claim(90, 95, ""), claim(90, 95, " "), claim(7, 6, "x")]
)
def test_no_rule_makes_a_mention_of_nothing(rule: str, empty: Claim) -> None:
    with pytest.raises(UserError):
        spans([empty], rule)


@pytest.mark.parametrize("rule", [rule for rule in LOCATE if rule != "wrong-end"])
def test_offsets_beyond_the_text_never_slice(rule: str) -> None:
    with pytest.raises(UserError, match="offsets 55–99"):
        spans([claim(55, 99, ".")], rule)


@given(st.text("aA .-", max_size=12), st.integers(0, 15), st.integers(0, 15), st.text("aA .-", max_size=4))
def test_with_every_rule_a_mention_is_located_inside_the_text_or_dropped(
    text: str, start: int, end: int, words: str
) -> None:
    for first, last in spans([claim(start, end, words), claim(end, start, words)], *RULES, text=text):
        assert 0 <= first < last <= len(text)


@pytest.mark.parametrize(
    ("places", "words"), [([(0, 5), (15, 23)], "Fever headache"), ([(0, 5), (7, 23)], "Fever severe headache")]
)
def test_fragments_give_the_words_of_their_mention_but_for_white_space(places: list[Span], words: str) -> None:
    check_fragments(TEXT, claim(0, 23, words), places, file(""))


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ([(0, 5), (15, 23)], "Fever cough"),
        ([(0, 5), (55, 99)], "Fever ."),
        ([(0, 5), (15, 23), (30, 30)], "Fever headache"),
        ([(5, 0), (15, 23)], "headache"),
        ([(13, 14), (14, 15)], ""),
    ],
)
def test_fragments_that_do_not_are_refused_with_file_and_line(places: list[Span], words: str) -> None:
    with pytest.raises(UserError, match=r"^defects\.txt, line 3: fragments "):
        check_fragments(TEXT, claim(0, 23, words), places, file("", "defects.txt"))


@pytest.mark.parametrize(
    ("words", "fragments"),
    [("severe and X-rays", ((7, 13), (24, 34))), ("severe X-rays", ((7, 13), (28, 34)))],
)
def test_words_left_out_in_the_middle_make_two_fragments(words: str, fragments: tuple[Span, ...]) -> None:
    ledger = Ledger()
    [mention] = locate(TEXT, [claim(7, 34, words)], file("", "defects.txt"), Repairs(frozenset({"gap"}), ledger))
    assert mention.spans == fragments
    assert ledger.examples == {Entry("read", "mended", "gap"): ["defects.txt:3"]}


@pytest.mark.parametrize("words", ["severe", "X-rays", "severe rays", "severe X-rays and"])
def test_words_that_are_not_both_ends_of_the_slice_are_no_fragments(words: str) -> None:
    with pytest.raises(UserError, match="offsets 7–34 slice to"):
        spans([claim(7, 34, words)], "gap")


@pytest.mark.parametrize("distance", [0, -1, 1, -3, 3])
def test_shifted_fragments_are_moved_together_and_counted(distance: int) -> None:
    ledger = Ledger()
    stated = [(7 + distance, 13 + distance), (28 + distance, 34 + distance)]
    rules = Repairs(frozenset({"shift≤3"}), ledger)
    placed = place_fragments(TEXT, claim(7, 34, "severeX-rays"), stated, file("", "defects.txt"), rules)
    assert placed == ((7, 13), (28, 34))
    assert ledger.examples == ({Entry("read", "mended", "shift≤3"): ["defects.txt:3"]} if distance else {})


@pytest.mark.parametrize("stated", [[(7, 12), (28, 34)], [(7, 13), (28, 33)]])
def test_a_fragment_with_a_wrong_end_is_mended_and_counted(stated: list[tuple[int, int]]) -> None:
    ledger = Ledger()
    rules = Repairs(frozenset({"wrong-end"}), ledger)
    placed = place_fragments(TEXT, claim(7, 34, "severe X-rays"), stated, file("", "defects.txt"), rules)
    assert placed == ((7, 13), (28, 34))
    assert ledger.examples == {Entry("read", "mended", "wrong-end"): ["defects.txt:3"]}


def test_fragments_that_nothing_puts_right_may_be_dropped() -> None:
    ledger = Ledger()
    rules = Repairs(frozenset({"wrong-end", "shift≤3", "unlocated"}), ledger)
    lost = claim(7, 34, "sunny X-rays")
    assert place_fragments(TEXT, lost, [(7, 13), (28, 34)], file("", "defects.txt"), rules) == ()
    assert ledger.examples == {Entry("read", "dropped", "unlocated"): ["defects.txt:3"]}


@pytest.mark.parametrize(("distance", "rules"), [(1, ()), (4, ("shift≤3",)), (-7, ("shift≤3",))])
def test_fragments_that_no_allowed_shift_puts_right_are_refused(distance: int, rules: tuple[str, ...]) -> None:
    stated = [(7 + distance, 13 + distance), (28 + distance, 34 + distance)]
    allowed = Repairs(frozenset(rules), Ledger())
    with pytest.raises(UserError, match=r"^defects\.txt, line 3: fragments "):
        place_fragments(TEXT, claim(7, 34, "severe X-rays"), stated, file("", "defects.txt"), allowed)
