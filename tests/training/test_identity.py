"""What makes a training the one it is."""

from pathlib import Path

from mnlu_instruct.training.identity import differences, identity
from mnlu_instruct.training.recipe import TrainRecipe


def test_what_changes_no_weight_may_change(data: Path) -> None:
    recipe = TrainRecipe.model_validate(
        {"model": {"config": {"hidden_size": 64}}, "data": str(data), "trainer": {"learning_rate": 1e-3}}
    )

    def of(**trainer: object) -> dict[str, object]:
        return identity(recipe.model_copy(update={"trainer": {"learning_rate": 1e-3, **trainer}}), 1)

    assert not differences(
        of(), of(output_dir="x", save_steps=3, logging_steps=1, eval_strategy="no", report_to="none")
    )
    assert differences(of(), of(learning_rate=2e-3)) == ["trainer.learning_rate was 0.001, is 0.002"]
    assert differences(of(), of(max_steps=3)) == ["trainer.max_steps was not given, is 3"]
    assert differences(of(), identity(recipe, 2)) == ["processes was 1, is 2"]
    assert differences(of(), identity(recipe.model_copy(update={"packing": "documents"}), 1))
