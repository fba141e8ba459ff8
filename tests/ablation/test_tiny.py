"""Figures 2 and 3 on the real corpora, with a model too small to show anything: that the whole way works on a CPU."""

import json
from pathlib import Path

import pytest

from mnlu_instruct.ablation.recipe import ablation_recipe, named
from tests.ablation.test_command import LAUNCHER
from tests.support import REAL, mnlu, needs_real_corpora
from tests.training.conftest import ENVIRONMENT

pytestmark = [needs_real_corpora, pytest.mark.slow, pytest.mark.timeout(1_800)]

MISSING = {"re_task_diversity-tiny": {"i2b2-2010"}, "ner_domain-tiny": {"examples of jnlpba", "examples of ebm-pico"}}


@pytest.mark.parametrize("name", MISSING)
def test_a_figure_of_the_paper(name: str, tmp_path: Path) -> None:
    recipe = ablation_recipe(name)
    done = mnlu("ablate", name, "--out", tmp_path, "--skip-missing", *LAUNCHER, data=REAL, **ENVIRONMENT)
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads((tmp_path / name / "ablation.json").read_text("utf-8"))
    cells = [named(series.name, point.at) for series in recipe.series for point in series.points]
    assert [cell["name"] for cell in found["cells"]] == cells
    assert all(cell["mean"] and not cell["failures"] for cell in found["cells"] + found["baselines"])
    for cell in found["cells"]:
        series = next(one for one in recipe.series if one.name == cell["series"])
        point = next(one for one in series.points if one.at == cell["at"])
        assert sum(rows["drawn"] for rows in cell["rows"]) == recipe.inside(series).inside(point).build["n"]
    assert set(found["lacking"]) == MISSING[name]
    assert not found["same"]
    page = (tmp_path / name / "ablation.html").read_text("utf-8")
    assert page.count('class="whisker" x1') >= len(cells)
