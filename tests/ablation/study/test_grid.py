"""The grid of a study: which cells there are, and what they have in common."""

from pathlib import Path

import pytest

from mnlu_instruct.ablation.study.planning import plan_study
from mnlu_instruct.dataset import build, store
from mnlu_instruct.dataset.recipe import BuildRecipe
from mnlu_instruct.errors import UserError
from tests.ablation.conftest import LAUNCHER
from tests.ablation.study.conftest import resolved


def documents(recipe: BuildRecipe, folder: Path) -> set[str]:
    alone = recipe.model_copy(update={"tokenizer": None, "max_tokens": None})
    drafted = build.draft(alone, folder, None, lambda *_: None)
    (survey,) = drafted.surveys
    return {one.id for one in store.instances(survey.kept, drafted.mixture.chosen[survey.unit]["ere"])}


def test_each_model_has_a_cell_for_each_number_of_documents_and_seed(tmp_path: Path) -> None:
    grid = resolved(tmp_path)
    assert list(grid.cells) == [
        (model, "DEMO", shots) for model in ("one layer", "two layers") for shots in ("8", "full")
    ]
    assert [list(cell.runs) for cell in grid.cells.values()] == [[1, 2], [1], [1, 2], [1]]
    assert len({run.folder for cell in grid.cells.values() for run in cell.runs.values()}) == 6
    epochs = [job.trained[1].recipe.trainer.get("num_train_epochs") for job in grid.workload.jobs if job.trained]
    assert epochs == [None, None, None, 2, 2, None]
    (suite,) = grid.workload.suites
    assert all(run.asking.suite == str(suite) for cell in grid.cells.values() for run in cell.runs.values())


def test_all_models_get_the_same_documents(tmp_path: Path) -> None:
    grid = resolved(tmp_path)
    by_seed = {
        (model, seed): documents(built.recipe, tmp_path)
        for (model, _, shots), cell in grid.cells.items()
        if shots == "8"
        for seed, built in cell.builds.items()
    }
    assert by_seed["one layer", 1] == by_seed["two layers", 1]
    assert by_seed["one layer", 2] == by_seed["two layers", 2]
    assert by_seed["one layer", 1] != by_seed["one layer", 2]
    assert {len(found) for found in by_seed.values()} == {8}


def test_a_list_of_documents_is_what_it_holds_not_where_it_lies(tmp_path: Path) -> None:
    names: dict[str, set[str]] = {}
    some = sorted(one.split("/")[2].partition("#")[0] for one in documents(
        next(iter(resolved(tmp_path).cells.values())).builds[1].recipe, tmp_path
    ))  # fmt: skip
    for name, lines in {"a": some, "b": some, "c": some[1:]}.items():
        (tmp_path / name).write_text("\n".join(lines), "utf-8")
        over = {"documents": {"listed": {"demo-ere": str(tmp_path / name)}}, "sets": None}
        test_set = {"name": "DEMO", "dataset": "demo-ere", "shots": [4, "full"]}
        over["sets"] = [{**test_set, "build": {"corpora": ["demo-ere"], "splits": ["train"]}}]
        cells = resolved(tmp_path, **over).cells
        assert all(one.recipe.documents for cell in cells.values() for one in cell.builds.values())
        names[name] = {one.key for cell in cells.values() for one in cell.builds.values()}
    assert names["a"] == names["b"]
    assert not names["a"] & names["c"]


def test_an_unknown_test_set(tmp_path: Path) -> None:
    test_set = {"name": "DEMO", "dataset": "demo-eer", "build": {}, "shots": [8]}
    with pytest.raises(UserError, match="Unknown data set of suite demo-ere: 'demo-eer'"):
        resolved(tmp_path, sets=[test_set], models=[{"name": "a", "model": {}}], comparisons=[])


def test_what_would_be_missed_only_at_the_end_is_missed_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"The mode study doesn't count answers of demo-ere \(ere of demo-ere\)"):
        resolved(tmp_path, modes={"tiny": "study"})
    with pytest.raises(UserError, match="Unknown published table 'table9'"):
        resolved(tmp_path, published="table9")


def test_a_plan_counts_all_cells(tmp_path: Path) -> None:
    planned = plan_study(resolved(tmp_path), LAUNCHER, None, lambda *_: None)
    assert [(cell.system, cell.trainings, sum(one.drawn for one in cell.rows)) for cell in planned.cells][:1] == [
        ("one layer, DEMO 8", 2, 8)
    ]
    assert planned.evaluations == (6, 6)
    assert planned.disk.models


def test_the_best_epoch_is_chosen_only_where_all_documents_are_there(tmp_path: Path) -> None:
    full = {"build": {"validation": 0.25}, "held_out": 5, "trainer": {"eval_strategy": "epoch"}}
    found = {
        shots: (
            built.recipe.validation,
            job.trained[1].recipe.held_out,
            job.trained[1].recipe.trainer.get("eval_strategy"),
        )
        for (_, _, shots), grid in resolved(tmp_path, full=full).grids.items()
        for job in grid.jobs
        if job.trained and (built := job.trained[0])
    }
    assert found == {"8": (None, 0, None), "full": (0.25, 5, "epoch")}
