"""The grid: what is one thing and what is another, and what isn't there."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from mnlu_instruct.ablation.cells import resolve
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import result_keys
from tests.ablation.conftest import LAUNCHER, declared, resolved
from tests.support import FIXTURES


def names(folder: Path, **over: Any) -> dict[tuple[str, int], str]:
    """The folder of each run."""
    return {place: run.folder.name for place, run in resolved(folder, **over).runs.items()}


def test_each_cell_and_seed_is_a_run_of_its_own(tmp_path: Path) -> None:
    grid = resolved(tmp_path)
    cells = ["with RE 1", "with RE 2", "without RE 1"]
    assert list(grid.runs) == [("random", 1), *((cell, seed) for seed in (1, 2) for cell in cells)]
    assert len({run.folder for run in grid.runs.values()}) == 7
    assert len({job.trained[1].folder for job in grid.jobs if job.trained}) == 6
    bases = {job.base[1].folder for job in grid.jobs if job.base}
    assert len(bases) == 1, "all cells start from one model"
    for job in grid.jobs:
        if job.trained:
            build, training = job.trained
            assert training.recipe.data == build.folder
            assert build.recipe.seed == training.recipe.trainer["seed"] == job.runs[0].seed
            assert build.recipe.tokenizer == training.recipe.model.base == str(next(iter(bases)))
            assert build.recipe.max_tokens == training.recipe.trainer["max_length"]


def test_a_name_depends_on_what_decides_the_thing_and_on_nothing_else(tmp_path: Path) -> None:
    before = names(tmp_path)
    assert names(tmp_path, title="Another", question="?", findings=[], axis="k") == before
    place = ("with RE 1", 1)
    others = [
        {"limit": 9}, {"build": {"corpora": ["demo"], "n": 41, "short": "repeat"}}, {"trainer": {"max_steps": 3}},
        {"pack": "definitions"}, {"merge": {"method": "linear"}}, {"datasets": ["demo-re"]},
    ]  # fmt: skip
    found = [before[place], *(names(tmp_path, **over)[place] for over in others)]
    assert len(set(found)) == len(found)
    grid = resolve(declared(tmp_path), "mine", tmp_path / "out", Path(), ["--num_processes", "2"])
    assert grid.runs[place].folder.name not in found
    assert grid.runs["random", 1].folder.name == before["random", 1], "a baseline isn't launched"


def test_free_trainer_arguments_change_no_name(tmp_path: Path) -> None:
    assert names(tmp_path, trainer={"logging_steps": 7, "save_strategy": "no"}) == names(tmp_path)


def test_packs_asked_and_merges_share_a_training(tmp_path: Path) -> None:
    points = [{"at": pack, "pack": pack} for pack in ("mnlu", "paraphrase")]
    points += [{"at": alpha, "merge": {"method": "linear", "alpha": alpha}} for alpha in (0.5, 1.0)]
    series = [{"name": "s", "build": {"tasks": ["re"]}, "points": points}]
    (job,) = resolved(tmp_path, series=series, seeds=[1], findings=[], baselines=[]).jobs
    assert [run.system for run in job.runs] == ["s mnlu", "s paraphrase", "s 0.5", "s 1"]
    assert len({run.folder for run in job.runs}) == 4
    assert [run.asking.pack for run in job.runs] == ["mnlu", "paraphrase", None, None]
    assert job.trained
    merged = job.runs[2].merge
    assert merged
    assert (merged.base, merged.tuned) == (job.trained[1].recipe.model.base, job.trained[1].folder)


def test_corpora_and_data_sets_that_are_missing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(FIXTURES / "gad", data / "gad")
    series = [
        {"name": "all there", "points": [{"at": 1, "build": {"tasks": ["re"], "corpora": ["demo"]}}]},
        {"name": "in part", "points": [{"at": 1, "build": {"tasks": ["re"], "corpora": ["demo", "biored"]}}]},
        {"name": "nothing", "points": [{"at": 1, "build": {"tasks": ["re"], "corpora": ["biored", "drugprot"]}}]},
    ]
    over = {"series": series, "findings": [], "suite": "blurb", "datasets": ["gad", "ddi"], "seeds": [1]}
    grid = resolve(declared(tmp_path, **over), "mine", tmp_path / "out", data, LAUNCHER)
    assert grid.lacking.keys() == {"ddi", "biored", "drugprot"}
    assert list(grid.failures) == [("nothing 1", 1)]
    assert "All 2 corpora lack files: biored, drugprot" in grid.failures["nothing 1", 1]
    assert grid.runs["all there 1", 1].folder == grid.runs["in part 1", 1].folder, "one and the same"
    with pytest.raises(UserError, match="Every data set of 'Tasks' lacks files"):
        resolve(declared(tmp_path, **over), "mine", tmp_path / "out", tmp_path / "nothing", LAUNCHER)


def test_another_file_of_a_corpus_is_another_thing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(FIXTURES / "gad", data / "gad")
    wanted = [("gad", "test")]
    before = result_keys.splits(wanted, data)
    assert before == result_keys.splits(wanted, data)
    (changed,) = (data / "gad").rglob("test.tsv")
    changed.write_text(changed.read_text("utf-8") + "\n", "utf-8")
    assert result_keys.splits(wanted, data) != before
