"""Word-level span scoring (EBM PICO): which words of a text have which type, as token classifiers are scored.

An answer states strings, which may occur in the text several times. They are laid where the most gold words are
covered, in the order stated, as spans of a text follow each other; then those that don't fit into that order, each
where it covers the most gold words among the places left, or else leftmost. If none is left, since a string isn't in
the text or not that often, each of its words is a false positive.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

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
    wanted = words.touched([place for span in marked for place in span.spans])
    found, lost = _lay(words, marked, wanted, stated)
    return len(wanted & found), len(found - wanted) + lost, len(wanted - found)


def _lay(words: "_Text", gold: Sequence[MarkedSpan], wanted: Words, stated: Sequence[str]) -> tuple[Words, int]:
    """The words that the predicted strings cover, and how many words of theirs have no place in the text."""
    parted = [span for span in gold if len(span.spans) > 1]
    options = [
        [words.touched((place,)) for place in places(words.text, string)]
        + [words.touched(span.spans) for span in parted if span.text == string]
        for string in stated
    ]
    laid = _in_order(options, wanted)
    found = frozenset().union(*laid.values())
    lost = 0
    for number, string in enumerate(stated):
        if number not in laid:
            free = [some for some in options[number] if not some & found]
            best = max(free, key=lambda some: len(some & wanted), default=frozenset())
            found |= best
            lost += 0 if best else len(string.split())
    return found, lost


def _in_order(options: Sequence[Sequence[Words]], wanted: Words) -> Mapping[int, Words]:
    """Places of strings, each behind the one before, that cover the most wanted words, and then are the most.

    Args:
        options: for each string, in the order stated, the places where it occurs.
        wanted: the words of the gold spans.
    """
    # By the last word covered: how good the best choice up to there is, and the choice; a later one is always better.
    best: list[tuple[int, tuple[int, int], dict[int, Words]]] = [(-1, (0, 0), {})]
    for number, some in enumerate(options):
        ends = [end for end, _, _ in best]
        more = []
        for place in some:
            _, (covered, count), chosen = best[bisect_left(ends, min(place)) - 1]
            more.append((max(place), (covered + len(place & wanted), count + 1), {**chosen, number: place}))
        if more:
            best = _improving(sorted([*best, *more], key=lambda one: (one[0], -one[1][0], -one[1][1])))
    return best[-1][2]


def _improving(
    ordered: Sequence[tuple[int, tuple[int, int], dict[int, Words]]],
) -> list[tuple[int, tuple[int, int], dict[int, Words]]]:
    """Of choices by their last word, those that are better than all that end before."""
    kept = [ordered[0]]
    for one in ordered[1:]:
        if one[1] > kept[-1][1]:
            kept.append(one)
    return kept


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
