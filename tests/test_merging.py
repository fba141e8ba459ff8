"""The merge by mergekit against the paper's formula, and what goes with the weights."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models
from transformers import GenerationConfig, MistralConfig, MistralForCausalLM, PreTrainedTokenizerFast

from mnlu_instruct import chat
from mnlu_instruct.errors import UserError
from mnlu_instruct.merging import merge
from mnlu_instruct.recipe import MergeRecipe, merge_recipe
from tests.support import ROOT

VOCABULARY = {token: index for index, token in enumerate(["<unk>", "<s>", "</s>", *"abcdefghijklm"])}


def model(folder: Path, seed: int, template: str, hidden: int = 32) -> Path:
    """A tiny model with a tokenizer, a chat template and a generation config."""
    torch.manual_seed(seed)
    config = MistralConfig(
        vocab_size=len(VOCABULARY), hidden_size=hidden, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2,
    )  # fmt: skip
    network = MistralForCausalLM(config)
    network.generation_config = GenerationConfig(bos_token_id=1, eos_token_id=2, max_length=seed + 10)
    network.save_pretrained(folder)
    raw = Tokenizer(models.WordLevel(VOCABULARY, "<unk>"))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, unk_token="<unk>", bos_token="<s>", eos_token="</s>")
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("models")
    return model(folder / "base", 1, "{{ messages }}"), model(folder / "tuned", 2, chat.TEMPLATE)


def recipe(pair: tuple[Path, Path], out: Path, **values: object) -> MergeRecipe:
    return MergeRecipe(base=str(pair[0]), tuned=pair[1], out=out, **{"dtype": "float32", **values})  # type: ignore[arg-type]


def test_every_parameter_follows_the_papers_formula(pair: tuple[Path, Path], tmp_path: Path) -> None:
    merge(recipe(pair, tmp_path / "out"), overwrite=False)
    base, tuned, merged = (load_file(folder / "model.safetensors") for folder in (*pair, tmp_path / "out"))
    assert merged.keys() == base.keys()
    dropped = total = 0
    for name in base:
        first, second, result = (tensors[name].double() for tensors in (base, tuned, merged))
        kept = first + 0.5 * (second - first) / 0.8
        is_kept, is_dropped = (result - kept).abs() < 1e-6, (result - first).abs() < 1e-6
        assert (is_kept | is_dropped).all(), name
        dropped += int((is_dropped & ~is_kept).sum())
        total += int((first != second).sum())
    # 2 out of 10 are dropped: of some 17,000 parameters, within four standard deviations.
    assert dropped / total == pytest.approx(0.2, abs=4 * (0.2 * 0.8 / total) ** 0.5)


def test_the_seed_decides_and_what_was_tuned_goes_along(pair: tuple[Path, Path], tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        merge(recipe(pair, tmp_path / name, seed=seed), overwrite=False)
    one, again, other = (load_file(tmp_path / name / "model.safetensors") for name in ("one", "again", "other"))
    assert all(torch.equal(one[name], again[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)
    assert chat.load_tokenizer(str(tmp_path / "one")).chat_template == chat.TEMPLATE
    assert GenerationConfig.from_pretrained(tmp_path / "one").max_length == 12


def test_the_result_is_stored_as_asked(pair: tuple[Path, Path], tmp_path: Path) -> None:
    merge(recipe(pair, tmp_path / "out", dtype="bfloat16"), overwrite=False)
    assert {tensor.dtype for tensor in load_file(tmp_path / "out" / "model.safetensors").values()} == {torch.bfloat16}


def test_the_recipe_of_the_paper() -> None:
    paper = merge_recipe("dare")
    assert (paper.weight, paper.density, paper.dtype) == (0.5, 0.8, "bfloat16")


def test_models_of_different_shapes(pair: tuple[Path, Path], tmp_path: Path) -> None:
    wide = model(tmp_path / "wide", 3, chat.TEMPLATE, hidden=64)
    with pytest.raises(UserError, match="has the shape"):
        merge(recipe((pair[0], wide), tmp_path / "out"), overwrite=False)
    assert not (tmp_path / "out").exists()


def test_a_folder_without_weights(pair: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no"):
        merge(recipe((pair[0], tmp_path), tmp_path / "out"), overwrite=False)


def test_truncated_weights(pair: tuple[Path, Path], tmp_path: Path) -> None:
    save_file({"x": torch.ones(3)}, tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors").write_bytes((tmp_path / "model.safetensors").read_bytes()[:20])
    with pytest.raises(UserError, match="truncated"):
        merge(recipe((pair[0], tmp_path), tmp_path / "out"), overwrite=False)


def test_the_script(pair: tuple[Path, Path], tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(recipe(pair, tmp_path / "out").model_dump(mode="json")), "utf-8")
    command = [sys.executable, str(ROOT / "merge" / "dare.py"), str(path)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "is there already" in again.stderr
