"""Every kind of question has a demo corpus; every build recipe validates."""

import pytest

from mnlu_instruct import assets, tasks
from mnlu_instruct.dataset.recipe import build_recipe
from mnlu_instruct.prompting.preview import samples


def test_the_demo_corpora_have_a_question_of_every_kind() -> None:
    assert samples().keys() == tasks.TASKS.keys()


@pytest.mark.parametrize("path", assets.names("recipes", "build/*.yaml"))
def test_build_recipes_validate(path: str) -> None:
    assert build_recipe(path.removeprefix("build/").removesuffix(".yaml"), {}).tasks
