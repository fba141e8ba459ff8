"""The counts of BLUE's and BLURB's test sets in real files, where they are, and the laws of the format on them."""

from collections import Counter
from collections.abc import Iterator

import pytest

from mnlu_instruct import corpora
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources import reading
from mnlu_instruct.types import Choices, Document, Instance, Spans
from tests.laws.test_corpora import check_instance
from tests.support import REAL, instances, needs_real_corpora, read_split

pytestmark = needs_real_corpora

COUNTS = {
    ("ddi", "train"): {"documents": 624, "candidates": 25_296},
    ("ddi", "dev"): {"documents": 90, "candidates": 2_496},
    ("ddi", "test"): {"documents": 191, "relations": 979, "candidates": 5_716},
    ("hoc", "train"): {"documents": 1_108},
    ("hoc", "dev"): {"documents": 157},
    ("hoc", "test"): {"documents": 315},
    ("hoc-blurb", "train"): {"documents": 1_295},
    ("hoc-blurb", "dev"): {"documents": 186},
    ("hoc-blurb", "test"): {"documents": 371},
    ("jnlpba", "test"): {"documents": 3_856, "mentions": 8_662},
    ("ebm-pico", "dev"): {"documents": 960},
    ("ebm-pico", "test"): {"documents": 191},
    ("bc5-chemical-iob", "train"): {"documents": 4_560, "mentions": 5_203},
    ("bc5-chemical-iob", "dev"): {"documents": 4_581, "mentions": 5_347},
    ("bc5-chemical-iob", "test"): {"documents": 4_797, "mentions": 5_385},
    ("bc5-disease-iob", "train"): {"documents": 4_560, "mentions": 4_182},
    ("bc5-disease-iob", "dev"): {"documents": 4_581, "mentions": 4_246},
    ("bc5-disease-iob", "test"): {"documents": 4_797, "mentions": 4_424},
    ("ncbi-disease-iob", "train"): {"documents": 5_424, "mentions": 5_134},
    ("ncbi-disease-iob", "dev"): {"documents": 923, "mentions": 787},
    ("ncbi-disease-iob", "test"): {"documents": 940, "mentions": 960},
    ("gad", "train"): {"documents": 4_261},
    ("gad", "dev"): {"documents": 535},
    ("gad", "test"): {"documents": 534, "relations": 281, "candidates": 534},
}
"""Counts of the files as they are, made without this code."""


def documents(name: str, split: str) -> Iterator[Document]:
    for record in reading.records(corpora.get(name), split, REAL, Ledger()):
        assert isinstance(record, Document)
        yield record


def questions(name: str, split: str) -> list[Instance]:
    """All but those about all relations of a text, which `test_relation_extraction.py` tests."""
    return [one for one in instances(corpora.get(name), split, REAL, Ledger()) if one.task != "ere"]


@pytest.mark.parametrize(("name", "split"), COUNTS)
def test_counts(name: str, split: str) -> None:
    totals = read_split(name, split, REAL).totals
    assert {key: totals[key] for key in COUNTS[name, split]} == COUNTS[name, split]


@pytest.mark.parametrize(("name", "split"), COUNTS)
def test_nothing_is_dropped_and_every_instance_obeys_the_format(name: str, split: str) -> None:
    ledger = Ledger()
    for instance in instances(corpora.get(name), split, REAL, ledger):
        check_instance(instance)
    assert not list(ledger.rows("dropped"))


def labels(name: str, split: str) -> dict[str, int]:
    found: Counter[str] = Counter()
    for instance in questions(name, split):
        assert isinstance(instance.gold, Choices)
        found.update(instance.gold.keys)
    return dict(found)


def test_ddi_labels_of_the_test_pairs() -> None:
    expected = {"mechanism": 302, "effect": 360, "advise": 221, "int": 96, "false": 5_716 - 979}
    assert labels("ddi", "test") == expected


def test_ddi_asks_about_pairs_of_one_sentence_and_keeps_discontinuous_mentions() -> None:
    assert sum(len(mention.spans) > 1 for one in documents("ddi", "train") for mention in one.mentions) == 35
    for instance in questions("ddi", "test"):
        first, second = instance.id.removesuffix("#re").split("/")[-2:]
        assert first.partition(".")[0] == second.partition(".")[0]


def test_ddi_defects_are_mended() -> None:
    assert read_split("ddi", "train", REAL).repairs == {"shift≤3": 1, "untyped-relation": 1}


def test_hoc_has_documents_without_hallmark_in_blurbs_split_alone() -> None:
    without = {
        name: sum(not one.judgements[0].keys for split in ("train", "dev", "test") for one in documents(name, split))
        for name in ("hoc", "hoc-blurb")
    }
    assert without == {"hoc": 0, "hoc-blurb": 272}


def test_the_two_splits_of_hoc_leak_into_each_other() -> None:
    def ids(records: Iterator[Document]) -> set[str]:
        return {record.group.partition("/")[2] for record in records}

    assert len(ids(documents("hoc", "test")) & ids(documents("hoc-blurb", "train"))) == 216


def test_jnlpba_mentions_by_type_and_source_documents() -> None:
    types = {"DNA": 1_056, "RNA": 118, "cell_line": 500, "cell_type": 1_921, "protein": 5_067}
    assert read_split("jnlpba", "test", REAL).mentions == types
    # 404 documents; two PubMed ids stand there twice, with other sentences.
    assert len({record.group for record in documents("jnlpba", "test")}) == 402


@pytest.mark.parametrize(("split", "words"), [("dev", 87_308), ("test", 16_364)])
def test_ebm_pico_labelled_words(split: str, words: int) -> None:
    found = 0
    for instance in questions("ebm-pico", split):
        assert isinstance(instance.gold, Spans)
        found += sum(len(span.text.split()) for spans in instance.gold.spans.values() for span in spans)
    assert found == words


def test_gad_marks_are_the_spans() -> None:
    for instance in questions("gad", "test"):
        assert (instance.asked["span_1"], instance.asked["span_2"]) == ("@GENE$", "@DISEASE$")
