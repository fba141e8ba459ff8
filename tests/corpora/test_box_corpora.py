"""The corpora of BoX in real files: mentions as counted by others, both layers of BC5CDR, long answers of PubMedQA."""

import tarfile
from collections import Counter
from pathlib import Path

import pytest

from mnlu_instruct import corpora
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources import reading
from mnlu_instruct.types import Document, Summary
from tests.laws.test_corpora import check_instance
from tests.support import REAL, instances, needs_real_corpora

ARCHIVE = REAL.parent / "re-study" / "box-ner.tar.gz"
needs_archive = pytest.mark.skipif(not ARCHIVE.is_file(), reason="no box-ner.tar.gz in ../shared/re-study")

MENTIONS = {
    "anatem": (6_946, 2_139, 4_616),
    "bionlp09": (9_296, 2_078, 3_589),
    "bionlp11-epi": (7_586, 2_495, 5_730),
    "bionlp11-id": (5_674, 1_598, 3_810),
    "bionlp13-cg": (10_826, 3_616, 6_881),
    "bionlp13-ge": (3_566, 4_132, 4_359),
    "bionlp13-pc": (7_853, 2_734, 5_306),
    "craft": (29_026, 9_727, 18_881),
    "ex-ptm": (1_787, 603, 2_308),
}
"""Mentions in train, dev and test, as counted without this code, from the B tags."""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("box")
    with tarfile.open(ARCHIVE) as packed:
        packed.extractall(data, filter="data")
    return data


def documents(name: str, split: str, data: Path) -> list[Document]:
    found = list(reading.records(corpora.get(name), split, data, Ledger()))
    assert all(isinstance(one, Document) for one in found)
    return [one for one in found if isinstance(one, Document)]


@needs_archive
@pytest.mark.parametrize("name", MENTIONS)
def test_mentions_are_those_counted_by_others(name: str, unpacked: Path) -> None:
    found = {split: documents(name, split, unpacked) for split in ("train", "dev", "test")}
    counts = {split: (len(of), sum(len(one.mentions) for one in of)) for split, of in found.items()}
    assert tuple(mentions for _, mentions in counts.values()) == MENTIONS[name]
    stated = corpora.get(name).published
    assert {split: (one.documents, one.mentions) for split, one in stated.items()} == counts
    types = Counter(mention.type for of in found.values() for one in of for mention in one.mentions)
    assert types.keys() == corpora.get(name).entities.keys()


@needs_archive
@pytest.mark.parametrize("name", MENTIONS)
def test_the_test_sentences_obey_the_laws(name: str, unpacked: Path) -> None:
    for instance in instances(corpora.get(name), "test", unpacked, Ledger()):
        check_instance(instance)


@needs_real_corpora
def test_sentences_of_bc5cdr_have_chemicals_and_diseases() -> None:
    found = documents("bc5cdr-iob", "test", REAL)
    types = Counter(mention.type for one in found for mention in one.mentions)
    assert (len(found), types) == (4_797, {"Chemical": 5_385, "Disease": 4_424})


@needs_real_corpora
def test_long_answers_are_of_questions_outside_the_test_set() -> None:
    tested = {one.id.rpartition("/")[2] for one in reading.records(corpora.get("pubmedqa"), "test", REAL, Ledger())}
    found = list(reading.records(corpora.get("pubmedqa-long"), "train", REAL, Ledger()))
    assert len(found) == len(tested) == 500
    for one in found:
        assert isinstance(one, Summary)
        assert one.id.rpartition("/")[2] not in tested
        assert one.summary.strip()
        assert one.text.rpartition("\n")[2].strip()
