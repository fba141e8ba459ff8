"""`train/sft.py` under the real launcher: what it writes, what it refuses."""

from pathlib import Path

import pytest
from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

from mnlu_instruct.prompting import chat, templates
from mnlu_instruct.training.data import load, tokenised
from tests.support import mnlu
from tests.training.conftest import ENVIRONMENT, launch


@pytest.fixture(scope="module")
def alone(tiny: tuple[Path, list[float]]) -> tuple[Path, list[float]]:
    """A run of ten steps in one process."""
    return tiny


def test_training_learns_and_writes_a_whole_model(alone: tuple[Path, list[float]]) -> None:
    out, losses = alone
    assert len(losses) == 10
    assert losses[-1] < losses[0]
    model = AutoModelForCausalLM.from_pretrained(out)
    tokenizer = AutoTokenizer.from_pretrained(out)
    assert tokenizer.chat_template == templates.ZEPHYR
    assert model.generation_config.eos_token_id in (tokenizer.eos_token_id, [tokenizer.eos_token_id])
    assert tokenizer.pad_token_id != tokenizer.eos_token_id
    assert (out / "recipe.yaml").is_file()


def test_trainer_and_evaluator_have_the_same_prompt_ids(alone: tuple[Path, list[float]], data: Path) -> None:
    tokenizer = chat.load_tokenizer(str(alone[0]))
    rows = load(data)
    tokens = tokenised(rows, tokenizer, 2048)
    asked = chat.prompt_ids(tokenizer, rows["prompt"][:])
    for ids, row in zip(asked, tokens, strict=True):
        start = row["completion_mask"].index(1)
        assert row["input_ids"][:start] == ids
        assert row["input_ids"].count(tokenizer.bos_token_id) == 1
        assert row["input_ids"][-1] == tokenizer.eos_token_id


def failed(recipe: Path, *over: str | Path, words: str) -> None:
    done = launch(recipe, *over)
    assert done.returncode != 0
    assert f"error: {words}" in done.stderr or words in done.stderr, done.stderr[-2000:]
    assert "hint:" in done.stderr
    assert "mnlu_instruct.errors.UserError" not in done.stderr


@pytest.mark.parametrize(
    ("over", "words"),
    [
        (("--learning_rat", "1"), "Unknown trainer argument 'learning_rat'"),
        (("--packing", "true"), "mnlu-instruct sets the trainer argument 'packing' itself"),
        (("--save_strategy", "sometimes"), "The trainer refuses its arguments"),
        (("--max_length", "64"), "more than max_length 64"),
    ],
)
def test_wrong_arguments(recipe: Path, over: tuple[str, ...], words: str) -> None:
    failed(recipe, *over, words=words)


def test_a_recipe_with_an_unknown_key(recipe: Path) -> None:
    recipe.write_text(recipe.read_text("utf-8").replace("dtype:", "dtypes:"), "utf-8")
    failed(recipe, words="Unknown key in")


def test_a_data_folder_without_a_data_set(recipe: Path, data: Path, tmp_path: Path) -> None:
    recipe.write_text(recipe.read_text("utf-8").replace(str(data), str(tmp_path)), "utf-8")
    failed(recipe, words="holds no built data set")


def test_a_model_folder_without_weights(recipe: Path, alone: tuple[Path, list[float]], tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    for path in alone[0].glob("*.json"):
        (bare / path.name).write_bytes(path.read_bytes())
    text = recipe.read_text("utf-8")
    start, end = text.index("  config:"), text.index("  dtype:")
    recipe.write_text(text[:start] + f"  base: {bare}\n" + text[end:], "utf-8")
    failed(recipe, words="No model")


def test_trls_trainer_takes_a_built_data_set_as_it_is(
    alone: tuple[Path, list[float]], data: Path, tmp_path: Path
) -> None:
    loaded = load_dataset(str(data), split="train", cache_dir=str(tmp_path / "cache"))
    config = SFTConfig(
        output_dir=str(tmp_path / "out"), max_steps=2, use_cpu=True, bf16=False, report_to="none", max_length=None
    )
    trainer = SFTTrainer(str(alone[0]), config, train_dataset=loaded)
    assert len(trainer.train_dataset) == len(loaded)
    assert trainer.train().training_loss > 0


def test_mnlu_train_launches_the_script(recipe: Path, tmp_path: Path) -> None:
    recipe.write_text(recipe.read_text("utf-8").replace("max_steps: 10", "max_steps: 1"), "utf-8")
    done = mnlu("train", recipe, "--", "--num_processes", "1", **ENVIRONMENT)
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "out" / "model.safetensors").is_file()
    for noise in ("accelerator to CPU", "were not passed", "WARNING"):
        assert noise not in done.stdout + done.stderr
    assert f"The model is in {tmp_path / 'out'}. Next: mnlu eval" in " ".join(done.stderr.split())


def test_mnlu_train_refuses_a_wrong_recipe_before_anything_loads(recipe: Path) -> None:
    recipe.write_text(recipe.read_text("utf-8").replace("data:", "dota:"), "utf-8")
    assert "did you mean data" in mnlu("train", recipe).stderr
