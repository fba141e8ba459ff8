"""A small study of the demo corpora: two new models, 8 documents and all, two seeds."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from mnlu_instruct.ablation.study.grid import StudyGrid, resolve_study
from mnlu_instruct.ablation.study.recipe import StudyRecipe, study_recipe
from mnlu_instruct.evaluation.evaluate import BASELINE, evaluate
from mnlu_instruct.evaluation.questions import Settings
from tests.ablation.conftest import LAUNCHER, SMALL

SHAPE = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 2, "num_key_value_heads": 1}
DECLARED: dict[str, Any] = {
    "title": "Depth",
    "question": "Are two layers better than one?",
    "source": "Nobody, 2026",
    "build": {"tasks": ["ere"], "short": "accept"},
    "pack": "verb",
    "suite": "demo-ere",
    "limit": 8,
    "seeds": [1, 2],
    "full_seeds": [1],
    "sets": [
        {
            "name": "DEMO",
            "dataset": "demo-ere",
            "build": {"corpora": ["demo-ere"], "splits": ["train"]},
            "shots": [8, "full"],
        }
    ],
    "models": [
        {"name": "one layer", "model": {"config": {**SHAPE, "num_hidden_layers": 1}}, "group": "tiny"},
        {
            "name": "two layers",
            "model": {"config": {**SHAPE, "num_hidden_layers": 2}},
            "group": "tiny",
            "epochs": {8: 2},
            "saw": {"DEMO": "its titles"},
        },
    ],
    "comparisons": [{"name": "depth", "pairs": [["one layer", "two layers"]]}],
}


def declared(folder: Path, **over: Any) -> StudyRecipe:
    """A study's recipe, with a training recipe beside it, as a user would write them."""
    training = folder / "small.yaml"
    training.write_text(SMALL, "utf-8")
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump({**DECLARED, "train": str(training), **over}), "utf-8")
    return study_recipe(str(path))


def resolved(folder: Path, **over: Any) -> StudyGrid:
    return resolve_study(declared(folder, **over), "mine", folder / "out", Path(), LAUNCHER)


@pytest.fixture(scope="session")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a baseline on the study's test set."""
    folder = tmp_path_factory.mktemp("answered")
    grid = next(iter(resolved(folder).grids.values()))
    settings = Settings(pack="verb", limit=8)
    evaluate("dictionary", BASELINE, grid.suite, Path(), folder / "run", settings, lambda *_: None)
    return folder / "run"
