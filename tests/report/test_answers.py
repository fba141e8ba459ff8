"""Which answers are shown, and what is said of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mnlu_instruct.evaluation.predictions import Line, Prediction
from mnlu_instruct.evaluation.runs import Run
from mnlu_instruct.evaluation.scorecard import Scorecard
from mnlu_instruct.report import answers
from mnlu_instruct.report.answers import RANKS, Judged, cards, each, judge, sample, verdict
from mnlu_instruct.report.layout import Laid, pieces
from mnlu_instruct.scoring.statistics import Answered
from tests.scoring.helpers import DEMO, grade, key, keys, questions, read, spans, summary, write


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        (spans({"D": ["a", "b"]}, {"D": ["b", "a"]}), "right"),
        (spans({"D": ["a", "b"]}, {"D": ["a", "b", "b"]}), "wrong"),
        (spans({"D": ["a"]}, {"D": ["a"]}, unasked=(("S", "c"),)), "wrong"),
        (spans({"D": ["a"]}, None), "unreadable"),
        (keys("ab", "a", "a"), "right"),
        (keys("ab", "a", "ab"), "wrong"),
        (key("ab", "a", "b"), "wrong"),
        (grade(3.6, 4), "right"),
        (grade(3.4, 4), "wrong"),
        (summary("a", "b"), "free"),
    ],
)
def test_verdicts(answered: Answered, said: str) -> None:
    assert verdict(answered) == said


@pytest.mark.parametrize("name", DEMO)
def test_gold_answers_are_right(name: str) -> None:
    said = {verdict(read(instance, write(instance))) for instance in questions(DEMO[name])}
    assert said == ({"free"} if name == "demo-summ" else {"right"})


def lines(unreadable: int, wrong: int, right: int) -> list[Line]:
    """Predictions of a made-up data set with so many of each verdict."""
    instance = next(one for one in questions(DEMO["demo-nli"]))
    rest = [f"({'ABC'[place]})" for place in range(3) if f"({'ABC'[place]})" not in write(instance)]
    texts = ["?"] * unreadable + rest[:1] * wrong + [write(instance)] * right
    made = []
    for number, text in enumerate(texts):
        row = {name: "" for name in Prediction.__struct_fields__ if name not in {"prompt", "labels", "label_keys"}}
        row |= {"id": str(number), "prediction": text}
        one = Prediction(prompt=[], labels=[], label_keys=[], **row)  # type: ignore[arg-type]
        made.append(Line(one, replace(instance, id=str(number)), f"line {number}"))
    return made


def judged(made: list[Line]) -> tuple[Judged, ...]:
    run = Run("system", {}, {}, {}, (), Scorecard("strict", {}, {}), {"nli": made})
    return judge([run], "nli")[0]


@pytest.mark.parametrize(
    ("there", "shown"),
    [
        ((200, 200, 200), (30, 10, 10)),
        ((12, 200, 200), (12, 28, 10)),
        ((3, 5, 200), (3, 5, 42)),
        ((1, 2, 3), (1, 2, 3)),
        ((0, 0, 60), (0, 0, 50)),
    ],
)
def test_errors_come_first_and_some_of_each_are_there(there: tuple[int, ...], shown: tuple[int, ...]) -> None:
    made = lines(*there)
    found = sample(judged(made), 50)
    counts = [sum(one.verdict == said for one in found) for said in ("unreadable", "wrong", "right")]
    assert tuple(counts) == shown
    assert sample(judged(made[::-1]), 50) == found


def test_a_small_sample_has_some_of_each() -> None:
    found = sample(judged(lines(20, 20, 20)), 3)
    assert [one.verdict for one in found] == ["unreadable", "wrong", "right"]
    assert [each(limit) for limit in (1, 2, 5, 6, 50)] == [1, 1, 1, 2, 10]


def test_questions_with_the_worst_answers_come_first() -> None:
    second = tuple(replace(one, system=1) for one in judged(lines(0, 9, 0)))
    found = list(cards([judged(lines(3, 3, 3)), second]))
    worst = [min(RANKS[one.verdict] for one in card.answers) for card in found]
    assert len(found) == 9 and worst == sorted(worst)
    assert all([one.system for one in card.answers] == [0, 1] for card in found)


@given(st.text("a\U0001f9ec\u0301 \n", min_size=1, max_size=12), st.integers(0, 12), st.integers(1, 6))
def test_marks_slice_the_text_as_scripts_do(text: str, start: int, size: int) -> None:
    """Lengths are those of JavaScript's strings, two of a letter that UTF-16 writes with two."""
    places = (start % len(text), min(start % len(text) + size, len(text)))
    span = Laid("D", (places,))
    types: dict[str, int] = {}
    marks = answers._marks(pieces(text, [span], []), types, None)
    units, end, marked = text.encode("utf-16-le"), 0, []
    for mark in marks:
        begin, end = end, end + (mark if isinstance(mark, int) else mark.length)
        if not isinstance(mark, int):
            marked.append(units[2 * begin : 2 * end].decode("utf-16-le"))
    assert 2 * end == len(units) and types == {"D": 0}
    assert "".join(marked) == text[slice(*places)]


def test_long_texts_and_answers_are_cut_and_say_so() -> None:
    (made,) = lines(1, 0, 0)
    endless = Line(replace(made.prediction, prediction="x" * 500), replace(made.instance, text="y" * 300), made.origin)
    (card,) = cards([judged([endless])], long=100)
    assert card.answers[0].said == f"{'x' * 100} […] (400 more characters in predictions.jsonl)"
    assert card.texts == (f"{'y' * 100} […] (200 more characters in predictions.jsonl)",)
    (card,) = cards([judged([endless])])
    assert (card.answers[0].said, card.texts) == ("x" * 500, ("y" * 300,))


def test_an_endless_answer_is_not_laid_on_the_text_to_its_end() -> None:
    answered = spans({"D": ["pain"]}, {"D": ["ache"]})
    instance = answered.instance
    (made,) = lines(1, 0, 0)
    said = "D: " + " ... ".join(f"ache {number}" for number in range(answers.MOST + 7))
    (card,) = cards([judged([Line(replace(made.prediction, prediction=said), instance, "line 1")])])
    assert len(card.answers[0].unplaced) == answers.MOST and card.answers[0].ignored == 7


def test_endless_names_and_strings_are_shown_in_brief() -> None:
    answered = spans({"D": ["pain"]}, {"D": ["ache"]})
    (made,) = lines(1, 0, 0)
    said = f"D: {'ache' * 99}\n{'type' * 99}: pain"
    (card,) = cards([judged([Line(replace(made.prediction, prediction=said), answered.instance, "line 1")])])
    assert [one.text for one in card.answers[0].unplaced] == [f"{'ache' * 99}"[: answers.BRIEF - 1] + "…"]
    assert set(card.types) == {"D", f"{'type' * 99}"[: answers.BRIEF - 1] + "…"}
