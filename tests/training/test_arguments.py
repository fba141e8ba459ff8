"""A recipe's loss and packing in TRL's terms, and the arguments that are the pipeline's."""

from typing import Any

import pytest

from mnlu_instruct.errors import UserError
from mnlu_instruct.training.arguments import OURS, config
from mnlu_instruct.training.recipe import TrainRecipe

CPU = {"use_cpu": True, "bf16": False, "max_length": 64}


def recipe(trainer: dict[str, Any], **over: Any) -> TrainRecipe:
    return TrainRecipe.model_validate({"model": {"base": "x"}, "data": "x", "trainer": CPU | trainer, **over})


@pytest.mark.parametrize(
    ("packing", "strategy"), [("none", (False, "bfd")), ("documents", (True, "bfd")), ("stream", (True, "wrapped"))]
)
@pytest.mark.parametrize(("loss", "completions"), [("completion", True), ("all", False)])
def test_loss_and_packing(packing: str, strategy: tuple[bool, str], loss: str, completions: bool) -> None:
    made = config(recipe({}, packing=packing, loss=loss))
    assert (made.packing, made.packing_strategy) == strategy
    assert made.completion_only_loss is completions
    assert made.eval_packing is False


@pytest.mark.parametrize("name", sorted(OURS))
def test_arguments_that_the_pipeline_decides(name: str) -> None:
    with pytest.raises(UserError, match=f"mnlu-instruct sets the trainer argument '{name}' itself") as caught:
        config(recipe({name: True}))
    assert caught.value.hint


@pytest.mark.parametrize("name", ["packing", "packing_strategy", "padding_free"])
def test_the_hint_names_the_recipes_key(name: str) -> None:
    with pytest.raises(UserError) as caught:
        config(recipe({name: True}))
    assert "`packing`" in caught.value.hint


def test_numbers_are_numbers_of_the_declared_types() -> None:
    made = config(recipe({"learning_rate": "2e-5", "max_steps": 20.0, "gradient_checkpointing": "no"}))
    assert (made.learning_rate, made.max_steps, made.gradient_checkpointing) == (2e-5, 20, False)
    with pytest.raises(UserError, match=r"^trainer\.max_steps should be a valid integer, .*, not 'abc'\."):
        config(recipe({"max_steps": "abc"}))
    with pytest.raises(UserError, match=r"^trainer\.learning_rate should be a valid number, .*, not 'fast'\."):
        config(recipe({"learning_rate": "fast"}))


def test_rows_held_out_are_asked_after_each_epoch_unless_said_otherwise() -> None:
    assert config(recipe({})).eval_strategy == "no"
    assert config(recipe({}, held_out=3)).eval_strategy == "epoch"
    assert config(recipe({"eval_strategy": "steps", "eval_steps": 5}, held_out=3)).eval_strategy == "steps"
    assert config(recipe({"eval_strategy": "no"}, held_out=3)).eval_strategy == "no"


def test_an_evaluation_without_rows() -> None:
    with pytest.raises(UserError, match="nothing to evaluate on"):
        config(recipe({"eval_strategy": "epoch"}))


@pytest.mark.parametrize("length", [None, 0])
def test_a_length_is_needed(length: int | None) -> None:
    with pytest.raises(UserError, match="no max_length"):
        config(recipe({"max_length": length}))
