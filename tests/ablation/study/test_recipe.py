"""Recipes of studies: what the bundled ones say, and what is wrong with others."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from mnlu_instruct.ablation.study import published
from mnlu_instruct.ablation.study.recipe import FULL, is_study, study_recipe
from mnlu_instruct.errors import UserError
from tests.ablation.study.conftest import declared
from tests.ablation.test_recipe import EVERY
from tests.support import REAL

TABLE = REAL.parent / "re-study" / "table1.yaml"


@pytest.mark.parametrize("name", [name for name in EVERY if is_study(name)])
def test_bundled_studies_validate(name: str) -> None:
    recipe = study_recipe(name)
    assert recipe.comparisons or name.endswith("-laptop"), "one model has nothing to be compared with"
    if recipe.published:
        known = {row.name for row in published.load(recipe.published).models}
        assert {model.name for model in recipe.models} == known


@pytest.mark.skipif(not TABLE.is_file(), reason="no table1.yaml in ../shared/re-study")
def test_the_study_of_domain_specificity_is_as_its_paper_and_code_say() -> None:
    table: dict[str, Any] = yaml.safe_load(TABLE.read_text("utf-8"))
    recipe, shown = study_recipe("re_domain"), published.load("re-study")
    names = {"cdr": "CDR", "dce": "DCE", "chemprot": "ChemProt", "ddi": "DDI"}
    for model, row in zip(recipe.models, table["models"], strict=True):
        assert model.name == row["name"]
        assert model.model["base"] == row["hub"]
        assert model.epochs == row["epochs"]
        assert (model.model.get("template") == "plain") == (row["kind"] == "decoder")
        for name, by_shots in row["f1"].items():
            assert {shots: shown.score(model.name, names[name], str(shots)) for shots in by_shots} == by_shots
        few = {shots for shots, value in row["f1"]["cdr"].items() if value is not None}
        assert set(model.shots or (16, 64, FULL)) == few
    assert [[list(pair) for pair in one.pairs] for one in recipe.comparisons] == list(table["comparisons"].values())
    assert {names[name]: one["shots"] for name, one in table["datasets"].items()} == {
        one.name: list(one.shots) for one in recipe.sets
    }
    assert len(shown.cautions) == len(table["cautions"])
    cells = [(model.name, test_set.name, shots) for model, test_set, shots in recipe.places]
    assert sum(shots != FULL for _, _, shots in cells) * len(recipe.seeds) == 260
    assert sum(shots == FULL for _, _, shots in cells) == 76


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"comparisons": [{"name": "x", "pairs": [["one layer", "two layer"]]}]}, "Unknown model in a comparison"),
        (
            {"models": [{"name": "a", "model": {}}, {"name": "a", "model": {}}], "comparisons": []},
            "names model 'a' twice",
        ),
        ({"documents": {"draws": "study"}}, "Unknown key in documents: 'draws'"),
        ({"seeds": []}, "seeds"),
        ({"modes": {"tiny": "studious"}}, "Unknown mode 'studious'"),
        ({"modes": {"large": "study"}}, "Unknown family of models in modes: 'large'"),
        (
            {"models": [{"name": "a", "model": {}, "saw": {"DEMOS": "x"}}], "comparisons": []},
            "test set that a model saw",
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, over: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        declared(tmp_path, **over)


def test_an_ablation_is_no_study() -> None:
    assert is_study("re_domain-tiny"), "by the recipe that it takes over"
    assert not is_study("re_task_diversity-tiny")
