"""Which answers are shown, and what is said of them."""

import pytest
from msgspec.structs import replace

from mnlu_instruct.predictions import Line, Prediction
from mnlu_instruct.report.answers import EACH, LIMIT, sample, verdict
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


@pytest.mark.parametrize(
    ("there", "shown"),
    [
        ((200, 200, 200), (LIMIT - 2 * EACH, EACH, EACH)),
        ((12, 200, 200), (12, LIMIT - 12 - EACH, EACH)),
        ((3, 5, 200), (3, 5, LIMIT - 8)),
        ((1, 2, 3), (1, 2, 3)),
        ((0, 0, 60), (0, 0, LIMIT)),
    ],
)
def test_errors_come_first_and_some_of_each_are_there(there: tuple[int, ...], shown: tuple[int, ...]) -> None:
    made = lines(*there)
    found = sample(made)
    counts = [sum(said == one for _, said in found) for one in ("unreadable", "wrong", "right")]
    assert tuple(counts) == shown
    assert sample(made[::-1]) == found
