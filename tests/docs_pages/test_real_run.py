"""docs/real-run.md has the scores that lie beside it."""

from pathlib import Path

from msgspec import json

from mnlu_instruct.docs_pages.real_run import MARKED, page
from mnlu_instruct.evaluation.scorecard import Scorecard
from mnlu_instruct.scoring.scores import Estimate, Score
from tests.support import ROOT

WRITTEN = ROOT / "docs" / "real-run.md"


def test_the_page_is_current() -> None:
    text = WRITTEN.read_text("utf-8")
    assert MARKED.search(text)
    assert page(text, WRITTEN.with_suffix("")) == text, "run `make docs`"


def test_a_table_is_written_anew_and_the_rest_is_left(tmp_path: Path) -> None:
    score = Score("nli", 1_200, 1_200, 0.25, 0.0, {"f1": Estimate(0.123, -0.05, 0.2)}, "f1", {}, {})
    cards = {"base": {"mednli": score}, "tuned": {"mednli": score, "gad": score}}
    for name, scores in cards.items():
        (tmp_path / f"{name}.json").write_bytes(json.encode(Scorecard("strict", scores, {})))
    text = "before\n<!-- scores: base tuned -->\nold\n<!-- end -->\nbetween\n<!-- unreadable: tuned -->\n<!-- end -->\n"
    assert page(text, tmp_path) == (
        "before\n<!-- scores: base tuned -->\n"
        "| test set | measure | questions | base | tuned |\n| --- | --- | --- | --- | --- |\n"
        "| mednli | f1 | 1,200 | 12.3 (-5.0 to 20.0) | 12.3 (-5.0 to 20.0) |\n"
        "| gad | f1 | 1,200 | – | 12.3 (-5.0 to 20.0) |\n<!-- end -->\nbetween\n<!-- unreadable: tuned -->\n"
        "| test set | measure | questions | tuned |\n| --- | --- | --- | --- |\n"
        "| mednli | f1 | 1,200 | 25 % |\n| gad | f1 | 1,200 | 25 % |\n<!-- end -->\n"
    )
    assert page(page(text, tmp_path), tmp_path) == page(text, tmp_path)
