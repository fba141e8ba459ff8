"""docs/leakage.md is what `make docs` writes."""

import re
from pathlib import Path

from mnlu_instruct.catalogue import suites
from mnlu_instruct.docs_pages import leakage
from mnlu_instruct.docs_pages.leakage import page
from tests.leakage import helpers
from tests.leakage.helpers import numbered
from tests.support import REAL, ROOT, needs_real_corpora

WRITTEN = (ROOT / "docs" / "leakage.md").read_text("utf-8")


@needs_real_corpora
def test_the_page_is_current() -> None:
    assert page(REAL) == WRITTEN, "run `make docs` with MNLU_DATA=../shared/corpora"


def test_the_page_says_of_every_test_set_of_the_paper_whether_it_is_unseen() -> None:
    summary = WRITTEN.partition("## What counts")[0]
    for dataset in suites.load("paper").datasets:
        assert re.search(
            rf"\n\| {dataset.name} \||Not searched, because their files are missing:.*\b{dataset.name}\b", summary
        ), dataset.name


def test_what_is_shared_is_counted_and_what_is_not_there_is_named(tmp_path: Path) -> None:
    helpers.corpora(tmp_path, {"1": numbered(0, 40), "5": "x"}, {"1": numbered(0, 40), "2": "x"}, listed="1\n2\n7\n")
    text = page(tmp_path)
    assert "share documents with training corpora: 1 of 15 (chemprot 100.0 %). No overlap was found for: –." in text
    assert "| chemprot | 2 | 2 | 100.0 % | 2 | 1 | 1 | 1 | 95.3 % | drugprot 2 |" in text
    assert "chemprot/1 in drugprot/1 (by id, text, words, 100.0 % of its words)" in text
    assert "| drugprot | 2 | 3,500 | 2 |" in text
    assert "Test sets and corpora left out, because their files are missing: bc2gm," in text
    assert leakage.UNSEEN in suites.available()
