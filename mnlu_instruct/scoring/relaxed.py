"""Relaxed span scoring (NER, ETE, EAE): a span is right if it overlaps a gold span of the same type.

Answers are strings, so each is first located in the text: at a free gold span with the same string, which makes it
right, else at the leftmost occurrence that no other span of its type covers; there it is right if it overlaps a free
gold span. A gold span is free until a string is matched to it. A string that can't be located is a false positive, as
is everything under types that weren't asked. So a relaxed score is never below the strict one.
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
    free, others, taken = list(gold), [], list[Span]()
    for string in stated:
        same = next((span for span in free if span.text == string), None)
        if same is None:
            others.append(string)
        else:
            free.remove(same)
            taken += same.spans
    for string in others:
        place = next((one for one in places(text, string) if not any(overlap(one, part) for part in taken)), None)
        if place is not None:
            taken.append(place)
            met = next((span for span in free if any(overlap(place, part) for part in span.spans)), None)
            if met is not None:
                free.remove(met)
    return len(gold) - len(free)
