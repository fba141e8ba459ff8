"""Spans scored by their words: where a span lies, by hand; against scikit-learn on the tags of words."""

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score

from mnlu_instruct.scoring.scores import Score, score
from mnlu_instruct.scoring.spans import UNASKED
from mnlu_instruct.scoring.statistics import Answered
from mnlu_instruct.types import Instance, Label, MarkedSpan, Parsed, Spans

TEXT = "Tea for old men with gout . Old men drank tea , young men water ."
TYPES = ("I", "P")


def place(text: str, string: str, nth: int = 0) -> MarkedSpan:
    start = -1
    for _ in range(nth + 1):
        start = text.index(string, start + 1)
    return MarkedSpan(string, ((start, start + len(string)),))


GOLD: dict[str, tuple[MarkedSpan, ...]] = {
    "I": (place(TEXT, "Tea"), place(TEXT, "tea")),
    "P": (place(TEXT, "old men with gout"), place(TEXT, "Old men")),
}


def answered(
    stated: dict[str, tuple[str, ...]] | None,
    text: str = TEXT,
    gold: dict[str, tuple[MarkedSpan, ...]] = GOLD,
    name: str = "1",
    unasked: tuple[tuple[str, str], ...] = (),
) -> Answered:
    instance = Instance(name, "ner", name, text, {}, tuple(Label(key, key) for key in TYPES), Spans(gold))
    answer = None if stated is None else {key: stated.get(key, ()) for key in TYPES}
    return Answered(instance, Parsed(answer, unasked=unasked))


def by_words(*answers: Answered) -> Score:
    return score(answers, by_words=True)


def counts(one: Score) -> dict[str, tuple[int, int, int]]:
    return {key: (label.tp, label.fp, label.fn) for key, label in one.per_label.items()}


def values(one: Score) -> dict[str, float]:
    return {name: estimate.value for name, estimate in one.metrics.items()}


def test_by_hand() -> None:
    # I: "tea" is right, "water" wrong, "Tea" missing. P: "men with gout" is three of four words, "Old men" missing.
    scored = by_words(answered({"I": ("tea", "water"), "P": ("men with gout",)}))
    assert counts(scored) == {"I": (1, 1, 1), "P": (3, 0, 3)}
    precision, recall = 4 / 5, 4 / 8
    assert values(scored) == pytest.approx(
        {
            "f1_token": 2 * precision * recall / (precision + recall),
            "precision": precision,
            "recall": recall,
            "f1_token_macro": (1 / 2 + 2 / 3) / 2,
            "f1": 2 / 7,
        }
    )
    assert scored.headline == "f1_token"


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (("Old men", "old men with gout"), (6, 0, 0)),  # in any order
        (("men",), (1, 0, 5)),  # the leftmost place
        (("men", "men"), (2, 0, 4)),  # the next one
        (("men", "old men with gout"), (5, 0, 1)),  # spans of the gold take their places first
        (("men", "men", "men", "men"), (2, 2, 4)),  # "young men" is wrong; a fourth is not there
        (("en",), (0, 1, 6)),  # no part of a word
        (("men  with", "cats and dogs"), (2, 3, 4)),  # white space aside; what isn't in the text is wrong, each word
        ((". Old men",), (2, 1, 4)),
        (("gout . Old", "men"), (3, 1, 3)),  # in the order stated: this "men" is the second
    ],
)
def test_where_a_span_lies(stated: tuple[str, ...], expected: tuple[int, int, int]) -> None:
    assert counts(by_words(answered({"P": stated})))["P"] == expected


def test_spans_follow_each_other_as_stated() -> None:
    text = "placebo was given ; later placebo ; then placebo"
    gold = {"I": tuple(place(text, "placebo", nth) for nth in range(3)), "P": ()}
    assert counts(by_words(answered({"I": ("placebo was", "placebo", "placebo")}, text, gold)))["I"] == (3, 1, 0)
    assert counts(by_words(answered({"I": ("placebo", "placebo ;", "placebo")}, text, gold)))["I"] == (3, 1, 0)
    assert counts(by_words(answered({"I": ("later placebo", "then placebo")}, text, gold)))["I"] == (2, 2, 1)


def test_a_word_of_a_text_with_its_punctuation_is_touched_by_a_span_without() -> None:
    text = "Tea, gin (dry)."
    gold = {"I": (place(text, "Tea"), place(text, "gin (dry)")), "P": ()}
    assert counts(by_words(answered({"I": ("Tea", "dry")}, text, gold)))["I"] == (2, 0, 1)


def test_discontinuous_gold_counts_the_words_of_its_fragments() -> None:
    gold = {"I": (), "P": (MarkedSpan("old gout", ((8, 11), (21, 25))),)}
    assert counts(by_words(answered({"P": ("old gout",)}, gold=gold)))["P"] == (2, 0, 0)


def test_types_not_asked_and_unreadable_answers() -> None:
    scored = by_words(answered({"I": ("Tea", "tea")}, unasked=(("Dose", "two cups"),)), answered(None, name="2"))
    assert counts(scored) == {"I": (2, 0, 2), "P": (0, 0, 12), UNASKED: (0, 2, 0)}
    assert values(scored)["f1_token_macro"] == pytest.approx((2 / 3) / 2)
    assert scored.unreadable == 0.5


TAGS = st.lists(st.tuples(*[st.sampled_from(["O", *TYPES])] * 2), min_size=1, max_size=12)


def spans(words: list[str], tags: list[str]) -> dict[str, list[tuple[int, int]]]:
    """First and last word of the runs of each type."""
    found: dict[str, list[tuple[int, int]]] = {key: [] for key in TYPES}
    for tag, run in groupby(range(len(words)), key=lambda number: tags[number]):
        numbers = list(run)
        if tag != "O":
            found[tag].append((numbers[0], numbers[-1]))
    return found


@given(st.lists(TAGS, min_size=1, max_size=4))
def test_as_scikit_learn_where_each_word_stands_once(documents: list[list[tuple[str, str]]]) -> None:
    answers = []
    for name, pairs in enumerate(documents):
        words = [f"w{number}" for number in range(len(pairs))]
        text = " ".join(words)
        gold_tags, stated_tags = [gold for gold, _ in pairs], [stated for _, stated in pairs]
        gold = {
            key: tuple(place(text + " ", " ".join(words[first : last + 1]) + " ") for first, last in found)
            for key, found in spans(words, gold_tags).items()
        }
        gold = {
            key: tuple(MarkedSpan(one.text.strip(), ((one.spans[0][0], one.spans[0][1] - 1),)) for one in found)
            for key, found in gold.items()
        }
        stated = {
            key: tuple(" ".join(words[first : last + 1]) for first, last in found)
            for key, found in spans(words, stated_tags).items()
        }
        answers.append(answered(stated, text, gold, str(name)))
    gold_tags = [gold for pairs in documents for gold, _ in pairs]
    stated_tags = [stated for pairs in documents for _, stated in pairs]
    found = values(by_words(*answers))
    options = {"labels": list(TYPES), "zero_division": 0.0}
    assert found["f1_token"] == pytest.approx(f1_score(gold_tags, stated_tags, average="micro", **options))
    assert found["precision"] == pytest.approx(precision_score(gold_tags, stated_tags, average="micro", **options))
    assert found["recall"] == pytest.approx(recall_score(gold_tags, stated_tags, average="micro", **options))
    assert found["f1_token_macro"] == pytest.approx(f1_score(gold_tags, stated_tags, average="macro", **options))
