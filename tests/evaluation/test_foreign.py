"""Answers of another system as a run: scored, compared and reported like any other."""

import json
from pathlib import Path

from tests.support import failed, mnlu


def answered(export: Path, out: Path) -> Path:
    """Exported questions of a few data sets with their gold answers as predictions."""
    out.mkdir()
    for name in ("demo-re", "demo-nli"):
        lines = map(json.loads, (export / f"{name}.jsonl").read_text("utf-8").splitlines())
        said = "".join(json.dumps({**line, "prediction": line["target"]}) + "\n" for line in lines)
        (out / f"{name}.jsonl").write_text(said, "utf-8")
    return out


def test_answers_become_a_run_that_reports_take(tmp_path: Path) -> None:
    assert mnlu("suite", "export", "demo", "--limit", "20", "--out", tmp_path / "asked").returncode == 0
    answers, run, other = answered(tmp_path / "asked", tmp_path / "answers"), tmp_path / "gpt", tmp_path / "majority"
    done = mnlu("score", answers, "--name", "GPT-4", "--out", run, "--json")
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)["datasets"]) == {"demo-re", "demo-nli"}
    about = json.loads((run / "run.json").read_text("utf-8"))
    assert (about["system"], about["engine"], about["pack"]) == ("GPT-4", "another system", "mnlu")
    assert about["datasets"]["demo-re"]["declared"] == {"negative": "none"}
    options = ("--engine", "baseline", "--model", "majority", "--suite", "demo", "--limit", "20", "--out", other)
    assert mnlu("eval", *options).returncode == 0
    compared = mnlu("compare", other, run)
    assert compared.returncode == 0 and "demo-re" in compared.stdout, compared.stderr
    page = tmp_path / "report.html"
    assert mnlu("report", run, other, "--out", page).returncode == 0
    assert "GPT-4" in page.read_text("utf-8")
    failed(mnlu("score", answers, "--name", "GPT-4", "--out", run), "--overwrite")
    assert mnlu("score", answers, "--name", "GPT-4", "--out", run, "--overwrite").returncode == 0


def test_what_such_a_run_needs(tmp_path: Path) -> None:
    failed(mnlu("score", tmp_path, "--out", tmp_path / "run"), "--out and --name go together")
    failed(mnlu("score", tmp_path, "--name", "x"), "--out and --name go together")
    words = ("--name", "x", "--out", tmp_path / "run", "--mode", "relaxed")
    failed(mnlu("score", tmp_path, *words), "A run has strict scores, not relaxed ones.")
