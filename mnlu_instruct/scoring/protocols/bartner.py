"""Mentions by their places: strictly, and as the released code of BARTNER counts (Yan et al., 2021).

A mention is right if its type and its pieces are those of a gold one. Where the answers of a system are strings alone,
a string is at a gold mention with that string, if one is left, else nowhere.

Strictly, repeats and malformed groups of symbols are false positives. The released code counts each mention once a
sentence, and drops malformed groups before it counts, but for those that point at pieces where no mention can be.

Dai et al. also give the F1 of discontinuous mentions alone, and that of all mentions of sentences that have one.
"""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from functools import partial

import numpy as np

from mnlu_instruct.scoring.counts import PRF, Numbers
from mnlu_instruct.scoring.said import Said
from mnlu_instruct.scoring.spans import UNASKED
from mnlu_instruct.scoring.statistics import Metric, Statistics, micro
from mnlu_instruct.types import MarkedSpan, Spans, normalise

DROPPED, MISPLACED = "Malformed", "Misplaced"
"""What the lines of malformed groups begin with: those that the released code drops, and those that it counts."""
Place = tuple[str, Hashable, bool]
"""A mention: its type, where it is, and whether it is discontinuous."""


def measure(said: Sequence[Said]) -> Statistics:
    """Strictly: repeats and malformed groups are false positives."""
    return _measured(said, released=False)


def measure_released(said: Sequence[Said]) -> Statistics:
    """As the released code counts: repeats once, most malformed groups not at all."""
    return _measured(said, released=True)


def _measured(said: Sequence[Said], released: bool) -> Statistics:
    keys = [*sorted({label.key for one in said for label in one.instance.labels}), UNASKED]
    numbers = {key: number for number, key in enumerate(keys)}
    counts = np.zeros((len(said), len(keys) + 2, 3))
    malformed = groups = 0
    for row, one in zip(counts, said, strict=True):
        gold, stated = Counter(_gold(one)), Counter(_stated(one))
        wrong = [kind for kind, _ in one.parsed.unasked if not (released and kind == DROPPED)]
        malformed += sum(kind in (DROPPED, MISPLACED) for kind, _ in one.parsed.unasked)
        groups += stated.total() + len(one.parsed.unasked)
        if released:
            stated = Counter(set(stated))
        outcomes = (stated & gold, stated - gold, gold - stated)
        for column, outcome in enumerate(outcomes):
            for (key, _, parted), times in outcome.items():
                row[numbers[key], column] += times
                row[-2, column] += times * parted
        row[numbers[UNASKED], 1] = len(wrong)
        if any(parted for _, _, parted in gold):
            row[-1] = row[: len(keys)].sum(0)
    if not counts[:, numbers[UNASKED]].any():
        keys.remove(UNASKED)
        counts = np.delete(counts, numbers[UNASKED], 1)
    discontinuous: dict[str, Metric] = {
        "f1_discontinuous": partial(_f1, first=-6),
        "f1_with_discontinuous": partial(_f1, first=-3),
    }
    return Statistics(
        rows=counts.reshape(len(said), -1),
        metrics={**micro(len(keys)), **(discontinuous if counts[:, -1].any() else {})},
        labels=tuple(keys),
        shares={"malformed": malformed / max(groups, 1)},
    )


def _f1(sums: Numbers, first: int) -> Numbers:
    """The F1 of three columns."""
    return PRF(sums[..., first], sums[..., first + 1], sums[..., first + 2]).f1


def _spans(one: Said) -> dict[str, tuple[MarkedSpan, ...]]:
    assert isinstance(one.instance.gold, Spans)
    return one.instance.gold.spans


def _gold(one: Said) -> Iterator[Place]:
    for key, marked in _spans(one).items():
        yield from ((key, span.spans, len(span.spans) > 1) for span in marked)


def _stated(one: Said) -> Iterator[Place]:
    """The mentions that an answer states, at the places that it gives, else at those of gold mentions."""
    if one.places is not None:
        for key, places in one.places.items():
            yield from ((key, place, len(place) > 1) for place in places)
        return
    text = normalise(one.instance.text)
    answer = one.parsed.answer
    for key, strings in (answer if isinstance(answer, dict) else {}).items():
        free = list(_spans(one).get(key, ()))
        for string in strings:
            same = next((span for span in free if span.text == string), None)
            if same is None:
                yield key, string, string not in text
            else:
                free.remove(same)
                yield key, same.spans, len(same.spans) > 1
