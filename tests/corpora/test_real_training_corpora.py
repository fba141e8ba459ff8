"""The counts of real training corpora, where they are, and the laws of the format on every one of their instances."""

from dataclasses import replace

import pytest

from mnlu_instruct import corpora, files
from mnlu_instruct.errors import UserError
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.readers import Reader, Repairs
from mnlu_instruct.readers.bioc import bioc
from mnlu_instruct.readers.conll import conll
from mnlu_instruct.readers.w2ner import w2ner
from mnlu_instruct.sources.declaration import Candidates
from mnlu_instruct.types import Document
from tests.laws.test_corpora import check_instance
from tests.support import REAL, instances, needs_real_corpora, read_split

pytestmark = needs_real_corpora

COUNTS = {
    ("drugprot", "train"): {"documents": 463, "mentions": 11_863, "relations": 2_329},
    ("drugprot", "dev"): {"documents": 750, "mentions": 18_858, "relations": 3_765},
    ("tmvar", "train"): {"documents": 158, "mentions": 674},
    ("tmvar-1", "train"): {"documents": 334, "mentions": 967},
    ("tmvar-3", "train"): {"documents": 342, "mentions": 7_957},
    ("genia", "train"): {"documents": 15_023, "mentions": 43_769},
    ("genia", "dev"): {"documents": 1_669, "mentions": 4_154},
    ("genia", "dev-nested"): {"documents": 1_669, "mentions": 4_337},
    ("pico-data", "train"): {"documents": 3_549, "mentions": 14_099 - 67},
    ("pico-data", "dev"): {"documents": 500, "mentions": 1_987 - 15},
    ("pico-data", "test"): {"documents": 500, "mentions": 1_995 - 12},
    ("pico-data", "expert"): {"documents": 191, "mentions": 727},
    ("trialstop", "train"): {"documents": 3_747},
    ("mtsamples", "train"): {"documents": 865},
    ("drsm", "train"): {"documents": 1_126 - 36},
    ("eu-adr", "train"): {"documents": 38, "mentions": 729, "relations": 166},
    ("eu-adr-genes", "train"): {"documents": 318, "candidates": 318},
    ("eu-adr-genes", "test"): {"documents": 37, "candidates": 37},
    ("pubmedsum", "train"): {"documents": 5},
    ("pubmedsum", "val"): {"documents": 5},
    ("pubmedsum", "test"): {"documents": 5},
    ("cdsr", "train"): {"documents": 674},
    ("cdsr", "val"): {"documents": 51},
}
"""Counts of the files as they are, made without this code; what is subtracted is dropped under a rule."""

UNREADABLE = {("tmvar-1", "train"): 1, ("tmvar-3", "train"): 1}
"""Instances that can't be written in the format: a mention of tmVar has three dots in it."""


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
    dropped = sum(count for entry, count in ledger.rows("dropped") if entry.stage == "write")
    assert dropped == UNREADABLE.get((name, split), 0)


@pytest.mark.parametrize(
    ("name", "types"),
    [
        ("genia", {"protein": 27_190, "DNA": 7_342, "cell_type": 5_583, "cell_line": 2_969, "RNA": 685}),
        ("drugprot", {"CHEMICAL": 6_152, "GENE-N": 1_976, "GENE-Y": 3_735}),
        ("tmvar", {"ProteinMutation": 436, "DNAMutation": 190, "SNP": 48}),
        ("tmvar-1", {"ProteinMutation": 440, "DNAMutation": 431, "SNP": 96}),
        ("eu-adr", {"GENE-Y": 389, "CHEMICAL": 340}),
    ],
)
def test_mentions_by_type(name: str, types: dict[str, int]) -> None:
    assert read_split(name, "train", REAL).mentions == dict(sorted(types.items()))


def test_variants_of_tmvar_3() -> None:
    mentions = read_split("tmvar-3", "train", REAL).mentions
    assert sum(mentions.values()) - sum(mentions[kind] for kind in ("CellLine", "Disease", "Gene", "Species")) == 880


@pytest.mark.parametrize(
    ("name", "repairs", "drops"),
    [
        ("tmvar", {"lost-type": 1}, {"read: stray-line": 1}),
        ("tmvar-3", {"shift≤10": 9, "shift≤3": 12}, {"write: answer can't be read back": 1}),
        ("pico-data", {}, {"read: blank-mention": 67}),
        ("mtsamples", {"same-text": 642}, {"read: no-text": 22}),
        ("drsm", {}, {"read: no-gold-label": 36}),
        ("eu-adr", {"gap": 3}, {}),
        ("drugprot", {}, {"ask: relation of no candidate pair": 12}),
        ("genia", {}, {}),
    ],
)
def test_repairs_and_drops(name: str, repairs: dict[str, int], drops: dict[str, int]) -> None:
    found = read_split(name, "train", REAL)
    assert (found.repairs, found.drops) == (repairs, drops)


def keys(name: str) -> dict[str, int]:
    """How often each class holds, over all training instances."""
    counts: dict[str, int] = {}
    for instance in instances(corpora.get(name), "train", REAL, Ledger()):
        for key in instance.gold.answer:  # type: ignore[union-attr]
            counts[key] = counts.get(key, 0) + 1
    return counts


def test_classes_of_drsm_are_folded_to_six() -> None:
    assert keys("drsm") == {
        "clinical": 367,
        "mechanism": 293,
        "therapeutics": 211,
        "patient": 67,
        "other": 89,
        "irrelevant": 63,
    }


def test_fifteen_classes_of_trialstop_and_37_specialties_of_mtsamples_occur() -> None:
    assert len(keys("trialstop")) == 15
    assert len(keys("mtsamples")) == 37


