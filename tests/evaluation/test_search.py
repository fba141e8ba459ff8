"""Suites whose answers are searched for: with which engines, and what a run's folder says of it."""

import json
from pathlib import Path

import pytest

from mnlu_instruct.catalogue import suites
from mnlu_instruct.catalogue.suites import Suite
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation.evaluate import evaluate
from mnlu_instruct.evaluation.questions import Settings
from tests.training.test_untouched_bases import bart

SUITE = """
name: mine
description: Replies.
datasets:
  - name: replies
    corpus: demo-dialogue
    task: dialogue
    search: {beams: 2, max_tokens: 6, min_tokens: 3}
  - {name: notes, corpus: demo-summ, task: summ}
"""


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    (tmp_path / "mine.yaml").write_text(SUITE)
    return suites.load(str(tmp_path / "mine.yaml"))


def test_a_run_says_how_answers_were_searched_for(suite: Suite, tmp_path: Path) -> None:
    bart(tmp_path / "model")
    settings = Settings(pack="biobart", limit=3, too_long="shorten")
    evaluate(str(tmp_path / "model"), "transformers", suite, Path(), tmp_path / "run", settings, lambda *_: None)
    told = json.loads((tmp_path / "run" / "run.json").read_bytes())
    assert told["search"] == {
        "replies": {
            "beams": 2, "max_tokens": 6, "min_tokens": 3, "length_penalty": 1.0, "no_repeat_ngram": 0,
            "early_stopping": True,
        }
    }  # fmt: skip
    lines = map(json.loads, (tmp_path / "run" / "predictions.jsonl").read_text("utf-8").splitlines())
    tokens = {(one["dataset"], one["completion_tokens"]) for one in lines}
    assert all(3 <= count <= 6 for name, count in tokens if name == "replies")
    assert any(count > 6 for name, count in tokens if name == "notes")


def test_other_engines_do_not_search(suite: Suite, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"Suite mine has answers to replies searched for, which --engine vllm doesn't"):
        evaluate("model", "vllm", suite, Path(), tmp_path / "run", Settings(pack="biobart"), lambda *_: None)
    assert not (tmp_path / "run").exists()
    evaluate("majority", "baseline", suite, Path(), tmp_path / "run", Settings(pack="biobart"), lambda *_: None)
    assert "search" not in json.loads((tmp_path / "run" / "run.json").read_bytes())
