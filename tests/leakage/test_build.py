"""`mnlu build --exclude-leaks SUITE`, and the search of what it builds."""

import json
from pathlib import Path
from typing import Any

from tests.leakage import helpers
from tests.leakage.helpers import numbered
from tests.support import REAL, mnlu, needs_real_corpora


def build_and_search(out: Path, data: Path, suite: str, *options: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The manifest of a data set without leaks, and what the search of it prints."""
    made = mnlu("build", *options, "--exclude-leaks", suite, "--out", out, "--workers", "1", data=data)
    assert made.returncode == 0, made.stderr
    searched = mnlu("leakage", "--train", out, "--suite", suite, "--json", "--workers", "1", data=data)
    assert searched.returncode == 0, searched.stderr
    return json.loads((out / "manifest.json").read_text("utf-8")), json.loads(searched.stdout)


def test_without_leaks_the_search_prints_zeros(tmp_path: Path) -> None:
    training = {"1": numbered(0, 20), "2": "Other words.", "3": f"and {numbered(100, 13)}", "4": "Kept."}
    suite = helpers.corpora(tmp_path, training, {"2": "Some text.", "7": numbered(0, 20), "8": numbered(98, 20)})
    manifest, found = build_and_search(tmp_path / "out", tmp_path, suite, "--corpora", "drugprot", "--tasks", "ner")
    assert manifest["rows"] == 1
    counts = ("shared", "by_id", "by_text", "by_words", "half", "covered", "train_documents")
    assert {cell[count] for cell in found["cells"] for count in counts} == {0}
    assert {cell["train"]: cell["documents"] for cell in found["cells"]} == {"drugprot": 3, "any": 3}


@needs_real_corpora
def test_without_leaks_the_search_of_real_corpora_prints_zeros(tmp_path: Path) -> None:
    options = ("--corpora", "biored,drugprot,gnormplus,pico-data", "--tasks", "ner,re", "--n", "6000")
    manifest, found = build_and_search(tmp_path / "out", REAL, "blurb", *options, "--short", "accept")
    assert manifest["rows"] > 4_000
    assert len(found["tests"]) > 10
    assert {cell["train"] for cell in found["cells"] if cell["shared"]} == set()
