"""LoRA adapters: the base plus scaled B·A in float64; refused where they don't fit."""

from pathlib import Path
from typing import Any

import pytest
import torch
from msgspec import json
from peft import LoraConfig, PeftModel, PromptTuningConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from mnlu_instruct.errors import UserError
from mnlu_instruct.merging import adapters, merge
from mnlu_instruct.merging.recipe import MergeRecipe
from mnlu_instruct.prompting import chat, templates
from tests.merging.conftest import Pair, write_tokenizer
from tests.merging.conftest import model as tiny

RANK, ALPHA = 4, 8
TARGETS = ["q_proj", "down_proj"]


def adapter(folder: Path, base: Path, config: Any = None) -> Path:
    """An adapter with random matrices A and B, and a tokenizer."""
    torch.manual_seed(3)
    config = config or LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=TARGETS)
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(base), config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_A" in name or "lora_B" in name:
                parameter.normal_(std=0.02)
    model.save_pretrained(folder)
    write_tokenizer(folder, templates.ZEPHYR)
    return folder


@pytest.fixture
def lora(pair: Pair, tmp_path: Path) -> Path:
    return adapter(tmp_path / "lora", pair[0])


def recipe(base: Path, tuned: Path, out: Path) -> MergeRecipe:
    return MergeRecipe(method="task-arithmetic", scaling=0.5, base=str(base), tuned=tuned, out=out, dtype="float32")


def refused(pair: Pair, tuned: Path, *words: str) -> None:
    out = tuned.parent / "out"
    with pytest.raises(UserError) as caught:
        merge(recipe(pair[0], tuned, out), overwrite=False)
    assert caught.value.hint
    for word in words:
        assert word in caught.value.message, (word, caught.value.message)
    assert sorted(path.name for path in tuned.parent.iterdir()) == [tuned.name], "something was left"


def test_an_adapter_is_the_base_and_its_product(pair: Pair, lora: Path, tmp_path: Path) -> None:
    merged = merge(recipe(pair[0], lora, tmp_path / "out"), overwrite=False)
    base, found = (load_file(folder / "model.safetensors") for folder in (pair[0], merged.folder))
    matrices = load_file(lora / adapters.WEIGHTS)
    touched = 0
    for name, first in base.items():
        expected = first.double()
        stem = f"base_model.model.{name.removesuffix('.weight')}.lora_"
        if f"{stem}A.weight" in matrices:
            product = matrices[f"{stem}B.weight"].double() @ matrices[f"{stem}A.weight"].double()
            expected, touched = expected + 0.5 * ALPHA / RANK * product, touched + 1
        assert float((found[name] - expected).abs().max()) < 1e-6, name
    assert touched == len(matrices) / 2 == 4
    assert chat.load_tokenizer(str(merged.folder)).chat_template == templates.ZEPHYR
    assert f"| tuned | {adapters.WEIGHTS} |" in (merged.folder / "README.md").read_text("utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lora", "out"]


@pytest.mark.parametrize(
    "settings",
    [
        {"task_type": "CAUSAL_LM", "target_modules": "all-linear"},
        {"target_modules": TARGETS, "use_rslora": True},
        {"target_modules": TARGETS, "use_dora": True},
        {"target_modules": TARGETS, "modules_to_save": ["lm_head"]},
    ],
)
def test_adapters_of_all_sorts_answer_as_the_base_with_them(
    pair: Pair, tmp_path: Path, settings: dict[str, Any]
) -> None:
    lora = adapter(tmp_path / "lora", pair[0], LoraConfig(r=RANK, lora_alpha=ALPHA, **settings))
    whole = recipe(pair[0], lora, tmp_path / "out").model_copy(update={"scaling": 1.0})
    merged = AutoModelForCausalLM.from_pretrained(merge(whole, overwrite=False, answers=False).folder)
    ids = torch.tensor([[1, 5, 9, 3, 7]])
    loose = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(pair[0]), lora)
    with torch.inference_mode():
        expected, found = loose(ids).logits, merged(ids).logits
        plain = AutoModelForCausalLM.from_pretrained(pair[0])(ids).logits
    assert float((found - expected).abs().max()) < 1e-5
    assert float((found - plain).abs().max()) > 1e-3


