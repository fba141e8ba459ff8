"""Word-level span scoring (EBM PICO): which words of a text have which type, as token classifiers are scored.

A predicted span is located at a gold span with its string, else at its leftmost occurrence where no word has that type
yet. If there is none, since it isn't in the text or not that often, each of its words is a false positive.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np

from mnlu_instruct.scoring import spans
from mnlu_instruct.scoring.counts import Numbers
from mnlu_instruct.scoring.places import places
from mnlu_instruct.scoring.spans import UNASKED
from mnlu_instruct.scoring.statistics import Answered, Statistics, by_label, micro
from mnlu_instruct.types import MarkedSpan, Span, Spans

Words = frozenset[int]
"""Words, by their index in the text."""


def measure(answers: Sequence[Answered]) -> Statistics:
    """Micro F1, precision and recall of words; BLURB's metric for EBM PICO, the mean of the types' F1; F1 of spans."""
    entities = spans.measure(answers)
    labels = entities.labels
    counts = np.array([_row(answered, labels) for answered in answers], float)
    columns = 3 * len(labels)
    of_words = micro(len(labels))
    asked = [place for place, label in enumerate(labels) if label != UNASKED]

    def f1_macro(sums: Numbers) -> Numbers:
        values: Numbers = by_label(sums, len(labels)).f1[..., asked].mean(-1)
        return values

    return Statistics(
        rows=np.hstack([counts.reshape(len(answers), columns), entities.rows]),
        metrics={
            "f1_token": of_words["f1"],
            "precision": of_words["precision"],
            "recall": of_words["recall"],
            "f1_token_macro": f1_macro,
            "f1": lambda sums: entities.metrics["f1"](sums[..., columns:]),
        },
        labels=labels,
        shares=entities.shares,
    )


def _row(answered: Answered, labels: Sequence[str]) -> list[tuple[int, int, int]]:
    words = _Text(answered.instance.text)
    return [_counts(answered, label, words) for label in labels]


def _counts(answered: Answered, label: str, words: "_Text") -> tuple[int, int, int]:
    """True positives, false positives and false negatives among the words, for one type."""
    gold, answer = answered.instance.gold, answered.parsed.answer
    assert isinstance(gold, Spans)
    if label == UNASKED:
        return 0, sum(len(string.split()) for _, string in answered.parsed.unasked), 0
    marked = gold.spans.get(label, ())
    stated = answer.get(label, ()) if isinstance(answer, dict) else ()
    found, lost = _lay(words, marked, stated)
    wanted = words.touched([place for span in marked for place in span.spans])
    return len(wanted & found), len(found - wanted) + lost, len(wanted - found)


def _lay(words: "_Text", gold: Sequence[MarkedSpan], stated: Sequence[str]) -> tuple[Words, int]:
    """The words that the predicted strings cover, and how many words of theirs have no place in the text."""
    free = list(gold)
    found: Words = frozenset()
    others = []
    for string in stated:
        same = next((span for span in free if span.text == string), None)
        if same is None:
            others.append(string)
        else:
            free.remove(same)
            found |= words.touched(same.spans)
    lost = 0
    for string in others:
        place = words.leftmost(string, found)
        found |= place
        lost += 0 if place else len(string.split())
    return found, lost


class _Text:
    """The words of a text, split at white space."""

    def __init__(self, text: str) -> None:
        self.text = text
        places = [word.span() for word in re.finditer(r"\S+", text)]
        self.starts, self.ends = [start for start, _ in places], [end for _, end in places]

    def touched(self, parts: Sequence[Span]) -> Words:
        """The words that parts of the text overlap with."""
        ranges = (range(bisect_right(self.ends, start), bisect_left(self.starts, end)) for start, end in parts)
        return frozenset(number for some in ranges for number in some)

    def leftmost(self, string: str, taken: Words) -> Words:
        """The words of the first place of a string that is free of those taken; none if there is no such place."""
        found = (self.touched((place,)) for place in places(self.text, string))
        return next((words for words in found if not words & taken), frozenset())
