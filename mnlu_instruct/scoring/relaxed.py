"""Relaxed span scoring (NER, ETE, EAE): a span is right if it overlaps a gold span of the same type.

Answers are strings, so each is first located in the text: at a gold span with the same string, which makes it right,
else at the leftmost occurrence that no other span of its type covers. Of these others, as many are right as can be
matched to gold spans that they overlap, one to one, so the order in which an answer states them doesn't matter. A
string that can't be located is a false positive, as is everything under types that weren't asked. So a relaxed score
is never below the strict one.
"""

from collections.abc import Sequence

import numpy as np

from mnlu_instruct.scoring import spans
from mnlu_instruct.scoring.places import overlap, places
from mnlu_instruct.scoring.spans import UNASKED
from mnlu_instruct.scoring.statistics import Answered, Statistics, micro
from mnlu_instruct.types import MarkedSpan, Span, Spans


def measure(answers: Sequence[Answered]) -> Statistics:
    """Counts by type key; the shares are those of `spans.measure`."""
    strictly = spans.measure(answers)
    counts = np.array([[_counts(answered, label) for label in strictly.labels] for answered in answers], float)
    rows = counts.reshape(len(answers), -1)
    return Statistics(rows, micro(len(strictly.labels)), strictly.labels, strictly.shares)


def _counts(answered: Answered, label: str) -> tuple[int, int, int]:
    """True positives, false positives and false negatives of a type."""
    if label == UNASKED:
        return 0, len(answered.parsed.unasked), 0
    assert isinstance(answered.instance.gold, Spans)
    gold = answered.instance.gold.spans.get(label, ())
    answer = answered.parsed.answer
    stated = answer.get(label, ()) if isinstance(answer, dict) else ()
    right = _right(answered.instance.text, gold, stated)
    return right, len(stated) - right, len(gold) - right


def _right(text: str, gold: Sequence[MarkedSpan], stated: Sequence[str]) -> int:
    """How many of the predicted strings are right."""
    free, others, taken = exactly(gold, stated)
    meeting = [
        [span for span in range(len(free)) if meets(place, free[span])] for place in laid(text, others, taken).values()
    ]
    return len(gold) - len(free) + len(matched(meeting))


def exactly(gold: Sequence[MarkedSpan], stated: Sequence[str]) -> tuple[list[MarkedSpan], list[str], list[Span]]:
    """What exact matches leave of the gold spans and of the predicted strings of a type; the places of the matches."""
    free, others, taken = list(gold), list[str](), list[Span]()
    for string in stated:
        same = next((span for span in free if span.text == string), None)
        if same is None:
            others.append(string)
        else:
            free.remove(same)
            taken += same.spans
    return free, others, taken


def laid(text: str, strings: Sequence[str], taken: Sequence[Span]) -> dict[int, Span]:
    """The places of strings, by index, where they are found: none over another or over those `taken`.

    They are placed from left to right, the longer of two first.
    """
    options = {string: list(places(text, string)) for string in set(strings)}
    found: dict[int, Span] = {}

    def order(one: int) -> tuple[list[Span], int, str]:
        return options[strings[one]][:1], -len(strings[one]), strings[one]

    for one in sorted(range(len(strings)), key=order):
        others = (*taken, *found.values())
        free = (place for place in options[strings[one]] if not any(overlap(place, part) for part in others))
        if (place := next(free, None)) is not None:
            found[one] = place
    return found


def meets(place: Span | None, span: MarkedSpan) -> bool:
    """Whether a place, if there is one, overlaps a gold span."""
    return place is not None and any(overlap(place, part) for part in span.spans)


def matched(meeting: Sequence[Sequence[int]]) -> dict[int, int]:
    """The partner of each in a maximum matching (Kuhn, 1955): `meeting` has the partners that each may have."""
    partner: dict[int, int] = {}

    def found(one: int, tried: set[int]) -> bool:
        for other in meeting[one]:
            if other not in tried:
                tried.add(other)
                if other not in partner or found(partner[other], tried):
                    partner[other] = one
                    return True
        return False

    for one in range(len(meeting)):
        found(one, set())
    return {one: other for other, one in partner.items()}
