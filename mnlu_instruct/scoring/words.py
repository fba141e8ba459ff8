"""Words (named entities of EBM PICO): which words of a text have which type, as taggers of tokens are scored.

A span stated lies on a gold span of its string, else on the leftmost place of its words where none has that type yet.
If there is no such place, because it isn't in the text or not so often, each of its words is a false positive.
"""

import re
from collections.abc import Sequence

import numpy as np

from mnlu_instruct.scoring import spans
from mnlu_instruct.scoring.counts import Numbers
from mnlu_instruct.scoring.places import overlap, places
from mnlu_instruct.scoring.spans import UNASKED
from mnlu_instruct.scoring.statistics import Answered, Statistics, by_label, micro
from mnlu_instruct.types import MarkedSpan, Span, Spans

Words = frozenset[int]
"""Words by their number in the text."""


def measure(answers: Sequence[Answered]) -> Statistics:
    """Micro F1, precision and recall over words; BLURB's score of EBM PICO, the mean of the types' F1; F1 of spans."""
    entities = spans.measure(answers)
    labels = entities.labels
    counts = np.array([[_counts(answered, label) for label in labels] for answered in answers], float)
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


def _counts(answered: Answered, label: str) -> tuple[int, int, int]:
    """Words rightly found, wrongly found, and not found to be of a type."""
    gold, answer = answered.instance.gold, answered.parsed.answer
    assert isinstance(gold, Spans)
    if label == UNASKED:
        return 0, sum(len(string.split()) for _, string in answered.parsed.unasked), 0
    text = answered.instance.text
    marked = gold.spans.get(label, ())
    stated = answer.get(label, ()) if isinstance(answer, dict) else ()
    found, lost = _lay(text, marked, stated)
    wanted = _words(text, [place for span in marked for place in span.spans])
    return len(wanted & found), len(found - wanted) + lost, len(wanted - found)


def _lay(text: str, gold: Sequence[MarkedSpan], stated: Sequence[str]) -> tuple[Words, int]:
    """The words that the strings stated lie on, and the number of words for which there is no place."""
    free = list(gold)
    found: Words = frozenset()
    others = []
    for string in stated:
        same = next((span for span in free if span.text == string), None)
        if same is None:
            others.append(string)
        else:
            free.remove(same)
            found |= _words(text, same.spans)
    lost = 0
    for string in others:
        place = _leftmost(text, string, found)
        found |= place
        lost += 0 if place else len(string.split())
    return found, lost


def _leftmost(text: str, string: str, taken: Words) -> Words:
    """The words of the first place of a string that is free of the words taken; none if there is no such place."""
    found = (_words(text, (place,)) for place in places(text, string))
    return next((words for words in found if not words & taken), frozenset())


def _words(text: str, parts: Sequence[Span]) -> Words:
    """The words, parted by white space, that the parts of a text touch."""
    words = enumerate(re.finditer(r"\S+", text))
    return frozenset(number for number, word in words if any(overlap(word.span(), part) for part in parts))
