"""Keys of recipes that the command line sets."""

from typing import Any

import pytest

from mnlu_instruct.ablation.recipe import ablation_recipe
from mnlu_instruct.dataset.recipe import build_recipe
from mnlu_instruct.errors import UserError
from mnlu_instruct.merging.recipe import merge_recipe
from mnlu_instruct.training.recipe import train_recipe
from mnlu_instruct.yaml_files import with_settings
from tests.support import failed, mnlu


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a=1", {"a": 1, "b": {"c": 2}}),
        ("b.c=[x, y]", {"b": {"c": ["x", "y"]}}),
        ("b.d.e=2e-4", {"b": {"c": 2, "d": {"e": "2e-4"}}}),
        ("b.d=1.0e-3", {"b": {"c": 2, "d": 0.001}}),
        ("b=", {"b": None}),
        ("text=a=b", {"b": {"c": 2}, "text": "a=b"}),
    ],
)
def test_a_setting_is_what_the_file_would_say(words: str, expected: dict[str, Any]) -> None:
    written = {"b": {"c": 2}}
    assert with_settings(written, [words]) == expected
    assert written == {"b": {"c": 2}}


@pytest.mark.parametrize(
    ("words", "why"), [("x", "not KEY=VALUE"), ("=3", "not KEY=VALUE"), ("b.c.d=1", "no keys"), ("a=[", "not YAML")]
)
def test_what_is_no_setting(words: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        with_settings({"b": {"c": 2}}, [words])


def test_any_key_of_any_recipe_can_be_set() -> None:
    assert train_recipe("tiny", settings=["trainer.max_steps=20", "held_out=3"]).trainer["max_steps"] == 20
    assert merge_recipe("dare", ["weight=0.3"]).weight == 0.3
    assert build_recipe("demo", {}, ["weights.tasks.re=2"]).weights.tasks == {"re": 2}
    assert build_recipe(None, {}, ["caps.rows.corpora.snli=5"]).caps.rows.corpora == {"snli": 5}
    assert ablation_recipe("ner_domain", settings=["seeds=[7]"]).seeds == (7,)
    with pytest.raises(UserError, match=r"Unknown key in .*: 'ranks'"):
        train_recipe("biomistral-lora", settings=["model.lora.ranks=8"])


def test_the_commands_take_them() -> None:
    failed(mnlu("train", "tiny", "--set", "model.bases=x"), "Unknown key", "'bases'")
    failed(mnlu("merge", "dare", "--set", "densty=1"), "Unknown key", "did you mean density")
    failed(mnlu("ablate", "ner_domain", "--set", "limit=none", "--dry-run"), "limit")
    done = mnlu("build", "--recipe", "demo", "--set", "n=70", "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
