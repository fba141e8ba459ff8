"""Strict span scoring (NER, ETE, EAE): per question, a multiset match on type and string, white space normalised.

All other predicted spans are false positives: surplus copies of a gold string, strings that aren't in the text, types
that weren't asked. An unreadable answer has no spans, so all its gold is missed.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from mnlu_instruct.scoring.statistics import Answered, Statistics, micro
from mnlu_instruct.types import Spans, normalise

UNASKED = "not asked"
"""The label of all spans under types that weren't asked; they are false positives."""


def measure(answers: Sequence[Answered]) -> Statistics:
    """Counts by type key, and the shares of hallucinated spans, of spans of types not asked, and of missing lines.

    A span is hallucinated if its string occurs neither in the text nor in the gold (where discontinuous mentions are
    joined); the share is of all predicted spans. A line is missing if a readable answer has none for an asked type.
    """
    keys = sorted({label.key for answered in answers for label in answered.instance.labels})
    if any(answered.parsed.unasked for answered in answers):
        keys.append(UNASKED)
    place = {key: index for index, key in enumerate(keys)}
    counts = np.zeros((len(answers), len(place), 3))
    hallucinated = stated = unasked = missing = lines = 0
    for row, answered in zip(counts, answers, strict=True):
        gold, spans = answered.instance.gold, answered.parsed.answer
        assert isinstance(gold, Spans)
        found = spans if isinstance(spans, dict) else {}
        for key, marked in gold.spans.items():
            wanted, got = Counter(span.text for span in marked), Counter(found.get(key, ()))
            right = (wanted & got).total()
            row[place[key]] = right, got.total() - right, wanted.total() - right
        if answered.parsed.unasked:
            row[place[UNASKED], 1] = len(answered.parsed.unasked)

        strings = [string for strings in found.values() for string in strings]
        strings += [string for _, string in answered.parsed.unasked]
        known = {span.text for marked in gold.spans.values() for span in marked}
        text = normalise(answered.instance.text)
        hallucinated += sum(string not in known and string not in text for string in strings)
        stated += len(strings)
        unasked += len(answered.parsed.unasked)
        missing += answered.parsed.missing
        lines += len(answered.instance.labels) if spans is not None else 0
    return Statistics(
        rows=counts.reshape(len(answers), -1),
        metrics=micro(len(keys)),
        labels=tuple(keys),
        shares={
            "hallucinated": hallucinated / max(stated, 1),
            "unasked": unasked / max(stated, 1),
            "missing_lines": missing / max(lines, 1),
        },
    )
