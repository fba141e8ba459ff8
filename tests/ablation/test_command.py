"""`mnlu ablate`, for real: a new model, a training, a merge of the two, three evaluations, a figure."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ablation.conftest import DECLARED, SMALL
from tests.support import failed, mnlu
from tests.training.conftest import ENVIRONMENT

LAUNCHER = (
    *("--", "--num_processes", "1", "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"),
)
POINTS = [
    {"at": "tuned", "build": {"tasks": ["re"]}},
    {"at": 0.5, "build": {"tasks": ["re"]}, "merge": {"method": "linear"}},
]
OVER: dict[str, Any] = {
    "limit": 2,
    "seeds": [1],
    "series": [{"name": "model", "points": POINTS}],
    "baselines": [{"name": "untuned"}],
    "findings": [{"words": "Tuning helps.", "above": [["model tuned", "untuned"]]}],
}


def ablate(folder: Path, *options: str | Path) -> Any:
    return mnlu("ablate", folder / "mine.yaml", "--out", folder / "out", *options, *LAUNCHER, **ENVIRONMENT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe with its training recipe."""
    folder = tmp_path_factory.mktemp("ablation")
    (folder / "small.yaml").write_text(SMALL, "utf-8")
    (folder / "mine.yaml").write_text(
        yaml.safe_dump({**DECLARED, **OVER, "train": str(folder / "small.yaml")}, sort_keys=False), "utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def planned(folder: Path) -> dict[str, Any]:
    """What a dry run says before anything is there; it writes nothing."""
    before = sorted(folder.rglob("*"))
    done = ablate(folder, "--dry-run", "--json")
    assert done.returncode == 0, done.stderr[-4000:]
    assert sorted(folder.rglob("*")) == before
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def found(folder: Path, planned: dict[str, Any]) -> dict[str, Any]:
    """What the ablation found."""
    done = ablate(folder, "--json")
    assert done.returncode == 0, done.stderr[-4000:]
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def test_a_dry_run(planned: dict[str, Any]) -> None:
    tuned, merged = planned["cells"]
    assert (tuned["system"], merged["system"]) == ("model tuned", "model 0.5")
    assert (tuned["trainings"], merged["trainings"]) == (1, 0), "the two share a training"
    (rows,) = tuned["rows"]
    assert (rows["task"], rows["drawn"]) == ("re", 40)
    assert rows["available"] > 40
    assert tuned["steps"] == 2
    assert planned["evaluations"] == [3, 3]
    assert tuned["tokens"] is None
    assert "doesn't exist yet" in planned["uncounted"]


def test_the_whole_way(folder: Path, found: dict[str, Any]) -> None:
    out = folder / "out"
    assert [(one["name"], bool(one["mean"])) for one in found["cells"] + found["baselines"]] == [
        ("model tuned", True),
        ("model 0.5", True),
        ("untuned", True),
    ]
    assert {room: len([path for path in (out / room).iterdir() if path.is_dir() and path.name[0] != "."]) for room in
            ("bases", "builds", "models", "runs")} == {"bases": 1, "builds": 2, "models": 1, "runs": 3}  # fmt: skip
    assert json.loads((out / "mine" / "ablation.json").read_text("utf-8")) == found
    assert (out / "mine" / "ablation.html").read_text("utf-8").startswith("<!DOCTYPE html>")


def test_it_goes_on_with_what_is_there(folder: Path, found: dict[str, Any]) -> None:
    """A run that is lost is asked again, of the model that is there; all else stays as it is."""
    models = sorted((path, path.stat().st_mtime_ns) for path in (folder / "out" / "models").rglob("*"))
    runs = sorted((folder / "out" / "runs").iterdir())
    shutil.rmtree(next(path for path in runs if path.is_dir() and path.name[0] != "."))
    done = ablate(folder)
    assert done.returncode == 0, done.stderr[-4000:]
    assert "of 2 jobs are done" in done.stderr
    assert "Tuning helps." in done.stdout
    assert json.loads((folder / "out" / "mine" / "ablation.json").read_text("utf-8")) == found
    after = sorted((path, path.stat().st_mtime_ns) for path in (folder / "out" / "models").rglob("*"))
    assert [path for path in models if path[0].is_file()] == [path for path in after if path[0].is_file()]


def test_a_dry_run_knows_what_was_measured(folder: Path, found: dict[str, Any]) -> None:
    done = ablate(folder, "--dry-run", "--json")
    planned = json.loads(done.stdout)
    assert planned["evaluations"] == [0, 3]
    assert planned["speed"] > 0
    assert "logs of 1 trainings" in planned["speed_from"]
    tuned = planned["cells"][0]
    assert (tuned["trainings"], planned["gpu_hours"]) == (0, 0)
    assert tuned["tokens"] > 40 * 30


def test_what_is_wrong(folder: Path, tmp_path: Path) -> None:
    failed(mnlu("ablate", "re_task_diverstiy"), "Unknown ablation")
    failed(mnlu("ablate", folder / "mine.yaml", "--slurm", "a=b"), "--slurm needs --launcher slurm")
    failed(mnlu("ablate", folder / "mine.yaml", "--launcher", "slurm", "--slurm", "a"), "has no value")
    failed(mnlu("ablate", folder / "mine.yaml", "--tokens-per-second", "10"), "needs --dry-run")
    failed(mnlu("ablate", folder / "mine.yaml", "--train", "tinny"), "Unknown training recipe 'tinny'")
    (tmp_path / "data" / "others").mkdir(parents=True)
    done = mnlu("ablate", "ner_domain-tiny", "--out", tmp_path / "out", data=tmp_path / "data")
    failed(done, "Every data set of", "lacks files")
