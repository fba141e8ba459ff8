"""Small ablations of the demo corpora, and a stand-in for trainings: every run is a copy of the baseline majority's."""

import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from mnlu_instruct.ablation import stages
from mnlu_instruct.ablation.cells import Grid, Job, resolve
from mnlu_instruct.ablation.recipe import AblationRecipe, ablation_recipe
from mnlu_instruct.ablation.running import Work
from mnlu_instruct.evaluation.evaluate import BASELINE, evaluate
from mnlu_instruct.evaluation.questions import Settings

SMALL = """
model:
  config: {hidden_size: 32, intermediate_size: 64, num_hidden_layers: 1, num_attention_heads: 2, num_key_value_heads: 1}
  vocabulary: 400
  dtype: float32
data: unused
trainer:
  max_steps: 2
  per_device_train_batch_size: 4
  max_length: 1024
  logging_steps: 1
  gradient_checkpointing: false
  use_cpu: true
  bf16: false
  disable_tqdm: true
"""
LAUNCHER = ["--num_processes", "1"]
DECLARED: dict[str, Any] = {
    "title": "Tasks",
    "question": "Do more tasks help?",
    "source": "Nobody, 2026",
    "build": {"corpora": ["demo"], "n": 40, "short": "repeat"},
    "suite": "demo",
    "datasets": ["demo-re", "demo-dc"],
    "engine": "transformers",
    "limit": 8,
    "seeds": [1, 2],
    "axis": "number of tasks",
    "series": [
        {
            "name": "with RE",
            "points": [{"at": 1, "build": {"tasks": ["re"]}}, {"at": 2, "build": {"tasks": ["re", "nli"]}}],
        },
        {"name": "without RE", "points": [{"at": 1, "build": {"tasks": ["dc"]}}]},
    ],
    "baselines": [{"name": "random", "model": "random", "engine": "baseline"}],
    "findings": [
        {"words": "With RE above without.", "above": [["with RE 1", "without RE 1"], ["with RE 2", "random"]]}
    ],
}


def declared(folder: Path, **over: Any) -> AblationRecipe:
    """An ablation recipe, with a training recipe beside it, as a user would write them."""
    training = folder / "small.yaml"
    training.write_text(SMALL, "utf-8")
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump({**DECLARED, "train": str(training), **over}), "utf-8")
    return ablation_recipe(str(path))


def resolved(folder: Path, **over: Any) -> Grid:
    return resolve(declared(folder, **over), "mine", folder / "out", Path(), LAUNCHER)


class Pretended(Work):
    """Work that copies an existing run instead of training, and logs which jobs were begun."""

    def __init__(
        self, answered: Path, log: Path, dies: int | None = None, fails: str = "", waits: bool = False
    ) -> None:
        super().__init__(Path(), LAUNCHER, {})
        self.answered = answered
        self.log, self.dies, self.fails, self.waits = log, dies, fails, waits

    def __call__(self, job: Job) -> dict[str, str]:
        begun = self.log.read_text("utf-8").splitlines() if self.log.exists() else []
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"{job.name}\n")
        if len(begun) == self.dies:
            raise KeyboardInterrupt
        if self.waits and job.name not in begun:
            time.sleep(120)
        failures = {}
        for run in job.runs:
            if run.system == self.fails:
                failures[run.system] = "The training failed."
            elif not stages.done(run):
                shutil.copytree(self.answered, run.folder)
        return failures

    def together(self, jobs: Sequence[Job]) -> None:
        """Do nothing: they are done one by one."""

    def begun(self) -> list[str]:
        return self.log.read_text("utf-8").splitlines()


@pytest.fixture(scope="session")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the baseline majority on the ablations' data sets."""
    folder = tmp_path_factory.mktemp("answered")
    grid = resolved(folder)
    evaluate("majority", BASELINE, grid.suite, Path(), folder / "run", Settings(limit=8), lambda *_: None)
    return folder / "run"


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let submitit's processes import these tests, from which they unpickle work."""
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    )
