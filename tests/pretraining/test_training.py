"""Pretraining from the recipe to the model, by the command: losses, resumption, what is kept of a base, bad input."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, GenerationConfig, T5Config

from mnlu_instruct.errors import UserError
from mnlu_instruct.pretraining import manifest, model, vocabulary
from mnlu_instruct.pretraining.plan import plan
from mnlu_instruct.pretraining.recipe import PretrainRecipe, pretrain_recipe
from tests.pretraining.conftest import SHAPE
from tests.pretraining.files import abstracts, written
from tests.support import FIXTURES, failed, mnlu
from tests.training.conftest import ENVIRONMENT

TRAINER = {
    "max_steps": 12,
    "learning_rate": 1e-2,
    "warmup_steps": 0.1,
    "per_device_train_batch_size": 4,
    "gradient_accumulation_steps": 2,
    "max_length": 64,
    "use_cpu": True,
    "bf16": False,
    "gradient_checkpointing": False,
    "save_strategy": "no",
    "logging_steps": 1,
    "seed": 5,
}


def recipe(folder: Path, small: Path, shape: dict[str, Any] | None = None, **trainer: Any) -> Path:
    path = folder / "recipe.yaml"
    given = {**TRAINER, "output_dir": str(folder / "out"), **trainer}
    path.write_text(
        yaml.safe_dump({"model": shape or {"config": SHAPE}, "data": str(small), "trainer": given}), "utf-8"
    )
    return path


def pretrained(path: Path, *words: str) -> str:
    done = mnlu("pretrain", path, *words, **ENVIRONMENT)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stderr


def losses(out: Path) -> list[float]:
    return [
        one["loss"]
        for one in json.loads((out / "trainer_state.json").read_text("utf-8"))["log_history"]
        if "loss" in one
    ]


@pytest.fixture(scope="module")
def whole(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new model after all steps."""
    folder = tmp_path_factory.mktemp("whole")
    said = pretrained(recipe(folder, small))
    assert "what the encoder reads: <s>" in said and "<mask>" in said
    return folder / "out"


def test_a_new_model_learns_and_is_whole(whole: Path, small: Path) -> None:
    found = losses(whole)
    assert len(found) == 12 and found[-1] < found[0] - 1
    network = AutoModelForSeq2SeqLM.from_pretrained(whole)
    tokenizer = AutoTokenizer.from_pretrained(whole)
    assert vocabulary.hashed(tokenizer) == manifest.read(small)["tokenizer"]["hash"]
    assert network.config.decoder_start_token_id == tokenizer.eos_token_id == 2
    told = json.loads((whole / "training.json").read_text("utf-8"))
    assert told["corpus"]["documents"] == 90 and told["documents_a_step"] == 8
    card = (whole / "README.md").read_text("utf-8")
    assert "A new BART, pretrained by text infilling on 90 abstracts" in card and "| 12 |" in card


def test_a_training_that_was_interrupted_goes_on_to_the_same_weights(whole: Path, small: Path, tmp_path: Path) -> None:
    """Twelve steps of 8 are more than the 90 documents, so order and noise of a second epoch are resumed, too."""
    path = recipe(tmp_path, small, save_strategy="steps", save_steps=6)
    pretrained(path)
    for name in ("complete.json", "model.safetensors"):
        (tmp_path / "out" / name).unlink()
    shutil.rmtree(tmp_path / "out" / "checkpoint-12")
    assert "Resuming from" in pretrained(path)
    assert losses(tmp_path / "out") == losses(whole)
    one, other = (load_file(folder / "model.safetensors") for folder in (tmp_path / "out", whole))
    assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
    assert "nothing to do" in pretrained(path)
    failed(mnlu("pretrain", path, "--set", "noise.ratio=0.2", **ENVIRONMENT), "noise.ratio was 0.3, is 0.2")


def test_a_base_keeps_its_tokens_but_no_ban_of_trigrams(bart: Path, small: Path, tmp_path: Path) -> None:
    said = pretrained(recipe(tmp_path, small, {"base": str(bart)}), "--set", "trainer.max_steps=2")
    assert "num_beams 4, no_repeat_ngram_size 3, min_length 10" in said
    settings = GenerationConfig.from_pretrained(tmp_path / "out")
    assert (settings.forced_bos_token_id, settings.eos_token_id) == (0, 2)
    assert not settings.no_repeat_ngram_size and settings.num_beams in {None, 1} and not settings.min_length
    assert "no_repeat_ngram_size 3" in (tmp_path / "out" / "README.md").read_text("utf-8")
    assert json.loads((tmp_path / "out" / "training.json").read_text("utf-8"))["base"] == str(bart)


