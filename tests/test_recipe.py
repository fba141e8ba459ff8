"""Build recipes: what is validated, and that options win over the file."""

from pathlib import Path

import pytest

from mnlu_instruct.errors import UserError
from mnlu_instruct.recipe import BuildRecipe, build_recipe


def test_tasks_are_kept_in_the_fixed_order_and_qa_is_not_among_the_default() -> None:
    assert build_recipe(None, {"tasks": ["sts", "ner"]}).tasks == ("ner", "sts")
    assert BuildRecipe().tasks == ("ner", "ee", "dc", "re", "nli", "sts", "summ")


def test_options_win_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("tasks: [ner, re]\nn: 5\nseed: 1\n", "utf-8")
    recipe = build_recipe(str(path), {"n": 7, "seed": None})
    assert (recipe.tasks, recipe.n, recipe.seed) == (("ner", "re"), 7, 1)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("task: [ner]", "Unknown key"),
        ("n: many", "n: "),
        ("n: 0", "n: "),
        ("short: maybe", "short: "),
        ("domain: legal", "domain: "),
        ("tasks: [nur]", "Unknown task"),
        ("tokenizer: x", "go together"),
        ("[1, 2", "not YAML"),
        ("just words", "holds no keys"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, written: str, words: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(written, "utf-8")
    with pytest.raises(UserError, match=words):
        build_recipe(str(path), {})
