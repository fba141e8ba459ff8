"""The quickstart: in few steps that all of it works; whole, and slow, that the model learns."""

from pathlib import Path

import pytest
from msgspec import json

from mnlu_instruct import tasks
from mnlu_instruct.catalogue import suites
from mnlu_instruct.cli import quickstart
from mnlu_instruct.evaluation.scorecard import Scorecard
from mnlu_instruct.training.launch import launcher
from tests.support import failed, mnlu

pytestmark = pytest.mark.timeout(1_800)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """What a short run leaves and prints."""
    out = tmp_path_factory.mktemp("quickstart") / "out"
    done = mnlu("quickstart", "--short", "--out", out, data=out)
    assert done.returncode == 0, done.stderr[-4000:]
    return out, done.stdout


def headlines(out: Path, system: str) -> dict[str, float]:
    """A system's headline scores, by data set."""
    card = json.decode((out / "runs" / system / "scores.json").read_bytes(), type=Scorecard)
    return {name: one.metrics[one.headline].value for name, one in card.datasets.items()}


def test_every_stage_leaves_its_result(short: tuple[Path, str]) -> None:
    out, _ = short
    for name in ("demo-base/manifest.json", "demo/manifest.json", "merged/merge.yaml", "report.html"):
        assert (out / name).is_file()
    for model in quickstart.MODELS:
        assert (out / model / "model.safetensors").is_file()
    asked = {dataset.name for dataset in suites.load("demo").datasets}
    for system in quickstart.BASELINES + quickstart.MODELS:
        assert set(headlines(out, system)) == asked


def test_it_shows_questions_the_mixture_scores_and_times(short: tuple[Path, str]) -> None:
    out, shown = short
    for kind in set(tasks.TASKS) - {"qa", "ere", "dialogue", "el"}:
        assert f"#{kind}" in shown
    for words in ("Mixture", "Scores", "mean by task", "Tune it on all of them", str(out / "report.html")):
        assert words in shown


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    failed(mnlu("quickstart", "--out", tmp_path, data=tmp_path), "has no base.yaml")
    assert (tmp_path / "thesis.tex").is_file()


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(quickstart, "find_spec", lambda name: None if name == "mergekit" else name)
    with pytest.raises(quickstart.UserError, match="needs mergekit"):
        quickstart.run(tmp_path / "out", 1, short=True)


@pytest.mark.slow
def test_the_tuned_model_beats_majority_and_random(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert mnlu("quickstart", "--out", out, data=tmp_path).returncode == 0
    found = {system: headlines(out, system) for system in ("majority", "random", "tuned")}
    of = {dataset.name: dataset.task_type for dataset in suites.load("demo").datasets}
    scores = {
        system: {kind: [value for name, value in values.items() if of[name] == kind] for kind in set(of.values())}
        for system, values in found.items()
    }
    means = {system: {kind: sum(x) / len(x) for kind, x in kinds.items()} for system, kinds in scores.items()}
    beaten = [
        kind for kind, mean in means["tuned"].items() if mean > max(means["majority"][kind], means["random"][kind])
    ]
    assert len(beaten) >= 6, means
    assert found["tuned"]["demo-ner"] >= 0.5


def test_a_training_that_was_stopped_stops_the_quickstart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = []
    monkeypatch.setattr(launcher, "launch", lambda recipes, *_: asked.extend(recipes) or 0)  # stopped: it ends with 0
    with pytest.raises(KeyboardInterrupt):
        quickstart.run(tmp_path / "out", 1, short=True)
    assert [Path(one).name for one in asked] == [quickstart.MARK]


def test_a_training_that_failed_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(launcher, "launch", lambda *_: 1)
    with pytest.raises(quickstart.UserError, match=r"The training failed: .*base\.yaml"):
        quickstart.run(tmp_path / "out", 1, short=True)
