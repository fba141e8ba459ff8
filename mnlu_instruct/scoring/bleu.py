"""BLEU of a whole set of texts (Papineni et al., 2002), as sacreBLEU computes it, from counts that can be resampled.

Its settings are sacreBLEU's defaults: tokenizer 13a, mixed case, "exp" smoothing of orders without a match.
"""

from collections.abc import Sequence

import numpy as np

from mnlu_instruct.scoring.counts import Numbers

ORDERS = 4
COLUMNS = 2 * ORDERS + 2
"""Matching n-grams of each order, n-grams written of each order, words written, words of the reference."""


def counts(references: Sequence[str], texts: Sequence[str]) -> Numbers:
    """The counts of each text against its reference, of shape (texts, `COLUMNS`)."""
    from sacrebleu.metrics.bleu import BLEU  # noqa: PLC0415 (its import takes a moment)

    scorer = BLEU()
    rows = np.zeros((len(texts), COLUMNS))
    for row, reference, text in zip(rows, references, texts, strict=True):
        found = scorer.corpus_score([text], [[reference]])
        row[:] = [*found.counts, *found.totals, found.sys_len, found.ref_len]
    return rows


def score(sums: Numbers) -> Numbers:
    """BLEU from sums of counts, of shape (…, `COLUMNS`): fractions of 1, of shape (…)."""
    matching, written = sums[..., :ORDERS], sums[..., ORDERS : 2 * ORDERS]
    words, wanted = sums[..., -2], sums[..., -1]
    none = matching == 0
    smoothed = np.where(none, 2.0 ** -np.cumsum(none, -1), matching)
    with np.errstate(divide="ignore", invalid="ignore"):
        precisions = np.where(written > 0, smoothed / written, 0)
        brevity = np.where(words >= wanted, 1, np.where(words > 0, np.exp(1 - wanted / words), 0))
        mean = np.exp(np.log(precisions).mean(-1))
    found: Numbers = np.where(matching.any(-1), brevity * mean, 0)
    return found
