"""docs/corpora.md is what `make docs` writes."""

from pathlib import Path

import pytest

from mnlu_instruct import corpora
from mnlu_instruct.catalogue import check
from mnlu_instruct.docs_pages.corpora import page
from tests.support import FIXTURES, REAL, ROOT, needs_real_corpora, read_split

WRITTEN = (ROOT / "docs" / "corpora.md").read_text("utf-8")


@needs_real_corpora
def test_the_page_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "read_split", read_split)
    assert page(REAL) == WRITTEN, "run `make docs` with MNLU_DATA=../shared/corpora"


def test_the_page_has_every_corpus_with_its_licence_and_citation() -> None:
    for corpus in corpora.registry().values():
        assert (f"\n### {corpus.name}\n" in WRITTEN) == (not corpus.is_demo)
        if not corpus.is_demo:
            assert f"licence: {corpus.licence}." in WRITTEN
            assert corpus.cite in WRITTEN


def test_without_files_only_published_counts_are_shown(tmp_path: Path) -> None:
    section = _section(page(tmp_path), "gnormplus")
    assert "| split | documents | mentions |" in section
    assert "| train | – / 432 | – / 5,793 |" in section


def test_what_was_read_stands_beside_what_was_published() -> None:
    section = _section(page(FIXTURES), "gnormplus")
    assert "| split | documents | mentions | questions |" in section
    assert "| train | 2 / 432 | 8 / 5,793 | 2 |" in section
    assert "repaired 1 × case-fold, 1 × punctuation, 1 × shift≤3, 1 × wrong-end" in section


def _section(text: str, name: str) -> str:
    return text.partition(f"\n### {name}\n")[2].partition("\n###")[0]
