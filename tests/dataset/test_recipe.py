"""Build recipes: what is validated, and that options win over the file."""

from pathlib import Path

import pytest

from mnlu_instruct.dataset.recipe import BuildRecipe, build_recipe
from mnlu_instruct.errors import UserError
from tests.support import ROOT


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
        ("n: many", "n should be "),
        ("n: 0", "n should be "),
        ("short: maybe", "short should be "),
        ("domain: legal", "domain should be "),
        ("tasks: [nur]", "Unknown task"),
        ("max_tokens: 9", "max_tokens needs a tokenizer"),
        ("version: 2\nkeys: unknown to this program", "has version 2; this program knows version 1"),
        ("version: 0", "version should be "),
        ("n: 9\nweights: {task: {ner: 2}}", "Unknown key"),
        ("n: 9\nweights: {tasks: {nerr: 2}}", "Unknown task in weights: 'nerr'"),
        ("n: 9\nweights: {tasks: {ner: -2}}", "weights.tasks.ner should be greater than 0"),
        ("n: 9\nweights: {corpora: {snli: 0}}", "weights.corpora.snli should be greater than 0"),
        ("n: 9\nweights: {corpora: {snli: .nan}}", "weights.corpora.snli should be a finite number"),
        ("n: 9\nweights: {domains: {medical: 2}}", "Unknown domain 'medical'"),
        ("n: 9\nweights: {tasks: {ete: 2}}", "weights names task 'ete', but the build asks for 'ee'"),
        ("weights: {tasks: {ner: 2}}", "divide n, but n is not given"),
        ("temperature: 2", "divide n, but n is not given"),
        ("n: 9\ntemperature: 0", "temperature should be greater than 0"),
        ("n: 9\ntemperature: .inf", "temperature should be a finite number"),
        ("rates: {nli: {snli: 0}}", "rates.nli.snli should be greater than 0"),
        ("thin: {snli: -0.1}", "thin.snli should be greater than or equal to 0"),
        ("rates: {nli: {snli: 1.5}}", "rates.nli.snli should be less than or equal to 1"),
        ("rates: {nil: {snli: 0.5}}", "Unknown task in rates: 'nil'"),
        ("caps: {rows: {tasks: {ner: 0}}}", "caps.rows.tasks.ner should be greater than or equal to 1"),
        ("caps: {row: {tasks: {ner: 1}}}", "Unknown key"),
        ("caps: {rows: {domains: {medical: 1}}}", "Unknown domain 'medical'"),
        ("caps: {tokens: {tasks: {ner: 9}}}", "Caps in tokens need a tokenizer"),
        ("ner: {flat: true}", "Unknown key"),
        ("budget: {ner: head}", "budget.ner should be "),
        ("budget: {re: window}", "Unknown key"),
        ("[1, 2", "not YAML"),
        ("just words", "has no keys"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, written: str, words: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(written, "utf-8")
    with pytest.raises(UserError, match=words):
        build_recipe(str(path), {})


def test_the_order_in_which_keys_are_written_changes_nothing() -> None:
    one = build_recipe(None, {"n": 9, "weights": {"corpora": {"snli": 2, "biored": 3}}, "rates": {"re": {}, "nli": {}}})
    other = build_recipe(
        None, {"rates": {"nli": {}, "re": {}}, "weights": {"corpora": {"biored": 3, "snli": 2}}, "n": 9}
    )
    assert str(one.model_dump()) == str(other.model_dump())


def test_the_whole_mixture_has_the_released_rates() -> None:
    recipe = build_recipe("mnlu-instruct", {})
    assert recipe.rates == {"nli": {"multinli": 0.03, "snli": 0.03}, "re": {"i2b2-2011-coreference": 0.24}}
    assert (recipe.tasks, recipe.n, recipe.corpora) == (BuildRecipe().tasks, None, None)


def test_the_recipe_of_the_documentation_validates(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "mixtures.md").read_text("utf-8")
    written = page.partition("```yaml mine.yaml\n")[2].partition("```")[0]
    (tmp_path / "mine.yaml").write_text(written, "utf-8")
    assert build_recipe(str(tmp_path / "mine.yaml"), {}).weights.corpora == {"drugprot": 3}
