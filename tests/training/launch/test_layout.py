"""What accelerate's launcher was told: named configurations, several machines, and DeepSpeed's settings from it."""

import json
from pathlib import Path

import pytest
import yaml

from mnlu_instruct.errors import UserError
from mnlu_instruct.training.launch import layout
from tests.support import ROOT, mnlu
from tests.training.conftest import ENVIRONMENT

ACCELERATE, DEEPSPEED = ROOT / "recipes" / "accelerate", ROOT / "recipes" / "deepspeed"
USED = {"ACCELERATE_USE_DEEPSPEED": "true"}


@pytest.mark.parametrize("words", [["--config_file", "zero2"], ["--config_file=zero2"]])
def test_a_configuration_is_named(words: list[str]) -> None:
    found = layout.arguments(["--num_processes", "2", *words])
    assert found == ["--num_processes", "2", "--config_file", str(ACCELERATE / "zero2.yaml")]


def test_a_users_own_configuration_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("distributed_type: MULTI_GPU\n", "utf-8")
    assert layout.arguments(["--config_file", str(path)]) == ["--config_file", str(path)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("distributed_type: MULTI_CPU\nnum_processes: 4\n", "single process"),
        ("a: [\n", "is not YAML"),
        ("- 1\n", "not an accelerate configuration"),
    ],
)
def test_a_configuration_that_would_not_do(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(UserError, match=words):
        layout.arguments(["--config_file", str(path)])


def test_a_name_that_there_is_not() -> None:
    with pytest.raises(UserError, match="Unknown accelerate configuration 'zero4'") as caught:
        layout.arguments(["--config_file", "zero4"])
    assert "did you mean zero" in caught.value.hint


@pytest.mark.parametrize(
    ("words", "several"),
    [
        ([], False),
        (["--num_machines", "2"], True),
        (["--num_machines=1"], False),
        (["--config_file", "zero3"], False),
        (["--config_file", "multi-node"], True),
        (["--config_file", "multi-node", "--num_machines", "1"], False),
    ],
)
def test_several_machines(words: list[str], several: bool) -> None:
    assert layout.several_machines(layout.arguments(words)) is several


def test_the_launchers_deepspeed_wins_over_the_recipes() -> None:
    assert layout.launched({}) == {}
    assert layout.launched({"ACCELERATE_USE_FSDP": "true"}) == {"deepspeed": None}
    named = "recipes/deepspeed/zero1.json"  # from wherever the training is started
    found = layout.launched({**USED, "ACCELERATE_DEEPSPEED_CONFIG_FILE": named})
    assert Path(found["deepspeed"]).resolve() == DEEPSPEED / "zero1.json"


@pytest.mark.parametrize(("named", "words"), [(None, "names no file"), ("none", "names no file"), ("x.json", "no De")])
def test_deepspeed_settings_that_are_not_in_a_file(named: str | None, words: str) -> None:
    given = {"ACCELERATE_DEEPSPEED_CONFIG_FILE": named} if named else {}
    with pytest.raises(UserError, match=words):
        layout.launched(USED | given)


def test_a_recipe_trains_in_the_launchers_layout(recipe: Path, tmp_path: Path) -> None:
    recipe.write_text(recipe.read_text("utf-8").replace("max_steps: 10", "max_steps: 2"), "utf-8")
    launcher = ("--config_file", "zero2", "--num_processes", "2", "--main_process_port", "0")
    done = mnlu("train", recipe, "--", *launcher, **ENVIRONMENT)
    assert done.returncode == 0, done.stderr[-2000:]
    written = yaml.safe_load((tmp_path / "out" / "recipe.yaml").read_text("utf-8"))
    assert written["trainer"]["deepspeed"] == str(DEEPSPEED / "zero2.json")
    state = json.loads((tmp_path / "out" / "trainer_state.json").read_text("utf-8"))
    assert state["global_step"] == 2
