"""Copies among the documents of training corpora, word for word and nearly."""

import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mnlu_instruct.leakage.duplicates import Copy, duplicates
from mnlu_instruct.sources.unit import Unit
from mnlu_instruct.workers import process_pool
from tests.leakage import helpers
from tests.leakage.helpers import numbered
from tests.support import failed, mnlu

TRAIN, TEST = Unit("drugprot", "train"), Unit("chemprot", "test")


def quiet(stage: str, share: float) -> None:
    """No bar."""


def copies(data: Path, training: dict[str, str], tested: dict[str, str], kind: str) -> list[tuple[str, str, str]]:
    """What copies what, of a DrugProt and then a ChemProt; titles are the documents' ids, so each text has another."""
    helpers.corpora(data, training, tested)
    found = duplicates([TRAIN, TEST], "near" if kind == "near" else "exact", data, None, quiet)
    return [(copy.group, copy.original, copy.kind) for copy in found.copies]


def test_a_copy_word_for_word_goes_and_the_first_is_kept(tmp_path: Path) -> None:
    helpers.corpora(tmp_path, {"1": "Some text, more.", "3": "another"}, {"1": "some TEXT: more", "4": "another"})
    found = duplicates([TRAIN, TEST], "exact", tmp_path, None, quiet)
    assert found.documents == {"drugprot": 2, "chemprot": 2}
    assert found.copies == (Copy("chemprot/1", (TEST,), "drugprot/1", "exact"),)
    assert found.by_unit() == {TEST: {"chemprot/1": "copies a document of drugprot"}}
    (turned,) = duplicates([TEST, TRAIN], "exact", tmp_path, None, quiet).copies
    assert (turned.group, turned.original) == ("drugprot/1", "chemprot/1")


def test_a_near_copy_is_told_from_one_word_for_word(tmp_path: Path) -> None:
    text = numbered(0, 100)
    changed = f"{numbered(0, 95)} {numbered(900, 5)}"  # 83 of 89 runs are the same, and one has the title's word
    training = {"1": text, "2": "nothing", "3": numbered(0, 40)}
    assert copies(tmp_path, training, {"1": changed, "2": "nothing"}, "near") == [
        ("chemprot/1", "drugprot/1", "near"),
        ("chemprot/2", "drugprot/2", "exact"),
    ]
    assert copies(tmp_path, training, {"1": changed, "2": "nothing"}, "exact") == [
        ("chemprot/2", "drugprot/2", "exact")
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(st.integers(30, 120), st.integers(0, 119), st.integers(0, 60))
def test_near_are_those_that_share_four_fifths_of_their_runs(tmp_path: Path, size: int, start: int, more: int) -> None:
    cut = min(start, size)
    text = f"{numbered(0, size - cut)} {numbered(5_000, more)}"
    runs = size + 1 - 12, max(0, size - cut + more + 1 - 12)
    shared = max(0, size - cut + 1 - 12)
    alike = shared >= 0.8 * max(runs) and shared > 0
    found = copies(tmp_path, {"1": numbered(0, size)}, {"1": text}, "near")
    assert bool(found) == alike, (runs, shared)


def test_what_is_left_out_anyway_is_no_original(tmp_path: Path) -> None:
    helpers.corpora(tmp_path, {"1": "the same"}, {"1": "the same", "2": "other"})
    assert duplicates([TRAIN, TEST], "near", tmp_path, None, quiet, {"drugprot/1"}).copies == ()


def test_a_document_goes_only_with_all_its_records_and_pairs_are_never_near(tmp_path: Path) -> None:
    folder = tmp_path / "snli" / "snli_1.0"
    folder.mkdir(parents=True)
    premise = numbered(0, 60)

    def pair(caption: str, number: int, hypothesis: str) -> str:
        row = {"captionID": caption, "pairID": f"{caption}{number}", "sentence1": premise, "sentence2": hypothesis}
        return json.dumps({**row, "gold_label": "neutral"}) + "\n"

    rows = [pair("a", 1, "one"), pair("a", 2, "two"), pair("b", 1, "one"), pair("b", 2, "three")]
    rows += [pair("c", 1, "two"), pair("c", 2, "one")]
    (folder / "snli_1.0_train.jsonl").write_text("".join(rows), "utf-8")
    found = duplicates([Unit("snli", "train")], "near", tmp_path, None, quiet)
    assert [(copy.group, copy.original, copy.kind) for copy in found.copies] == [("snli/c", "snli/a", "exact")]


def test_worker_processes_find_the_same(tmp_path: Path) -> None:
    helpers.corpora(tmp_path, {"1": numbered(0, 50)}, {"1": numbered(1, 49), "2": "x"})
    with process_pool(2) as pool:
        found = duplicates([TRAIN, TEST], "near", tmp_path, pool, quiet)
    assert found == duplicates([TRAIN, TEST], "near", tmp_path, None, quiet)
    assert len(found.copies) == 1


def test_the_command_prints_counts(tmp_path: Path) -> None:
    helpers.corpora(tmp_path, {"1": numbered(0, 50)}, {"1": numbered(0, 50), "2": "x"})
    done = mnlu("duplicates", "--corpora", "drugprot", data=tmp_path, COLUMNS="80")
    assert "0 of 1 documents are copies" in done.stdout, done
    found = json.loads(mnlu("duplicates", "--json", data=tmp_path).stdout)
    assert found == {"documents": {"drugprot": 1}, "counts": [], "copies": []}
    failed(mnlu("duplicates", data=tmp_path / "none"), "No training corpus has its files")
    failed(mnlu("duplicates", "--corpora", "biored", data=tmp_path), "biored is not ready")


def test_nothing_to_compare(tmp_path: Path) -> None:
    assert copies(tmp_path, {}, {}, "near") == []
