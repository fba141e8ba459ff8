"""Adapters: what is trained, what is saved, that it goes straight into a merge; QLoRA's settings, and what it needs.

QLoRA itself needs a GPU and bitsandbytes, and has not run here.
"""

import json
import shutil
from importlib.metadata import version
from pathlib import Path

import pytest
import torch
from peft import LoraConfig
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from mnlu_instruct.errors import UserError
from mnlu_instruct.merging import merge
from mnlu_instruct.merging.recipe import MergeRecipe
from mnlu_instruct.prompting import chat, templates
from mnlu_instruct.training import lora
from mnlu_instruct.training.recipe import Lora, ModelRecipe
from tests.support import failed, mnlu
from tests.training.conftest import ENVIRONMENT, based, trained

SAVING = ("--save_strategy", "steps", "--save_steps", "5")
LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@pytest.fixture(scope="module")
def adapter(tiny: tuple[Path, list[float]], data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter with dropout, saved on its way."""
    folder = tmp_path_factory.mktemp("adapter")
    (folder / "recipe.yaml").write_text(based(tiny[0], data, folder / "out", "lora: {rank: 4}"), "utf-8")
    assert len(trained(folder / "recipe.yaml", folder / "out", *SAVING)) == 10
    return folder / "out"


def test_the_folder_holds_an_adapter_of_every_linear_layer_and_of_no_other(adapter: Path) -> None:
    weights = load_file(adapter / "adapter_model.safetensors")
    assert len(weights) == 2 * 2 * len(LINEAR)  # two factors, two layers
    assert {name.split(".")[-3] for name in weights} == set(LINEAR)
    assert all(torch.any(values != 0) for name, values in weights.items() if "lora_B" in name)
    assert not (adapter / "model.safetensors").exists()
    said = json.loads((adapter / "adapter_config.json").read_text("utf-8"))
    assert (said["r"], said["lora_alpha"], said["lora_dropout"]) == (4, 32, 0.05)


def test_tokenizer_template_and_generation_config_go_with_it(adapter: Path, tiny: tuple[Path, list[float]]) -> None:
    tokenizer = chat.load_tokenizer(str(adapter))
    assert tokenizer.chat_template == templates.ZEPHYR
    assert tokenizer.get_vocab() == chat.load_tokenizer(str(tiny[0])).get_vocab()
    generation = json.loads((adapter / "generation_config.json").read_text("utf-8"))
    assert generation["eos_token_id"] == tokenizer.eos_token_id
    assert "an adapter of rank 4" in (adapter / "README.md").read_text("utf-8")


def test_it_is_merged_into_its_base_and_answers(adapter: Path, tiny: tuple[Path, list[float]], tmp_path: Path) -> None:
    recipe = MergeRecipe(
        method="linear", alpha=1, base=str(tiny[0]), tuned=adapter, out=tmp_path / "merged", dtype="float32"
    )
    merged = merge(recipe, False)
    assert len(merged.answers) == 5 and all(answer.text for answer in merged.answers)
    before, after = (load_file(folder / "model.safetensors") for folder in (tiny[0], _one(tmp_path / "merged")))
    changed = {name for name in before if not torch.allclose(before[name], after[name], atol=1e-6)}
    assert {name.split(".")[-2] for name in changed} == set(LINEAR)
    factors = load_file(adapter / "adapter_model.safetensors")
    layer = "model.layers.0.mlp.up_proj"
    low, high = (factors[f"base_model.model.{layer}.lora_{one}.weight"] for one in "AB")
    expected = before[f"{layer}.weight"] + 32 / 4 * high @ low
    torch.testing.assert_close(after[f"{layer}.weight"], expected, atol=1e-6, rtol=1e-5)
    AutoModelForCausalLM.from_pretrained(tmp_path / "merged")


def _one(folder: Path) -> Path:
    """A folder whose weights are one file, whatever it is called."""
    (shard,) = folder.glob("*.safetensors")
    if shard.name != "model.safetensors":
        shutil.copy(shard, folder / "model.safetensors")
    return folder


def test_a_stopped_training_goes_on_to_the_bit(adapter: Path, tmp_path: Path) -> None:
    parts = Path(shutil.copytree(adapter, tmp_path / "out"))
    shutil.rmtree(parts / "checkpoint-10")
    for name in ("complete.json", "adapter_model.safetensors", "trainer_state.json"):
        (parts / name).unlink()
    recipe = tmp_path / "recipe.yaml"
    shutil.copy(adapter.parent / "recipe.yaml", recipe)
    trained(recipe, parts, *SAVING)
    first, second = (load_file(folder / "adapter_model.safetensors") for folder in (adapter, parts))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_an_adapter_is_no_model_to_evaluate(adapter: Path, tmp_path: Path) -> None:
    options = ("--suite", "demo", "--limit", "1", "--out", tmp_path / "run")
    failed(mnlu("eval", "--model", adapter, *options, **ENVIRONMENT), "is a LoRA adapter", "mnlu merge")


def test_the_configuration_is_the_recipes() -> None:
    made = lora.adapter(Lora(rank=8, alpha=16, dropout=0.1, targets=("q_proj", "v_proj")))
    expected = LoraConfig(
        r=8, lora_alpha=16, lora_dropout=0.1, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"
    )
    assert made.to_dict() == expected.to_dict()
    assert lora.adapter(Lora()).target_modules == "all-linear"
    assert made.bias == "none" and made.modules_to_save is None


@pytest.mark.parametrize("target", ["q_porj", "lm_head", "embed_tokens"])
def test_a_target_that_is_no_linear_layer_is_named(tiny: tuple[Path, list[float]], target: str) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny[0])
    with pytest.raises(UserError, match=f"Unknown linear layer in lora's targets: '{target}'") as raised:
        lora.arguments(Lora(targets=("v_proj", target)), model)
    assert "q_proj" in raised.value.hint
    assert lora.arguments(Lora(targets=("v_proj",)), model)["peft_config"].target_modules == {"v_proj"}
    assert lora.arguments(None, model) == {}


def test_an_adapter_needs_a_base() -> None:
    with pytest.raises(UserError, match="An adapter needs a base"):
        ModelRecipe(config={"hidden_size": 64}, lora=Lora())


def test_qlora_is_nf4_quantised_twice_computed_and_stored_in_the_recipes_dtype() -> None:
    made = lora.quantisation(ModelRecipe(base="some/model", lora=Lora(quantised=True)))
    assert made is not None
    assert (made.load_in_4bit, made.bnb_4bit_quant_type, made.bnb_4bit_use_double_quant) == (True, "nf4", True)
    assert made.bnb_4bit_compute_dtype == made.bnb_4bit_quant_storage == torch.bfloat16
    assert lora.quantisation(ModelRecipe(base="some/model", lora=Lora())) is None
    assert lora.quantisation(ModelRecipe(base="some/model")) is None


def test_qlora_says_what_it_lacks_before_anything_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ModelRecipe(base="no/such-model", lora=Lora(quantised=True))
    monkeypatch.setattr(lora, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="needs bitsandbytes"):
        lora.check(asked)
    monkeypatch.setattr(lora, "find_spec", lambda name: object())
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match="needs a GPU"):
        lora.check(asked)
    lora.check(ModelRecipe(base="no/such-model", lora=Lora()))


def test_versions_are_told(adapter: Path) -> None:
    assert json.loads((adapter / "versions.json").read_text("utf-8"))["peft"] == version("peft")
