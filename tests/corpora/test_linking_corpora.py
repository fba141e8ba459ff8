"""Entity linking on the real files: counts, composite mentions, what the released scripts make of them."""

from collections import Counter
from dataclasses import replace

import pytest

from mnlu_instruct import corpora, files
from mnlu_instruct.knowledge import released
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.readers.askapatient import rows
from mnlu_instruct.readers.pubtator import pubtator
from mnlu_instruct.sources import reading
from mnlu_instruct.tasks import el
from mnlu_instruct.types import Document, surface
from tests.support import REAL, needs_real_corpora

pytestmark = needs_real_corpora


def documents(name: str, split: str) -> list[Document]:
    found = list(reading.records(corpora.get(name), split, REAL, Ledger()))
    assert all(isinstance(record, Document) for record in found)
    return found  # type: ignore[return-value]


def mentions(name: str, split: str) -> tuple[int, int, int]:
    """Documents, mentions, and those of several concepts."""
    found = documents(name, split)
    every = [mention for document in found for mention in document.mentions]
    return len(found), len(every), sum(len(one.concepts) > 1 or "+" in one.concepts[0] for one in every)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("ncbi-linking", {"train": (592, 5_134, 107), "dev": (100, 787, 30), "test": (100, 960, 13)}),
        ("bc5cdr-disease-linking", {"train": (500, 4_131, 95), "dev": (500, 4_178, 97), "test": (500, 4_287, 62)}),
    ],
)
def test_corpora_in_biosyns_form(name: str, counts: dict[str, tuple[int, int, int]]) -> None:
    assert {split: mentions(name, split) for split in counts} == counts


def test_the_released_training_set_of_ncbi_disease() -> None:
    train, dev = documents("ncbi-linking", "train"), documents("ncbi-linking", "dev")
    assert len(released.ncbi_training(train, dev)) == 5_784


def test_bc5cdr_has_its_mentions_and_those_without_a_concept() -> None:
    corpus = corpora.get("bc5cdr")
    found = {}
    for split in ("train", "dev", "test"):
        ledger = Ledger()
        asked = [one for record in documents("bc5cdr", split) for one in el.ask(record, corpus, ledger)]
        without = sum(ledger.counts.values())
        found[split] = (len({el.mention_of(one) for one in asked}) + without, without)
    assert found == {"train": (9_385, 76), "dev": (9_591, 59), "test": (9_809, 91)}


@pytest.mark.parametrize("fold", range(10))
def test_askapatients_folds(fold: int) -> None:
    name = f"askapatient-{fold}" if fold else "askapatient"
    corpus = corpora.get(name)
    for split, counts in corpus.published.items():
        assert mentions(name, split)[:2] == (counts.documents, counts.mentions)


def askapatient(fold: int, split: str) -> list[tuple[str, str, str]]:
    (file,) = files.find(REAL / "askapatient", f"AskAPatient.fold-{fold}.{split}.txt")
    return [row[1:] for row in rows(file)]


def test_askapatients_concepts_and_phrases() -> None:
    every = [row for fold in range(10) for split in ("train", "validation", "test") for row in askapatient(fold, split)]
    assert len({concept for concept, _, _ in every}) == 1_036
    assert len(set(every)) == 5_067


def test_the_released_rows_of_askapatients_first_fold() -> None:
    counts = [
        len(released.askapatient(askapatient(0, split), split == "train")) for split in ("train", "validation", "test")
    ]
    assert counts == [16_826, 1_663, 1_712]


def test_askapatients_phrases_looked_up_in_the_training_file() -> None:
    shares = []
    for fold in range(10):
        known: dict[str, Counter[str]] = {}
        for concept, _, phrase in askapatient(fold, "train"):
            known.setdefault(phrase.lower(), Counter())[concept] += 1
        test = askapatient(fold, "test")
        right = [
            known[words.lower()].most_common(1)[0][0] == concept for concept, _, words in test if words.lower() in known
        ]
        shares.append(100 * sum(right) / len(test))
    assert (round(min(shares), 1), round(sum(shares) / 10, 2), round(max(shares), 1)) == (63.2, 64.85, 66.6)


def test_medmentions_lists_and_its_first_documents() -> None:
    corpus = corpora.get("medmentions-st21pv")
    ids = {}
    for split, (_, name) in corpus.splits.items():
        ids[split] = (REAL / "medmentions" / name).read_text("utf-8").split()
    assert {split: len(names) for split, names in ids.items()} == {"train": 2_635, "dev": 878, "test": 879}
    sample = replace(corpus, splits={"test": ("st21pv-first3.pubtator.txt",)}, read=pubtator())
    found = list(reading.records(sample, "test", REAL, Ledger()))
    texts = [
        (document.text, mention)
        for document in found
        if isinstance(document, Document)
        for mention in document.mentions
    ]
    assert len(texts) == 115
    assert all(surface(text, mention.spans) for text, mention in texts)
    names = [record.id.rpartition("/")[2] for record in found]
    assert [sum(name in ids[split] for name in names) for split in ids] == [2, 0, 1]
    asked = [one for record in found for one in el.ask(record, corpus, Ledger())]
    assert len(asked) == 115
    assert all(one.gold.answer.startswith("C") for one in asked)  # type: ignore[union-attr]