def test_the_released_form_trains_too(small: Path, tmp_path: Path) -> None:
    path = recipe(tmp_path, small)
    pretrained(path, "--set", "targets=released", "--set", "noise.style=released", "--set", "trainer.max_steps=12")
    found = losses(tmp_path / "out")
    assert found[-1] < found[0] - 1
    assert yaml.safe_load((tmp_path / "out" / "recipe.yaml").read_text("utf-8"))["targets"] == "released"


def test_a_corpus_and_a_model_by_the_commands(tmp_path: Path) -> None:
    xml = written(tmp_path / "xml", {"pubmed21n0001.xml.gz": abstracts(30)})
    words = ("--vocabulary", "400", "--out", tmp_path / "corpus")
    done = mnlu("pubmed", xml, *words, "--workers", "1", "--json", **ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["documents"] == 30
    failed(mnlu("pubmed", xml, *words, **ENVIRONMENT), "exists already")
    failed(mnlu("pubmed", xml, "--out", tmp_path / "other", **ENVIRONMENT), "one tokenizer")
    pretrained(recipe(tmp_path, tmp_path / "corpus"), "--set", "trainer.max_steps=1")


def loaded(small: Path, **values: Any) -> PretrainRecipe:
    given = {"model": {"config": SHAPE}, "data": small, "trainer": TRAINER, **values}
    return PretrainRecipe(**given)


def test_the_corpus_must_be_of_the_bases_tokenizer(small: Path, bart: Path, tmp_path: Path) -> None:
    vocabulary.trained(["Other words."], 300).save_pretrained(bart_copy := shutil.copytree(bart, tmp_path / "bart"))
    with pytest.raises(UserError, match="of another tokenizer"):
        model.tokenizer_for(loaded(small, model={"base": str(bart_copy)}), manifest.read(small))


def test_only_a_bart_with_enough_positions_is_pretrained(small: Path, tmp_path: Path) -> None:
    T5Config().save_pretrained(tmp_path)
    with pytest.raises(UserError, match="is no BART, but a t5"):
        model.shape(loaded(small, model={"base": str(tmp_path)}))
    with pytest.raises(UserError, match="max_length is 65, but the model has only 64 positions"):
        model.shape(loaded(small, trainer={**TRAINER, "max_length": 65}))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"data": FIXTURES / "none"}, "holds no pretraining corpus"),
        ({"noise": {"style": "released", "ratio": 0.3}}, "'released' has no 'ratio'"),
        ({"noise": {"stile": "released"}}, "Unknown key"),
        ({"model": {"config": SHAPE, "base": "x"}}, "either a base or a config"),
        ({"trainer": {**TRAINER, "warmup": 3}}, "Unknown trainer argument 'warmup'"),
    ],
)
def test_a_wrong_recipe_is_an_error_before_anything_starts(
    small: Path, tmp_path: Path, values: dict[str, Any], words: str
) -> None:
    given = {"model": {"config": SHAPE}, "data": small, "trainer": TRAINER, **values}
    (tmp_path / "recipe.yaml").write_text(json.dumps(given, default=str), "utf-8")
    failed(
        mnlu("pretrain", tmp_path / "recipe.yaml", "--dry-run" if "trainer" in values else "--set", "targets=whole"),
        words,
    )


def test_a_plan_says_what_a_pretraining_takes(small: Path) -> None:
    planned = plan("bart-base", ["--num_processes", "8"], [f"data={small}"])
    assert planned.counts.all == pytest.approx(139.4e6, rel=0.001)
    assert (planned.documents, planned.batch, planned.steps) == (90, 64 * 40 * 8, 120_000)
    assert planned.hours[0].gpu == "A100" and planned.hours[0].hours > planned.hours[1].hours > 0
    assert planned.fits and planned.total > 10e9
    alone = plan("tiny", [], ["trainer.max_steps=-1", "trainer.num_train_epochs=2", f"data={small}"])
    assert alone.steps == 2 * 12 and alone.epochs == pytest.approx(24 * 8 / 90) and not alone.hours
    assert plan("tiny", [], ["data=out/none"]).documents is None


@pytest.mark.parametrize("name", ["bart-base", "bart-large", "tiny"])
def test_the_bundled_recipes_are_valid(name: str) -> None:
    assert pretrain_recipe(name).trainer["seed"] == 42
