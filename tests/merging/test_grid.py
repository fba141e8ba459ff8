"""A grid of merges: what is scored, what is kept, which one is best; and that no test set chooses."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec import json

from mnlu_instruct.catalogue import suites
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import subprocess_run
from mnlu_instruct.evaluation.evaluate import evaluate
from mnlu_instruct.evaluation.questions import Settings
from mnlu_instruct.evaluation.subprocess_run import Asking
from mnlu_instruct.merging import merge, sweep, sweep_page
from mnlu_instruct.merging.grid import cells, parse
from mnlu_instruct.merging.recipe import MergeRecipe, merge_recipe
from tests.merging.conftest import Pair
from tests.support import failed, mnlu

SUITE = """
name: mine
description: Questions of the train split.
datasets:
  - {name: nli, corpus: demo-nli, task: nli, split: train}
  - {name: dc, corpus: demo-dc, task: dc, split: train}
"""


@pytest.fixture
def asking(tmp_path: Path) -> Asking:
    (tmp_path / "mine.yaml").write_text(SUITE, "utf-8")
    return Asking(str(tmp_path / "mine.yaml"), "transformers", limit=3)


@pytest.fixture
def recipe(pair: Pair, tmp_path: Path) -> MergeRecipe:
    return MergeRecipe(base=str(pair[0]), tuned=pair[1], out=tmp_path / "out", dtype="float32")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    """Which runs are written; the same evaluation, in this process."""
    written: list[Path] = []

    def here(model: Path, asking: Asking, out: Path, *_: Any) -> None:
        suite, settings = suites.load(asking.suite), Settings(limit=asking.limit)
        evaluate(str(model), asking.engine, suite, Path(), out, settings, lambda *_: None)
        written.append(out)

    monkeypatch.setattr(subprocess_run, "evaluate", here)
    yield written


def quietly(_: str) -> None:
    """Say nothing."""


def test_a_grid_is_scored_once_and_goes_on(
    recipe: MergeRecipe, asking: Asking, asked: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    first = sweep(recipe, ["weight=0.3,1", "density=0.5"], asking, said.append)
    assert said == ["tuned", "weight 0.3, density 0.5 (1 of 2 merges)", "weight 1, density 0.5 (2 of 2 merges)"]
    assert len(asked) == len(set(asked)) == 3
    assert not (first.folder / "merged").exists()

    # Another value asks for that value alone; nothing at all is asked a second time.
    wider = sweep(recipe, ["weight=0.3,0.6,1", "density=0.5"], asking, quietly)
    assert len(asked) == 4
    assert [one.card for one in (wider.systems[1], wider.systems[3])] == [one.card for one in first.systems[1:]]
    monkeypatch.setattr(subprocess_run, "evaluate", lambda *_: pytest.fail("asked again"))
    assert sweep(recipe, ["weight=0.3,0.6,1", "density=0.5"], asking, quietly) == wider


def test_scores_are_those_of_the_merged_model(
    recipe: MergeRecipe, asking: Asking, asked: list[Path], tmp_path: Path
) -> None:
    swept = sweep(recipe, ["seed=7"], asking, quietly)
    best = merge_recipe(str(swept.folder / "best.yaml"))
    assert (best.seed, best.weight, best.out) == (7, recipe.weight, recipe.out)
    merge(best, overwrite=False, answers=False)
    suite = suites.load(asking.suite)
    card = evaluate(
        str(recipe.out), "transformers", suite, Path(), tmp_path / "run", Settings(limit=3), lambda *_: None
    )
    assert swept.systems[1].card == card
    read = json.decode((swept.folder / "sweep.json").read_bytes())
    assert [system["name"] for system in read["systems"]] == ["tuned", "seed 7"]


def test_a_sweep_that_was_stopped_goes_on(
    recipe: MergeRecipe, asking: Asking, asked: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluated = subprocess_run.evaluate

    def stopped(model: Path, asking: Asking, out: Path, *rest: Any) -> None:
        if len(asked) == 2:
            raise KeyboardInterrupt
        evaluated(model, asking, out, *rest)

    monkeypatch.setattr(subprocess_run, "evaluate", stopped)
    with pytest.raises(KeyboardInterrupt):
        sweep(recipe, ["weight=0.1,0.2"], asking, quietly)
    monkeypatch.setattr(subprocess_run, "evaluate", evaluated)
    assert len(sweep(recipe, ["weight=0.1,0.2"], asking, quietly).systems) == 3
    assert len(asked) == 3


def test_the_page_shows_every_merge(recipe: MergeRecipe, asking: Asking, asked: list[Path]) -> None:
    swept = sweep(recipe, ["weight=0.2,0.8", "density=0.5,1"], asking, quietly)
    shown = (swept.folder / "sweep.html").read_text("utf-8")
    for system in swept.systems:
        assert f'<th scope="row">{system.name}</th>' in shown
    drawn = sweep_page.plot(swept)
    assert [(series.name, len(series.points)) for series in drawn.series] == [("density 0.5", 2), ("density 1", 2)]
    points = [point for series in drawn.series for point in series.points]
    means = [float(point.words.rpartition(": ")[2]) for point in sorted(points, key=lambda point: point.y)]
    assert means == sorted(means, reverse=True)
    assert sweep_page.BASE >= drawn.tuned >= sweep_page.TOP


def test_no_test_set_chooses(recipe: MergeRecipe) -> None:
    with pytest.raises(UserError, match="bc2gm of suite blurb is a test set"):
        sweep(recipe, ["weight=0.5"], Asking("blurb"), quietly)
    assert all(dataset.split == "dev" for dataset in suites.load("dev").datasets)
    assert not recipe.out.with_name("out-sweep").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["wieght=0.5"], "Unknown parameter of method 'dare': 'wieght'"),
        (["t=0.5"], "Unknown parameter"),
        (["weight"], "'weight' is not a parameter with a list of numbers"),
        (["weight=a,b"], "'weight=a,b' is not a parameter with a list of numbers"),
        (["weight=0.1", "weight=0.2"], "is given twice"),
        (["density=0"], "the grid: density"),
        (["seed=0.5"], "the grid: seed"),
    ],
)
def test_grids_that_are_none(recipe: MergeRecipe, words: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        cells(recipe, parse(words, recipe))


def test_the_command(recipe: MergeRecipe, asking: Asking, tmp_path: Path) -> None:
    path = tmp_path / "merge.yaml"
    path.write_text(yaml.safe_dump(recipe.model_dump(mode="json")), "utf-8")
    options = ["--suite", asking.suite, "--engine", "transformers", "--limit", 1]
    done = mnlu("merge", path, "--sweep", "weight=0.5", "density=0.8", *options)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "best: weight 0.5, density 0.8" in done.stdout
    failed(mnlu("merge", path, "density=0.8"), "is a parameter of a sweep")
