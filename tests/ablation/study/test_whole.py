"""Whole studies: trainings in one process are those of processes of their own; all families on real corpora."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from mnlu_instruct.ablation.study.recipe import study_recipe
from tests.ablation.study.conftest import DECLARED, SMALL
from tests.ablation.test_command import LAUNCHER
from tests.support import REAL, mnlu, needs_real_corpora
from tests.training.conftest import ENVIRONMENT
from tests.training.test_untouched_bases import Make, bart, biogpt, gpt2, gpt_neo, t5

FAMILIES: dict[str, tuple[Make, dict[str, str]]] = {
    "T5": (t5, {}),
    "BART": (bart, {}),
    "GPT-2": (gpt2, {"template": "plain"}),
    "GPT-Neo": (gpt_neo, {"template": "plain", "attention": "eager"}),
    "BioGPT": (biogpt, {"template": "plain"}),
}


def ran(folder: Path, declared: dict[str, Any], **data: Any) -> dict[str, Any]:
    """A study that must succeed, as `mnlu ablate` leaves it."""
    (folder / "mine.yaml").write_text(yaml.safe_dump(declared), "utf-8")
    words = (folder / "mine.yaml", "--out", folder / "out", "--skip-missing", *LAUNCHER)
    done = mnlu("ablate", *words, **data, **ENVIRONMENT)
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, Any] = json.loads((folder / "out" / "mine" / "ablation.json").read_text("utf-8"))
    return found


def test_trainings_in_one_process_are_those_of_processes_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL, "utf-8")
    test_set = {**DECLARED["sets"][0], "shots": [8]}
    over = {
        "train": str(tmp_path / "small.yaml"),
        "models": DECLARED["models"][:1],
        "comparisons": [],
        "sets": [test_set],
        "limit": 3,
    }
    found = ran(tmp_path, {**DECLARED, **over})
    assert [cell["failures"] for cell in found["cells"]] == [{}]
    models = tmp_path / "out" / "models"
    recipes = sorted(models.glob("*.yaml"))
    assert len(recipes) == 2
    for recipe in recipes:
        done = mnlu("train", recipe, "--set", f"trainer.output_dir={tmp_path / recipe.stem}", *LAUNCHER, **ENVIRONMENT)
        assert done.returncode == 0, done.stderr[-3000:]
        alone, among = (
            (folder / "model.safetensors").read_bytes() for folder in (tmp_path / recipe.stem, recipe.with_suffix(""))
        )
        assert alone == among


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@needs_real_corpora
def test_a_study_of_all_families_on_two_corpora(tmp_path: Path) -> None:
    """16 documents, two seeds, tiny models: the whole way to the page. Scores of such models are meaningless."""
    models = []
    for name, (make, keys) in FAMILIES.items():
        base = tmp_path / name
        base.mkdir()
        torch.manual_seed(1)
        make(base)
        models.append({"name": name, "model": {"base": str(base), **keys}, "group": name, "epochs": {16: 2}})
    recipe = study_recipe("re_domain").model_dump(mode="json", exclude={"models", "comparisons", "sets"})
    test_sets = [one.model_copy(update={"shots": (16,)}) for one in study_recipe("re_domain").sets[:2]]
    found = ran(
        tmp_path,
        {
            **recipe,
            "trainer": {"use_cpu": True, "max_length": 1024, "gradient_accumulation_steps": 4},
            "published": None,
            "seeds": [0, 1],
            "limit": 5,
            "sets": [one.model_dump(mode="json") for one in test_sets],
            "models": models,
            "comparisons": [{"name": "families", "pairs": [["T5", "BART"], ["GPT-2", "BioGPT"], ["GPT-2", "GPT-Neo"]]}],
        },
        data=REAL,
    )
    assert len(found["cells"]) == 2 * len(FAMILIES)
    assert all(len(cell["by_seed"]) == 2 and not cell["failures"] for cell in found["cells"])
    assert {one["verdict"] for one in found["differences"]} <= {"higher", "lower", "not told apart"}
    drawn = [cell["drawn"] for cell in found["cells"] if cell["set"] == "DCE"]
    assert all(one == drawn[0] for one in drawn), "sentences fit into every model"
    page = (tmp_path / "out" / "mine" / "ablation.html").read_text("utf-8")
    assert all(name in page for name in FAMILIES)
