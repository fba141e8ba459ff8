"""Ablation recipes: what the bundled ones say, and what is wrong with others."""

from pathlib import Path
from typing import Any

import pytest

from mnlu_instruct import assets, corpora
from mnlu_instruct.ablation.recipe import ablation_recipe, named
from mnlu_instruct.ablation.study.recipe import is_study
from mnlu_instruct.errors import UserError
from tests.ablation.conftest import declared

EVERY = [Path(path).stem for path in assets.names("recipes", "ablations/*.yaml")]
BUNDLED = [name for name in EVERY if not is_study(name)]
TABLE_3 = {"bc2gm", "bc5-chemical", "bc5-disease", "ncbi-disease", "jnlpba", "ebm-pico"}


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_ablations_validate(name: str) -> None:
    recipe = ablation_recipe(name)
    assert len(recipe.seeds) >= 3 or name.endswith(("-tiny", "-laptop"))
    for series in recipe.series:
        for point in series.points:
            assert "short" in recipe.inside(series).inside(point).build, "what becomes of short shares is said"


def test_figure_2_is_as_the_paper_says() -> None:
    recipe = ablation_recipe("re_task_diversity")
    assert recipe.build["n"] == 50_000
    assert recipe.trainer["num_train_epochs"] == 3
    assert not recipe.merge
    assert set(recipe.datasets or ()) == {"gad", "ddi", "chemprot", "i2b2-2010"}
    rest = {1: set[str](), 3: {"nli", "ner"}, 5: {"nli", "ner", "ee", "sts"}}
    for series, first in zip(recipe.series, ("re", "dc"), strict=True):
        tasks = {int(point.at): set(point.build["tasks"]) for point in series.points}
        assert tasks == {count: {first, *others} for count, others in rest.items()}
    dc = {name for name, one in corpora.training().items() if "dc" in one.tasks} - set(recipe.build["exclude"])
    assert dc == {"i2b2-2006-smoking", "i2b2-2008-obesity", "n2c2-2018-cohort", "nli4ct", "trialstop", "mtsamples"}


def test_figure_3_is_as_the_paper_says() -> None:
    recipe = ablation_recipe("ner_domain")
    assert recipe.build["ner"] == {"triggers": True}
    assert set(recipe.datasets or ()) == TABLE_3
    assert [baseline.shots for baseline in recipe.baselines] == [2]
    biomed, clinical, both = (set(series.build["corpora"]) for series in recipe.series)
    assert biomed | clinical == both
    assert {corpora.get(name).domain for name in biomed} == {"biomedical"}
    assert {corpora.get(name).domain for name in clinical} == {"clinical"}
    training = corpora.training()
    assert both == {name for name, one in training.items() if {"ner", "ee", "ete"} & set(one.tasks)}
    assert all([point.build["n"] for point in series.points] == [25_000, 50_000] for series in recipe.series)


def test_what_stands_further_inside_wins(tmp_path: Path) -> None:
    series = [
        {"name": "s", "build": {"n": 30}, "trainer": {"max_steps": 2}, "points": [{"at": 0.5, "build": {"n": 20}}]}
    ]
    recipe = declared(tmp_path, series=series, findings=[], trainer={"max_steps": 1, "weight_decay": 0.1})
    varied = recipe.inside(recipe.series[0]).inside(recipe.series[0].points[0])
    assert (varied.build["n"], varied.build["short"]) == (20, "repeat")
    assert varied.trainer == {"max_steps": 2, "weight_decay": 0.1}
    assert named("s", recipe.series[0].points[0].at) == "s 0.5"


def test_a_recipe_over_another(tmp_path: Path) -> None:
    path = tmp_path / "over.yaml"
    path.write_text("over: re_task_diversity\nbuild: {n: 100}\nseeds: [7]\n", "utf-8")
    recipe, under = ablation_recipe(str(path), train="tiny"), ablation_recipe("re_task_diversity")
    assert recipe.build == {**under.build, "n": 100}
    assert (recipe.seeds, recipe.train, recipe.series) == ((7,), "tiny", under.series)
    path.with_name("third.yaml").write_text(f"over: {path}\n", "utf-8")
    path.with_name("flat.yaml").write_text("over: re_task_diversity\nbuild: 3\n", "utf-8")
    with pytest.raises(UserError, match=r"flat\.yaml: build should be a valid dictionary"):
        ablation_recipe(str(path.with_name("flat.yaml")))
    with pytest.raises(UserError, match="names in `over` a recipe that has `over` itself"):
        ablation_recipe(str(path.with_name("third.yaml")))


POINT = {"at": 1, "build": {"tasks": ["re"]}}


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"sereis": []}, "Unknown key .* 'sereis'"),
        ({"build": {"taks": ["re"]}}, "Unknown key in build: 'taks'"),
        ({"build": {"seed": 1}}, "build has seed, which the ablation sets itself"),
        ({"trainer": {"output_dir": "x"}}, "trainer has output_dir, which the ablation sets itself"),
        ({"merge": {"base": "x"}}, "merge has base"),
        ({"seeds": [1, 1]}, "names seed '1' twice"),
        ({"seeds": []}, "seeds"),
        ({"series": []}, "series"),
        ({"series": [{"name": "s", "points": [POINT, POINT]}], "findings": []}, "names system 's 1' twice"),
        ({"findings": [{"words": "w", "above": [["with RE 1", "wihout RE 1"]]}]}, "Unknown system in a finding"),
        ({"engine": "vlm"}, "engine"),
    ],
)
def test_recipes_that_are_wrong(tmp_path: Path, over: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        declared(tmp_path, **over)


def test_a_recipe_that_is_not_there() -> None:
    with pytest.raises(UserError, match="Unknown ablation 're_task_diverstiy'") as error:
        ablation_recipe("re_task_diverstiy")
    assert "re_task_diversity" in error.value.hint
