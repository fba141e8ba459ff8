"""`mnlu train --dry-run`: sizes and steps as they will be, and bad input."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from mnlu_instruct import console
from mnlu_instruct.cli.tables import training as tables
from mnlu_instruct.dataset import manifest
from mnlu_instruct.errors import UserError
from mnlu_instruct.training.estimate.plan import plan
from tests.support import failed, mnlu
from tests.training.conftest import ENVIRONMENT, RECIPE, trained


@pytest.fixture
def write(data: Path, tmp_path: Path) -> Any:
    """Writes a recipe like that of the other tests, with other values."""

    def written(trainer: dict[str, Any] | None = None, **values: Any) -> str:
        given = yaml.safe_load(RECIPE.format(data=data, out=tmp_path / "out"))
        given = {**given, **values, "trainer": {**given["trainer"], **(trainer or {})}}
        path = tmp_path / "recipe.yaml"
        path.write_text(yaml.safe_dump(given), "utf-8")
        return str(path)

    return written


def test_steps_are_those_of_the_training(write: Any, tmp_path: Path) -> None:
    trainer = {"max_steps": -1, "num_train_epochs": 0.4, "gradient_accumulation_steps": 3}
    source = write(trainer)
    found = plan(source, ["--num_processes", "1"])
    assert (found.data.rows, found.data.batch, found.data.unit) == (160, 24, "rows")
    assert found.data.steps == len(trained(Path(source), tmp_path / "out"))
    assert found.cpu and found.fits == () and not found.launch.assumed


def test_json_is_one_document_and_nothing_is_written_or_started(write: Any, tmp_path: Path) -> None:
    source = write()
    before = sorted(tmp_path.rglob("*"))
    done = mnlu("train", source, "--dry-run", "--json", "--", "--num_processes", "3", **ENVIRONMENT)
    found = json.loads(done.stdout)
    assert found["launch"] == {"processes": 3, "machines": 1, "assumed": False, "fsdp": False, "deepspeed": None}
    assert found["data"]["batch"] == 24 and found["strategy"] == "DDP"
    assert found["counts"]["trained"] == found["counts"]["all"]
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("width", [80, 120])
def test_what_is_printed(write: Any, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setattr(console.output, "width", width)
    found = plan(write({"use_cpu": False}, model={"base": "google/flan-t5-large", "dtype": "float32"}), [])
    with console.output.capture() as captured:
        tables.plan(found)
    lines = captured.get().splitlines()
    assert "  base: google/flan-t5-large" in lines
    assert any(line.startswith("  data  160 rows") for line in lines)
    assert any("DDP, 4 GPUs, as in the paper" in line for line in lines)
    assert any(line.split()[:1] == ["peak"] for line in lines)
    assert [line.split()[0] for line in lines if line.split()[1:2] in (["yes"], ["no"])] == [
        "24",
        "40",
        "48",
        "80",
        "141",
    ]


def test_tokens_and_packs(write: Any, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = {**manifest.read(data), "lengths": {"rows": 160, "total": 16_000}}
    monkeypatch.setattr(manifest, "read", lambda folder: counted)
    trainer = {"max_steps": -1, "num_train_epochs": 2, "max_length": 500, "per_device_train_batch_size": 4}
    source = write(trainer, packing="documents")
    found = plan(source, ["--num_processes", "2"]).data
    assert (found.tokens, found.unit, found.batch) == (16_000, "packs", 8)
    assert found.steps == 2 * 4  # 32 packs of 500 tokens
    assert found.seen == 2 * 16_000
    held = plan(write(trainer, held_out=2), ["--num_processes", "1"]).data
    assert held.rows == 160 - 2 * 5


def test_the_launchers_configuration_says_how_many_and_how(write: Any) -> None:
    source = write({"use_cpu": False, "deepspeed": "zero3"})
    assert plan(source, ["--num_processes", "2"]).strategy == "ZeRO-3"
    configured = plan(source, ["--config_file", "zero3-offload", "--num_processes", "2"])
    assert configured.strategy == "ZeRO-3 with offload" and configured.host > 0
    assert configured.recipe["trainer"]["deepspeed"].endswith("zero3-offload.json")
    fsdp = plan(source, ["--config_file", "fsdp"])
    assert (fsdp.strategy, fsdp.launch.processes) == ("FSDP", 4)
    assert fsdp.recipe["trainer"]["deepspeed"] is None
    two = plan(source, ["--config_file", "multi-node"])
    assert (two.launch.machines, two.launch.processes, two.data.batch) == (2, 8, 64)


def test_where_nobody_says_how_many_that_is_said(write: Any) -> None:
    found = plan(write({"use_cpu": False}), [])
    assert found.launch.assumed and found.launch.processes == 4


@pytest.mark.parametrize(
    ("trainer", "values", "words"),
    [
        ({"learning_rat": 1}, {}, "Unknown trainer argument 'learning_rat'"),
        ({"deepspeed": "zero4.json"}, {}, "There is no DeepSpeed configuration zero4.json"),
        ({}, {"data": "nowhere", "build": "dmeo"}, "Unknown build recipe 'dmeo'"),
        ({}, {"model": {"base": "nobody/nothing"}}, "Can't get the configuration of 'nobody/nothing'"),
    ],
)
def test_what_is_wrong_is_said_before_a_training_would(
    write: Any, trainer: dict[str, Any], values: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(UserError, match=words) as caught:
        plan(write(trainer, **values), ["--num_processes", "1"])
    assert caught.value.hint


def test_a_deepspeed_file_that_is_none(write: Any, tmp_path: Path) -> None:
    path = tmp_path / "wrong.json"
    path.write_text('{"zero_optimization": {"stage": 7}}', "utf-8")
    with pytest.raises(UserError, match="isn't a DeepSpeed configuration"):
        plan(write({"deepspeed": str(path)}), ["--num_processes", "2"])


def test_what_accelerate_refuses(write: Any) -> None:
    with pytest.raises(UserError, match="accelerate refuses its arguments"):
        plan(write(), ["--multi_gpu", "--num_processes", "1"])


def test_json_is_for_a_dry_run(write: Any) -> None:
    failed(mnlu("train", write(), "--json"), "--json needs --dry-run")
