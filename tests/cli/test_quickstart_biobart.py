"""The quickstart of BioBART: in few steps, that all its commands work."""

from pathlib import Path

import pytest
from msgspec import json

from mnlu_instruct.cli import quickstart_biobart
from mnlu_instruct.errors import UserError
from tests.support import failed, mnlu

pytestmark = pytest.mark.timeout(1_800)


def test_every_command_leaves_its_result(tmp_path: Path) -> None:
    out = tmp_path / "a folder"  # a blank in it
    done = mnlu("quickstart", "--system", "biobart", "--short", "--out", out, data=tmp_path)
    assert done.returncode == 0, done.stderr[-4_000:]
    commands = (out / "commands.txt").read_text("utf-8").splitlines()
    assert [one for one in commands if f"$ {one}" not in done.stdout] == []
    assert len(commands) == 13
    for name in ("corpus/manifest.json", "bart/model.safetensors", "linker/model.safetensors", "report.html"):
        assert (out / name).is_file()
    linked = json.decode((out / "linked" / "scores.json").read_bytes())
    assert linked["strict"].keys() == linked["reference"].keys() == {"model", "exact", "tfidf"}
    assert (
        linked["strict"]["exact"]["recall"]["recall@1"]["value"] == 1
    )  # the concepts are those of the test notes, too
    for run, names in {"writer": {"demo-replies", "demo-notes"}, "pointer": {"demo-ner"}}.items():
        assert json.decode((out / "runs" / run / "scores.json").read_bytes())["datasets"].keys() == names
    assert "search" in json.decode((out / "runs" / "writer" / "run.json").read_bytes())


def test_a_command_that_fails_ends_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(quickstart_biobart, "STAGES", {"One": ("corpora show nothing",), "Two": ("corpora",)})
    with pytest.raises(UserError, match="A command ended with status 1: mnlu corpora show nothing"):
        quickstart_biobart.run(tmp_path / "out", 1, short=True)
    assert (tmp_path / "out" / "commands.txt").read_text("utf-8") == "mnlu corpora show nothing\n"


def test_a_real_model_is_for_the_other_system(tmp_path: Path) -> None:
    done = mnlu("quickstart", "--system", "biobart", "--real", "--out", tmp_path / "out", data=tmp_path)
    failed(done, "--real is for the system biomistral-nlu.")
