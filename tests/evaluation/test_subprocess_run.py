"""Evaluations in a process of their own: several in turns are those of one each, and one that fails stops no other."""

import json
from pathlib import Path

import pytest

from mnlu_instruct.evaluation.evaluate import PREDICTIONS, RUN
from mnlu_instruct.evaluation.subprocess_run import Asking, evaluate, evaluate_in_turns

ASKING = Asking("demo", engine="baseline", limit=2)


def test_in_turns_each_is_as_alone_and_one_that_fails_says_so(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    models = (Path("majority"), Path("mayority"), Path("random"))
    evaluate_in_turns([(model, ASKING, tmp_path / model) for model in models])
    said = capfd.readouterr()
    assert not said.out
    assert said.err.count("error:") == 1
    assert "Unknown baseline 'mayority'" in said.err
    assert not (tmp_path / "mayority").exists()
    for model in ("majority", "random"):
        evaluate(Path(model), ASKING, tmp_path / "alone" / model)
        alone, among = ((folder / model / PREDICTIONS).read_bytes() for folder in (tmp_path / "alone", tmp_path))
        assert alone == among
        told = json.loads((tmp_path / model / RUN).read_text("utf-8"))
        assert told["made"]["command"].startswith(f"run.py eval --model {model} ")