def test_a_number_that_is_not_finite(pair: Pair, lora: Path) -> None:
    matrices = load_file(lora / adapters.WEIGHTS)
    name = sorted(matrices)[3]
    matrices[name][0, 0] = torch.nan
    save_file(matrices, lora / adapters.WEIGHTS)
    refused(pair, lora, name, "NaN or infinite")


def test_a_matrix_that_is_missing_is_not_taken_for_zero(pair: Pair, lora: Path) -> None:
    matrices = load_file(lora / adapters.WEIGHTS)
    del matrices[sorted(matrices)[0]]
    save_file(matrices, lora / adapters.WEIGHTS)
    refused(pair, lora, "doesn't fit", "lora_A", "only one of the two has")


def test_a_matrix_for_no_layer(pair: Pair, lora: Path) -> None:
    matrices = load_file(lora / adapters.WEIGHTS)
    matrices["base_model.model.model.layers.7.mlp.down_proj.lora_A.weight"] = torch.ones(4, 48)
    save_file(matrices, lora / adapters.WEIGHTS)
    refused(pair, lora, "doesn't fit", "layers.7")


def test_matrices_of_other_shapes(pair: Pair, lora: Path) -> None:
    matrices = {name: torch.ones(5, 5) for name in load_file(lora / adapters.WEIGHTS)}
    save_file(matrices, lora / adapters.WEIGHTS)
    refused(pair, lora, "doesn't fit", "size mismatch")


def edit(folder: Path, **values: object) -> None:
    path = folder / adapters.ADAPTER
    path.write_bytes(json.encode({**json.decode(path.read_bytes()), **values}))


def test_layers_that_the_base_lacks(pair: Pair, lora: Path) -> None:
    edit(lora, target_modules=["attention_of_another_model"])
    refused(pair, lora, "doesn't fit", "attention_of_another_model")


def test_an_adapter_of_another_base(pair: Pair, lora: Path) -> None:
    edit(lora, base_model_name_or_path="somewhere/other")
    refused(pair, lora, "was trained on somewhere/other", str(pair[0]))


def test_an_adapter_of_another_kind(pair: Pair, tmp_path: Path) -> None:
    prompts = PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=2)
    refused(pair, adapter(tmp_path / "prompts", pair[0], prompts), "type PROMPT_TUNING")


def test_a_configuration_that_is_none(pair: Pair, lora: Path) -> None:
    (lora / adapters.ADAPTER).write_text("{}")
    refused(pair, lora, adapters.ADAPTER, "type None")


def test_an_adapter_that_is_too_large_is_named(pair: Pair, lora: Path) -> None:
    matrices = {name: 50 * matrix for name, matrix in load_file(lora / adapters.WEIGHTS).items()}
    save_file(matrices, lora / adapters.WEIGHTS)
    refused(pair, lora, f"{pair[0]} is not the base of {lora}:", "down_proj")


def test_an_adapter_without_a_tokenizer(pair: Pair, lora: Path) -> None:
    for path in lora.glob("tokenizer*"):
        path.unlink()
    refused(pair, lora, "No tokenizer", str(lora))
    assert AutoTokenizer.from_pretrained(pair[0]).chat_template


@pytest.mark.parametrize(
    ("config", "part"),
    [
        (LoraConfig(r=RANK, target_modules=["q_proj", "lm_head"]), "lm_head"),
        (LoraConfig(r=RANK, target_modules=["q_proj"], modules_to_save=["embed_tokens"]), "model.embed_tokens"),
    ],
)
def test_an_adapter_that_changes_an_embedding_which_is_the_output_matrix(
    config: LoraConfig, part: str, tmp_path: Path
) -> None:
    base = tiny(tmp_path / "base", tie_word_embeddings=True)
    lora = adapter(tmp_path / "adapters" / "lora", base, config)
    refused((base, base), lora, f"changes {part} of", "embedding and output matrix are one")
