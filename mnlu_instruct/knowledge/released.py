"""What GenBioEL's released scripts make of corpora before a model sees them (Yuan et al., 2022), for its counts."""

from collections.abc import Iterable, Sequence

from mnlu_instruct.knowledge.spelling import released as conv
from mnlu_instruct.types import Document, Mention

DROPS_COMPOSITES = frozenset({"ncbi-linking", "ncbi-disease"})
"""The corpora whose composite mentions the scripts leave out."""


def ncbi_training(train: Iterable[Document], dev: Iterable[Document]) -> list[tuple[Document, Mention]]:
    """The training mentions of NCBI-disease: those of the training and the development set, but no composite ones."""
    return [
        (document, mention)
        for document in (*train, *dev)
        for mention in document.mentions
        if len(mention.concepts) == 1 and "+" not in mention.concepts[0]
    ]


def askapatient(rows: Sequence[tuple[str, str, str]], training: bool = False) -> list[tuple[str, str, str]]:
    """The rows of an AskAPatient file, (concept, standard term, phrase), as the scripts write them.

    A row stands there twice if its standard term, in lower case, is a name of their knowledge base, where punctuation
    is blank. Of a training file, rows whose phrase is the term are left out first, if the last row that was kept is of
    the same concept.
    """
    kept: list[tuple[str, str, str]] = []
    for concept, term, phrase in rows:
        if not (training and kept and phrase == term and kept[-1][0] == concept):
            kept.append((concept, term, phrase))
    return [row for row in kept for _ in range(2 if conv(row[1]) == row[1].lower() else 1)]
