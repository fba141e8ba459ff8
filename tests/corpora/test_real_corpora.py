"""The counts of real corpus files, where they are, and the laws of the format on every one of their instances."""

import pytest

from mnlu_instruct import corpora
from mnlu_instruct.ledger import Ledger
from tests.corpora import test_real_test_sets, test_real_training_corpora, test_relation_extraction
from tests.laws.test_corpora import check_instance
from tests.support import REAL, instances, needs_real_corpora, read_split, splits

pytestmark = needs_real_corpora

COUNTS = {
    ("biored", "train"): {"documents": 400, "mentions": 13_351, "relations": 4_178},
    ("biored", "dev"): {"documents": 100, "mentions": 3_533, "relations": 1_162},
    ("gnormplus", "train"): {"documents": 432, "mentions": 5_793},
    ("nlm-gene", "train"): {"documents": 450, "mentions": 13_797},
    ("linnaeus", "train"): {"documents": 11_935, "mentions": 2_119},
    ("linnaeus", "dev"): {"documents": 4_078, "mentions": 711},
    ("nli4ct", "train"): {"documents": 1_700},
    ("nli4ct", "dev"): {"documents": 200},
    ("nli4ct", "practice"): {"documents": 2_142},
    ("snli", "train"): {"documents": 8_500},
    ("snli", "dev"): {"documents": 3_342},
    ("multinli", "train"): {"documents": 8_005},
    ("multinli", "dev"): {"documents": 1_815},
    ("sts-b", "train"): {"documents": 5_749},
    ("sts-b", "dev"): {"documents": 1_500},
    ("aci-bench", "train"): {"documents": 67},
    ("aci-bench", "valid"): {"documents": 20},
    ("bc5-chemical", "train"): {"documents": 500, "mentions": 5_203},
    ("bc5-chemical", "dev"): {"documents": 500, "mentions": 5_347},
    ("bc5-chemical", "test"): {"documents": 500, "mentions": 5_385},
    ("bc5-disease", "train"): {"documents": 500, "mentions": 4_182},
    ("bc5-disease", "dev"): {"documents": 500, "mentions": 4_244},
    ("bc5-disease", "test"): {"documents": 500, "mentions": 4_424},
    ("ncbi-disease", "train"): {"documents": 592, "mentions": 5_134},
    ("ncbi-disease", "dev"): {"documents": 100, "mentions": 787},
    ("ncbi-disease", "test"): {"documents": 100, "mentions": 960},
    ("bc2gm", "train"): {"documents": 12_574, "mentions": 15_197},
    ("bc2gm", "dev"): {"documents": 2_519, "mentions": 3_061},
    ("bc2gm", "test"): {"documents": 5_038, "mentions": 6_325},
    ("chemprot", "train"): {"documents": 1_020, "mentions": 25_752, "relations": 4_157},
    ("chemprot", "dev"): {"documents": 612, "mentions": 15_567, "relations": 2_416},
    ("chemprot", "test"): {"documents": 800, "mentions": 20_828, "relations": 3_458},
    ("chemprot-blurb", "train"): {"documents": 1_020, "candidates": 18_035},
    ("chemprot-blurb", "dev"): {"documents": 612, "candidates": 11_268},
    ("chemprot-blurb", "test"): {"documents": 800, "candidates": 15_745},
    ("pubmedqa", "test"): {"documents": 500},
    ("biosses", "train"): {"documents": 64},
    ("biosses", "dev"): {"documents": 16},
    ("biosses", "test"): {"documents": 20},
}
"""Counts of the files as they are, made without this code; SNLI's without two pairs that lack a gold label."""


EDITIONS = {
    *("bc5cdr-seq2rel", "dce-two", "dce-positive", "dce-any", "dce-paragraph", "ddi-sentences"),
    *("bc5cdr-iob", "pubmedqa-long"),
}
"""Other editions of what is counted: `test_relation_extraction` and `test_box_corpora` compare them with that."""
ELSEWHERE = {
    *("covid-dialog", "covid-dialog-released", "meqsum", "meqsum-all", "mediqa-qs", "mediqa-mas"),
    *("ncbi-linking", "bc5cdr-disease-linking", "medmentions-st21pv"),
    *("genia-w2ner", "genia-layers"),
    *("askapatient", *(f"askapatient-{fold}" for fold in range(1, 10))),
}
"""Corpora that `test_generation`, `test_linking_corpora` and `test_nested_corpora` count."""


