"""A training's data set: built first where it isn't there, taken where it is the one, refused where it is another."""

from pathlib import Path

import pytest

from mnlu_instruct.dataset import manifest
from mnlu_instruct.errors import UserError
from mnlu_instruct.training.launch import dataset_build
from mnlu_instruct.training.launch.launcher import launch
from mnlu_instruct.training.recipe import ModelRecipe, TrainRecipe
from tests.support import failed, mnlu
from tests.training.conftest import ENVIRONMENT, RECIPE

BUILD = "corpora: [demo]\ntasks: [nli, sts]\nn: {n}\n"
NEW = ModelRecipe(config={"hidden_size": 64})


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build recipe of 40 questions."""
    path = tmp_path / "build.yaml"
    path.write_text(BUILD.format(n=40), "utf-8")
    return path


@pytest.fixture
def recipe(build: Path, tmp_path: Path) -> TrainRecipe:
    return TrainRecipe(model=NEW, data=tmp_path / "set", build=str(build), trainer={})


def test_what_is_not_there_is_built_and_then_taken_as_it_is(recipe: TrainRecipe) -> None:
    with pytest.raises(UserError, match="doesn't exist"):
        dataset_build.check_built(recipe, "mine")
    dataset_build.ensure(recipe)
    built = manifest.verify(recipe.data)
    assert built["rows"] == 40
    times = {path: path.stat().st_mtime_ns for path in recipe.data.iterdir()}
    dataset_build.ensure(recipe)
    dataset_build.check_built(recipe, "mine")
    assert {path: path.stat().st_mtime_ns for path in recipe.data.iterdir()} == times


def test_what_another_recipe_built_is_refused_and_stays(recipe: TrainRecipe, build: Path) -> None:
    dataset_build.ensure(recipe)
    build.write_text(BUILD.format(n=44), "utf-8")
    for check in (dataset_build.ensure, lambda one: dataset_build.check_built(one, "mine")):
        with pytest.raises(UserError, match="its n is 40, not 44") as caught:
            check(recipe)
        assert str(recipe.data) in caught.value.hint
    assert manifest.verify(recipe.data)["rows"] == 40


def test_without_a_build_nothing_is_built(recipe: TrainRecipe) -> None:
    bare = recipe.model_copy(update={"build": None})
    dataset_build.ensure(bare)
    assert not bare.data.exists()
    with pytest.raises(UserError, match="doesn't exist") as caught:
        dataset_build.check_built(bare, "mine")
    assert caught.value.hint == f"run 'mnlu build --out {bare.data}'."


def test_the_hint_is_a_command_that_builds_it(recipe: TrainRecipe) -> None:
    with pytest.raises(UserError) as caught:
        dataset_build.check_built(recipe, "mine")
    assert "mnlu train mine" in caught.value.hint and dataset_build.command(recipe) in caught.value.hint
    done = mnlu(*dataset_build.command(recipe).split()[1:])
    assert done.returncode == 0, done.stderr
    dataset_build.check_built(recipe, "mine")


def test_a_base_models_tokenizer_and_length_limit_the_rows(recipe: TrainRecipe, build: Path) -> None:
    based = recipe.model_copy(update={"model": ModelRecipe(base="some/model"), "trainer": {"max_length": 99}})
    assert (dataset_build.build_for(based).max_tokens, dataset_build.build_for(based).tokenizer) == (99, "some/model")
    assert "--max-tokens 99 --tokenizer some/model" in dataset_build.command(based)
    build.write_text(BUILD.format(n=40) + "max_tokens: 50\ntokenizer: another\n", "utf-8")
    assert (dataset_build.build_for(based).max_tokens, dataset_build.build_for(based).tokenizer) == (50, "another")
    assert dataset_build.build_for(recipe).max_tokens == 50


def test_a_build_recipe_that_there_is_not(recipe: TrainRecipe) -> None:
    with pytest.raises(UserError, match="Unknown build recipe 'dmeo'") as caught:
        dataset_build.ensure(recipe.model_copy(update={"build": "dmeo"}))
    assert "demo" in caught.value.hint


def test_on_several_machines_it_must_be_there(recipe: TrainRecipe, tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE.format(data=recipe.data, out=tmp_path / "out") + f"build: {recipe.build}\n", "utf-8")
    with pytest.raises(UserError, match="doesn't exist"):
        launch([str(path)], ["--num_machines", "2"])
    assert not recipe.data.exists()


def test_mnlu_train_builds_and_trains(recipe: TrainRecipe, tmp_path: Path) -> None:
    path, out = tmp_path / "recipe.yaml", tmp_path / "out"
    text = RECIPE.format(data=recipe.data, out=out).replace("max_steps: 10", "max_steps: 1")
    path.write_text(text + f"build: {recipe.build}\n", "utf-8")
    done = mnlu("train", path, "--", "--num_processes", "1", **ENVIRONMENT)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "doesn't exist; building it first" in done.stderr
    assert (out / "model.safetensors").is_file()
    (recipe.data / manifest.NAME).unlink()
    failed(mnlu("train", path, "--", "--num_processes", "1", **ENVIRONMENT), "holds no built data set")
