"""What a training leaves: the folder, whole or not at all; the card, for people and for hubs."""

import copy
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml
from transformers import AutoModelForCausalLM, AutoTokenizer

from mnlu_instruct.dataset import manifest
from mnlu_instruct.evaluation import terms
from mnlu_instruct.prompting import chat
from mnlu_instruct.training import card, outputs
from mnlu_instruct.training.recipe import TrainRecipe, train_recipe

LOG = [
    *({"step": step, "epoch": step / 10, "loss": 5 - step / 10, "learning_rate": 1e-3} for step in range(1, 31)),
    {"step": 30, "epoch": 3.0, "eval_loss": 1.25, "eval_runtime": 3.0, "eval_samples_per_second": 7.0},
    {"step": 30, "epoch": 3.0, "eval_ner_f1": 0.5},
    {"step": 30, "epoch": 3.0, "train_runtime": 9.0},
]


@pytest.fixture(scope="module")
def out(tiny: tuple[Path, list[float]]) -> Path:
    return tiny[0]


@pytest.fixture(scope="module")
def recipe(out: Path) -> TrainRecipe:
    return train_recipe(str(out / "recipe.yaml"))


@pytest.fixture(scope="module")
def told(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "training.json").read_text("utf-8"))
    return found


def front(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text.split("---")[1])
    return found


def test_the_folder_has_all_that_it_takes_and_nothing_hidden(out: Path) -> None:
    there = {path.name for path in out.iterdir()}
    assert there >= {"model.safetensors", "config.json", "tokenizer.json", "chat_template.jinja"}
    assert there >= {"generation_config.json", "recipe.yaml", "versions.json", "training.json", "README.md", "seen.npy"}
    assert not any(name.startswith(".") for name in there)


def test_generation_is_greedy_up_to_the_end_of_text(out: Path, caplog: pytest.LogCaptureFixture) -> None:
    model, tokenizer = AutoModelForCausalLM.from_pretrained(out), AutoTokenizer.from_pretrained(out)
    asked = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Is it?"}], add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    assert asked["input_ids"].tolist() == chat.prompt_ids(tokenizer, [[{"role": "user", "content": "Is it?"}]])
    with caplog.at_level("WARNING"):
        model.generate(**asked, max_new_tokens=4)
    assert not caplog.records
    said = model.generation_config
    assert (said.do_sample, said.eos_token_id) == (False, tokenizer.eos_token_id)
    assert said.pad_token_id == tokenizer.pad_token_id != tokenizer.eos_token_id


def test_the_recipe_as_written_is_the_recipe(recipe: TrainRecipe, data: Path) -> None:
    assert recipe.data == data and recipe.trainer["max_steps"] == 10


def test_versions_are_those_installed(out: Path) -> None:
    said = json.loads((out / "versions.json").read_text("utf-8"))
    assert {name: said[name] for name in outputs.PACKAGES} == {name: version(name) for name in outputs.PACKAGES}
    assert "gpu" not in said


def test_programs_find_the_data(told: dict[str, Any], data: Path) -> None:
    stated = manifest.read(data)
    assert told["data"] == {
        "folder": str(data), "name": data.name, "content_hash": stated["content_hash"], "rows": 160,
    }  # fmt: skip
    assert (told["steps"], told["rows_a_step"], told["processes"], told["max_length"]) == (10, 8, 1, 2048)
    assert told["base"] is None and not told["adapter"] and not told["encoder_decoder"]


def test_the_card_is_ours_and_tells_of_data_losses_licences_use_and_limits(out: Path, data: Path) -> None:
    text = (out / "README.md").read_text("utf-8")
    assert manifest.read(data)["content_hash"] in text
    for words in ("| ner | demo-ner | train | 8,000 | 32 |", "| demo-ner | Apache-2.0 | open |", "not for clinical"):
        assert words in text
    for title in ("Use", "Training", "Losses", "Mixture", "Licences", "Intended use and limits", "Recipe", "Versions"):
        assert f"\n## {title}\n" in text
    assert "Models memorise texts" not in text and "## Held out" not in text
    said = front(text)
    assert said["datasets"] == ["demo-dc", "demo-ner", "demo-nli", "demo-re", "demo-sts"]
    assert said["pipeline_tag"] == "text-generation" and "base_model" not in said


def test_a_card_says_whose_texts_must_not_be_passed_on(recipe: TrainRecipe, told: dict[str, Any], data: Path) -> None:
    stated = copy.deepcopy(manifest.read(data))
    stated["corpora"][1]["restriction"] = "data use agreement"
    text = card.render(recipe, told, stated, terms.of_data(stated), {})
    assert f"trained on texts of {stated['corpora'][1]['name']} (data use agreement)" in text


def test_a_card_has_few_losses_the_last_among_them_and_the_last_scores(
    recipe: TrainRecipe, told: dict[str, Any], data: Path
) -> None:
    text = card.render(recipe, {**told, "log": LOG}, manifest.read(data), {}, {})
    losses = text.split("## Losses")[1].split("##")[0]
    assert 6 <= losses.count("\n| ") - 2 <= card.MOST and "| 30 | 3.00 | 2 |" in losses
    held = text.split("## Held out")[1].split("##")[0]
    assert "| loss | 1.25 |" in held and "| ner f1 | 0.5 |" in held
    assert "runtime" not in held and "per second" not in held


def test_a_card_names_the_base(recipe: TrainRecipe, told: dict[str, Any], data: Path) -> None:
    tuned = recipe.model_copy(update={"model": recipe.model.model_copy(update={"base": "some/base", "config": None})})
    text = card.render(tuned, told, manifest.read(data), {}, {})
    assert front(text)["base_model"] == "some/base" and front(text)["base_model_relation"] == "finetune"
    assert "`some/base`, trained with mnlu-instruct" in text


def test_files_take_the_place_of_those_that_are_there_and_no_older_weights_stay(tmp_path: Path) -> None:
    shards = ("model-00001-of-00002.safetensors", "model.safetensors.index.json")
    for name in (*shards, "config.json", "notes.txt"):
        (tmp_path / name).write_text("old", "utf-8")
    (tmp_path / "checkpoint-5").mkdir()
    hidden = tmp_path / outputs.HIDDEN
    hidden.mkdir()
    for name in ("model.safetensors", "config.json"):
        (hidden / name).write_text("new", "utf-8")
    outputs._publish(hidden, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "model.safetensors", "config.json", "notes.txt", "checkpoint-5",
    }  # fmt: skip
    assert (tmp_path / "config.json").read_text("utf-8") == "new"
