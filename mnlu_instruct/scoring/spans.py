"""Spans (NER, ETE, EAE), strictly: in each document a multiset match on type and string, white space normalised.

False positives are all others that were stated: surplus copies of a gold string, strings that aren't in the text, types
that weren't asked. An answer that can't be read states nothing, so its gold is missed.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from mnlu_instruct.scoring.statistics import Answered, Statistics, micro
from mnlu_instruct.types import Spans, normalise

UNASKED = "not asked"
"""What stands in the place of a label for spans under types that weren't asked: false positives all."""


def measure(answers: Sequence[Answered]) -> Statistics:
    """Counts by type key; the shares of spans that are hallucinated or of types not asked, of lines that are missing.

    A span is hallucinated if its string occurs neither in the text nor in the gold (whose discontinuous mentions are
    parts joined); the share is of all spans stated. A line is missing if a readable answer has none for an asked type.
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
