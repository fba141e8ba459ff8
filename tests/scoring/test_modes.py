"""The registered ways of counting: pages list them all, protocols are there, and fit corpora that are."""

import re

import pytest

from mnlu_instruct import corpora
from mnlu_instruct.scoring import modes
from mnlu_instruct.scoring.modes import GENERAL, POINTING, PROTOCOLS, Mode, Protocol
from mnlu_instruct.types import Relations
from tests.scoring.protocols.helpers import said
from tests.support import ROOT


@pytest.mark.parametrize(
    ("page", "listed"), [("evaluation", GENERAL), ("relation-extraction", PROTOCOLS), ("pointer-ner", POINTING)]
)
def test_pages_list_all_modes_with_their_words(page: str, listed: tuple[Mode, ...]) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
    _, table = text.split("| `--mode` |")
    rows = re.findall(r"^\| `([\w-]+)` \| (.+?) \|", table.partition("\n\n")[0], re.M)
    assert rows == [(mode.name, mode.what) for mode in listed]


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda one: one.name)
def test_a_protocol_is_there_and_fits_corpora_that_ask_for_relations_of_texts(protocol: Protocol) -> None:
    for name in protocol.corpora:
        assert "ere" in corpora.get(name).tasks
    if not protocol.name.startswith("study"):  # which reads its own words alone
        measured = protocol.measure([said(Relations(())), said(Relations(()), name="2")])
        assert len(measured.rows) == 2
        assert {"f1", "precision", "recall"} <= set(measured.metrics)


def test_names_are_unique() -> None:
    assert len(modes.MODES) == len(GENERAL) + len(PROTOCOLS) + len(POINTING)