def sizes(name: str, split: str) -> dict[int, int]:
    """How many options hold at once → how many questions of relations or classes that is true of."""
    golds = [one.gold for one in instances(corpora.get(name), split, REAL, Ledger()) if one.task in {"dc", "re"}]
    found = [len(gold.answer) for gold in golds]  # type: ignore[arg-type]
    return {size: found.count(size) for size in sorted(set(found))}


def test_several_options_hold_where_the_corpus_says_so() -> None:
    assert sizes("mtsamples", "train") == {1: 349, 2: 396, 3: 115, 4: 5}
    assert sizes("drugprot", "train") == {1: 7_984, 2: 34}
    assert sizes("drugprot", "dev") == {1: 13_455, 2: 30}


def test_the_expert_part_of_pico_data_is_ebm_picos_test_set() -> None:
    headers = (REAL / "ebm-pico" / "test.tsv").read_text("utf-8").splitlines()
    ids = {line.split("(")[1].rstrip(")") for line in headers if line.startswith("-DOCSTART-")}
    groups = {one.group for one in instances(corpora.get("pico-data"), "expert", REAL, Ledger())}
    assert {group.removeprefix("pico-data/") for group in groups} == ids


@pytest.mark.parametrize(
    ("path", "rules", "counts"),
    [
        ("drugprot/conversions/train-part.bioc.xml", (), (350, 8_887, 1_759)),
        ("tmvar/tmvar1-train.BioC.xml", ("shift≤3", "document-shift", "shift≤10"), (334, 967, 0)),
    ],
)
def test_other_bioc_files(path: str, rules: tuple[str, ...], counts: tuple[int, int, int]) -> None:
    records = list(bioc()(files.find(REAL, path), Repairs(frozenset(rules), Ledger())))
    documents = [record for record in records if isinstance(record, Document)]
    found = [len(documents), sum(len(one.mentions) for one in documents), sum(len(one.relations) for one in documents)]
    assert tuple(found) == counts


@pytest.mark.parametrize(
    ("name", "mentions", "relations", "mended"),
    [("Training", 9_570, 1_038, 3), ("Development", 9_773, 1_012, 1), ("Test", 9_928, 1_066, 0)],
)
def test_the_bioc_files_of_bc5cdr(name: str, mentions: int, relations: int, mended: int) -> None:
    """Parts of composite mentions are among them; a few discontinuous ones have wrong offsets."""
    reader = bioc(concept_key="MESH", concepts="|", relation_keys=("relation", "Chemical", "Disease"))
    ledger = Ledger()
    found = files.find(REAL, f"bc5cdr/CDR_{name}Set.BioC.xml")
    records = list(reader(found, Repairs(frozenset({"wrong-end", "shift≤3"}), ledger)))
    documents = [record for record in records if isinstance(record, Document)]
    assert len(documents) == 500
    assert sum(len(one.mentions) for one in documents) == mentions
    assert sum(len(one.relations) for one in documents) == relations
    assert sum(ledger.counts.values()) == mended


@pytest.mark.parametrize(
    ("reader", "path", "sentences", "mentions"),
    [
        (conll(layered=True), "genia/genia.dev.iob2", 1_669, 4_337),
        (conll(layered=True), "genia-nested/genia.test.iob2", 1_854, 5_474),
        (w2ner(), "genia-nested/w2ner/dev.json", 1_669, 5_365),
        (w2ner(), "genia-nested/w2ner/test.json", 1_854, 5_506),
    ],
)
def test_the_nested_editions_of_genia(reader: Reader, path: str, sentences: int, mentions: int) -> None:
    """Of layers, and of token numbers (Li et al., 2022, Table 1)."""
    records = list(reader(files.find(REAL, path), Repairs(frozenset(), Ledger())))
    documents = [record for record in records if isinstance(record, Document)]
    assert (len(documents), sum(len(one.mentions) for one in documents)) == (sentences, mentions)


SHARED = "ask: question that other concepts with the same mentions ask"
SAME = "ask: two concepts with the same mentions"
SELF = "ask: relation of a concept with itself"


@pytest.mark.parametrize(
    ("split", "questions", "drops"),
    [("train", 20_895, {SHARED: 1_866, SAME: 135, SELF: 3}), ("dev", 6_468, {SHARED: 179, SAME: 12, SELF: 1})],
)
def test_biored_asks_no_question_twice_and_drops_no_relation(split: str, questions: int, drops: dict[str, int]) -> None:
    found = read_split("biored", split)
    assert found.instances["re"] == questions
    assert found.drops == drops


CDR = replace(
    corpora.get("bc5-chemical"),
    tasks=("re",),
    entities={"Chemical": "Chemical", "Disease": "Disease"},
    ignored=frozenset(),
    relations=Candidates(
        source="every chemical and disease of an abstract",
        by="concept",
        pairs=(("Chemical", "Disease"),),
        labels={"CID": "{1} causes {2}", "none": "{1} is not related to {2}"},
        negative="none",
    ),
)


def test_composites_of_bc5cdr_as_a_relation_corpus_make_no_contradiction() -> None:
    ledger = Ledger()
    asked = [one for split in ("train", "dev", "test") for one in instances(CDR, split, REAL, ledger)]
    assert len({(one.text, tuple(one.asked.values()), one.marks) for one in asked}) == len(asked)
    assert len(asked) == 15_849
    assert {f"{entry.stage}: {entry.reason}": count for entry, count in ledger.rows("dropped")} == {
        SHARED: 232,
        SAME: 17,
    }


def test_a_truncated_bioc_file_is_refused_with_its_line() -> None:
    with pytest.raises(UserError, match=r"truncated\.bioc\.xml, line \d+: not well-formed XML"):
        list(bioc()(files.find(REAL, "drugprot/conversions/truncated.bioc.xml"), Repairs(frozenset(), Ledger())))
