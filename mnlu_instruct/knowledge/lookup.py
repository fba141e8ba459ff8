"""Baselines that rank names without a model: the exact string, and TF-IDF over character trigrams."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from mnlu_instruct.errors import UserError, install
from mnlu_instruct.knowledge.base import KnowledgeBase

Ranking = tuple[int, ...]
"""Names by their numbers, best first."""
BATCH = 256
"""Mentions that are compared with all names at a time."""


def exact(base: KnowledgeBase, mentions: Sequence[str]) -> list[Ranking]:
    """The name that a mention is, spelt as names are; of other mentions, none."""
    found = (base.number(base.spelt(words)) for words in mentions)
    return [() if number is None else (number,) for number in found]


class Trigrams:
    """TF-IDF vectors of a knowledge base's names over their character trigrams, words apart.

    As scispacy's vectorizer is (Neumann et al., 2019), but fitted on these names, and with all trigrams.
    """

    def __init__(self, base: KnowledgeBase) -> None:
        """Fit on all names of a knowledge base.

        Raises:
            UserError: scikit-learn isn't installed.
        """
        try:
            from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]  # noqa: PLC0415
        except ImportError as error:
            raise UserError("TF-IDF needs scikit-learn.", install("linking")) from error
        self._base = base
        self._vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), dtype=np.float32)
        self._names = self._vectors.fit_transform(base.every_name())

    def nearest(self, mentions: Sequence[str], count: int) -> Iterator[tuple[Ranking, tuple[float, ...]]]:
        """The names nearest to each mention with their cosines, those of equal cosine by length and number."""
        for start in range(0, len(mentions), BATCH):
            near = self._of(mentions[start : start + BATCH]) @ self._transposed
            for row in range(near.shape[0]):
                places = slice(near.indptr[row], near.indptr[row + 1])
                yield self._ranked(near.indices[places], near.data[places], count)

    def chosen(self, mention: str, names: Sequence[int]) -> int:
        """Of some names, the nearest to a mention; of several, the shortest."""
        near = (self._names[list(names)] @ self._of([mention]).T).toarray().ravel()
        places = self._by_cosine(np.array(names), near)
        return int(names[places[0]])

    def _ranked(self, names: Any, cosines: Any, count: int) -> tuple[Ranking, tuple[float, ...]]:
        if len(cosines) > count:
            least = np.partition(cosines, -count)[-count]
            names, cosines = names[cosines >= least], cosines[cosines >= least]
        places = self._by_cosine(names, cosines)[:count]
        return tuple(names[places].tolist()), tuple(cosines[places].tolist())

    def _by_cosine(self, names: Any, cosines: Any) -> Any:
        """The places in order. Cosines are compared in five digits: their last ones hang on the order of additions."""
        lengths = [len(self._base.name(name)) for name in names.tolist()]
        return np.lexsort((names, lengths, -cosines.round(5)))

    def _of(self, mentions: Sequence[str]) -> Any:
        return self._vectors.transform([self._base.spelt(words) for words in mentions])

    @cached_property
    def _transposed(self) -> Any:
        return self._names.T.tocsr()
