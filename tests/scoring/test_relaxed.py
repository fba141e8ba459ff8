"""Relaxed spans: by hand, against nervaluate, and never below the strict score."""

from itertools import permutations

from hypothesis import assume, given
from hypothesis import strategies as st
from nervaluate import Evaluator

from mnlu_instruct.scoring.scores import Score, score
from mnlu_instruct.scoring.statistics import Answered
from mnlu_instruct.types import Instance, Label, MarkedSpan, Parsed, Span, Spans

TEXT = "old men with gout drank tea , old men with fever drank water"
Runs = list[tuple[int, int]]


def place(text: str, string: str, nth: int = 0) -> MarkedSpan:
    start = -1
    for _ in range(nth + 1):
        start = text.index(string, start + 1)
    return MarkedSpan(string, ((start, start + len(string)),))


def answered(text: str, gold: tuple[MarkedSpan, ...], stated: tuple[str, ...], **parsed: object) -> Answered:
    instance = Instance("1", "ner", "1", text, {}, (Label("P", "P"),), Spans({"P": gold}))
    return Answered(instance, Parsed({"P": stated}, **parsed))  # type: ignore[arg-type]


def counts(one: Score) -> tuple[int, int, int]:
    label = one.per_label["P"]
    return label.tp, label.fp, label.fn


def relaxed(*arguments: object, **parsed: object) -> Score:
    return score([answered(*arguments, **parsed)], relaxed=True)  # type: ignore[arg-type]


def test_a_part_and_a_longer_span_are_right_once() -> None:
    gold = (place(TEXT, "men with gout"), place(TEXT, "tea"))
    assert counts(relaxed(TEXT, gold, ("gout", "drank tea"))) == (2, 0, 0)
    assert counts(relaxed(TEXT, gold, ("old men", "with gout"))) == (1, 1, 1)
    assert counts(relaxed(TEXT, gold, ("water", "beer"))) == (0, 2, 2)


def test_a_string_lies_on_its_gold_span_first_and_else_leftmost() -> None:
    second = (place(TEXT, "old men", 1),)
    assert counts(relaxed(TEXT, second, ("old men",))) == (1, 0, 0)
    # Not the gold's string: the leftmost "men" is the first, and the second one only where that is taken.
    assert counts(relaxed(TEXT, second, ("men",))) == (0, 1, 1)
    assert counts(relaxed(TEXT, second, ("men", "men"))) == (1, 1, 0)


def test_the_order_of_an_answer_does_not_matter() -> None:
    # "gout drank" meets both gold spans, "men with gout" only the first.
    text = "old men with gout drank tea"
    gold = (place(text, "old men with"), MarkedSpan("gout drank tea", ((13, 27),)))
    for stated in permutations(("men with gout", "drank tea")):
        assert counts(relaxed(text, gold, stated)) == (2, 0, 0)
    gold = (place(text, "with gout"), place(text, "drank tea"))
    for stated in permutations(("gout drank", "with", "old men")):
        assert counts(relaxed(text, gold, stated)) == (2, 1, 0)


@given(
    st.lists(st.sampled_from(["old", "old men", "men with", "gout", "drank tea , old", "water", "beer"]), max_size=5)
)
def test_any_order_of_an_answer_has_the_same_score(stated: list[str]) -> None:
    gold = (
        place(TEXT, "men with gout"),
        place(TEXT, "tea"),
        place(TEXT, "old men", 1),
        place(TEXT, "fever drank water"),
    )
    assert len({counts(relaxed(TEXT, gold, tuple(one))) for one in permutations(stated)}) == 1


def test_a_discontinuous_mention_is_met_in_any_of_its_parts() -> None:
    gout = MarkedSpan("men fever", (place(TEXT, "men", 1).spans[0], place(TEXT, "fever").spans[0]))
    assert counts(relaxed(TEXT, (gout,), ("men fever",))) == (1, 0, 0)
    assert counts(relaxed(TEXT, (gout,), ("fever drank",))) == (1, 0, 0)
    assert counts(relaxed(TEXT, (gout,), ("with",))) == (0, 1, 1)


def test_types_not_asked_stay_wrong() -> None:
    scored = relaxed(TEXT, (place(TEXT, "tea"),), ("tea",), unasked=(("Q", "tea"),))
    assert scored.metrics["precision"].value == 0.5


@st.composite
def runs(draw: st.DrawFn) -> Runs:
    """Stretches of words that don't overlap."""
    cuts = sorted(draw(st.lists(st.integers(0, 12), max_size=8, unique=True)))
    return list(zip(cuts[::2], cuts[1::2], strict=False))


def spans(found: Runs, words: list[str]) -> list[Span]:
    """Their places in the text."""
    starts = [sum(len(word) + 1 for word in words[:index]) for index in range(len(words) + 1)]
    return [(starts[first], starts[last] - 1) for first, last in found]


@given(runs(), runs())
def test_counts_are_nervaluates_where_spans_meet_one_by_one(gold: Runs, stated: Runs) -> None:
    words = [f"word{chr(97 + index)}" for index in range(12)]
    text = " ".join(words)
    wanted, got = spans(gold, words), spans(stated, words)
    met = [(one, two) for one in wanted for two in got if one[0] < two[1] and two[0] < one[1]]
    assume(len({one for one, _ in met}) == len({two for _, two in met}) == len(met))
    assume(wanted and got)
    marked = tuple(MarkedSpan(text[start:end], ((start, end),)) for start, end in wanted)
    found = relaxed(text, marked, tuple(text[start:end] for start, end in got))
    as_dicts = [[[{"label": "P", "start": a, "end": b - 1} for a, b in side]] for side in (wanted, got)]
    theirs = Evaluator(*as_dicts, tags=["P"], loader="dict").evaluate()["overall"]["ent_type"]
    assert counts(found) == (theirs.correct, theirs.spurious, theirs.missed)


@given(st.lists(st.sampled_from(["old men", "men", "men with", "gout", "fever drank", "tea", "x"]), max_size=6), runs())
def test_relaxed_is_never_below_strict(stated: list[str], gold: Runs) -> None:
    words = TEXT.split(" ")
    marked = tuple(MarkedSpan(TEXT[start:end], ((start, end),)) for start, end in spans(gold, words))
    one = answered(TEXT, marked, tuple(stated))
    assert score([one], relaxed=True).metrics["f1"].value >= score([one]).metrics["f1"].value