def test_every_split_that_is_there_has_expected_counts() -> None:
    expected = {*COUNTS, *test_real_training_corpora.COUNTS, *test_real_test_sets.COUNTS}
    expected |= {part for parts in test_relation_extraction.PARTS.values() for part in parts}
    others = (
        EDITIONS
        | ELSEWHERE
        | {key[0] for key in splits(REAL) if corpora.get(key[0]).is_demo or key[0].endswith("-study")}
    )
    found = {key for key in splits(REAL) if key[0] not in others}
    assert found == expected


@pytest.mark.parametrize(("name", "split"), COUNTS)
def test_counts(name: str, split: str) -> None:
    totals = read_split(name, split, REAL).totals
    assert {key: totals[key] for key in COUNTS[name, split]} == COUNTS[name, split]


@pytest.mark.parametrize(("name", "split"), COUNTS)
def test_every_instance_obeys_the_format(name: str, split: str) -> None:
    ledger = Ledger()
    count = 0
    for count, instance in enumerate(instances(corpora.get(name), split, REAL, ledger), 1):  # noqa: B007
        check_instance(instance)
    assert count
    assert not [entry for entry, _ in ledger.rows("dropped") if entry.stage == "write"]


@pytest.mark.parametrize(
    ("name", "types"),
    [
        ("gnormplus", {"Gene": 4_246, "FamilyName": 1_253, "DomainMotif": 294}),
        (
            "nlm-gene",
            {"Gene": 11_233, "FamilyName": 1_528, "Cell": 956, "DomainMotif": 71, "ChromosomeLocation": 9},
        ),
        (
            "biored",
            {
                "GeneOrGeneProduct": 4_430,
                "DiseaseOrPhenotypicFeature": 3_646,
                "ChemicalEntity": 2_853,
                "OrganismTaxon": 1_429,
                "SequenceVariant": 890,
                "CellLine": 103,
            },
        ),
    ],
)
def test_mentions_by_type(name: str, types: dict[str, int]) -> None:
    assert read_split(name, "train", REAL).mentions == dict(sorted(types.items()))


@pytest.mark.parametrize(
    ("name", "repairs"),
    [
        ("gnormplus", {"punctuation": 1, "shift≤3": 32, "wrong-end": 2}),
        ("nlm-gene", {"case-fold": 1, "document-shift": 10}),
        ("ncbi-disease", {"white-space": 1}),
    ],
)
def test_repairs_cover_the_known_defects(name: str, repairs: dict[str, int]) -> None:
    assert read_split(name, "train", REAL).repairs == repairs


@pytest.mark.parametrize(("split", "rows"), [("train", 18_035), ("dev", 11_268), ("test", 15_745)])
def test_chemprot_candidates_are_blurbs_within_one_percent(split: str, rows: int) -> None:
    assert abs(read_split("chemprot", split, REAL).instances["re"] / rows - 1) < 0.01


def test_chemprot_positives_are_blurbs_but_for_one() -> None:
    found = dict.fromkeys(("CPR:3", "CPR:4", "CPR:5", "CPR:6", "CPR:9"), 0)
    for instance in instances(corpora.get("chemprot"), "test", REAL, Ledger()):
        if instance.task != "re":
            continue
        (key,) = instance.gold.keys  # type: ignore[union-attr]
        if key != "false":
            found[key] += 1
    assert found == {"CPR:3": 663, "CPR:4": 1_654, "CPR:5": 178, "CPR:6": 292, "CPR:9": 642}


def test_chemprot_keeps_the_corpus_own_mention_ids() -> None:
    ids = {instance.id for instance in instances(corpora.get("chemprot"), "test", REAL, Ledger())}
    assert "chemprot/test/10076535/T18/T52#re" in ids


def test_pubmedqa_answers_of_the_test_part() -> None:
    answers = [instance.gold.answer for instance in instances(corpora.get("pubmedqa"), "test", REAL, Ledger())]
    assert {answer: answers.count(answer) for answer in ("yes", "no", "maybe")} == {"yes": 276, "no": 169, "maybe": 55}
