"""Packed documents and rows held out under the real launcher: the same losses in one process and under ZeRO-3."""

import json
from pathlib import Path

import pytest
from transformers import AutoTokenizer, OPTConfig, OPTForCausalLM

from tests.training.conftest import RECIPE, based, launch, trained

SHORT = RECIPE.replace("max_length: 2048", "max_length: 512").replace("max_steps: 10", "max_steps: 3")
PACKED = "\npacking: documents\nheld_out: 2\n"
TWO = ("--per_device_train_batch_size", "2")
ONE_EACH = ("--deepspeed", "zero3", "--per_device_train_batch_size", "1")


@pytest.fixture(scope="module")
def alone(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, list[float]]:
    """A run of three steps in one process: its recipe, what it said, its losses."""
    folder = tmp_path_factory.mktemp("packed")
    recipe = folder / "recipe.yaml"
    recipe.write_text(SHORT.format(data=data, out=folder / "out") + PACKED, "utf-8")
    done = launch(recipe, *TWO)
    assert done.returncode == 0, done.stderr[-4000:]
    history = json.loads((folder / "out" / "trainer_state.json").read_text("utf-8"))["log_history"]
    assert any("eval_loss" in entry for entry in history)
    return recipe, done.stderr, [entry["loss"] for entry in history if "loss" in entry]


def test_an_example_is_shown_and_what_is_held_out(alone: tuple[Path, str, list[float]]) -> None:
    said = alone[1]
    assert said.count("An example: ") == 1
    assert "</s>|⟧" in said
    assert "Held out: 10 questions, of which each evaluation asks 10" in said
    assert "The training uses the other 150 questions, none of them about the same documents." in " ".join(said.split())


def test_two_processes_have_the_losses_of_one(alone: tuple[Path, str, list[float]], tmp_path: Path) -> None:
    recipe, _, losses = alone
    assert len(losses) == 3
    assert trained(recipe, tmp_path / "out", *ONE_EACH, processes=2) == pytest.approx(losses, abs=2e-5)


def test_all_processes_end_where_documents_see_each_other(
    tiny: tuple[Path, list[float]], data: Path, tmp_path: Path
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny[0])
    tokenizer.save_pretrained(tmp_path / "opt")
    shape = {"hidden_size": 64, "ffn_dim": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = OPTConfig(vocab_size=len(tokenizer), word_embed_proj_dim=64, **shape)
    OPTForCausalLM(config).save_pretrained(tmp_path / "opt")
    recipe = tmp_path / "recipe.yaml"
    text = based(tmp_path / "opt", data, tmp_path / "out").replace("max_length: 2048", "max_length: 512")
    recipe.write_text(text + "\npacking: documents\n", "utf-8")
    done = launch(recipe, "--ddp_backend", "gloo", *TWO, processes=2)
    assert done.returncode != 0
    assert "Packed documents attend to each other in this model" in done.stderr
    assert "hint: set `packing: none`" in done.stderr
    assert "Traceback" not in done.stderr.split("error:")[0]
    assert not (tmp_path / "out" / "model.safetensors").exists()
