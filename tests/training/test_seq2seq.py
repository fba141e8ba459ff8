"""Encoder–decoder models, from the recipe to scores: a tiny T5 whose vocabulary lacks what T5's does."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForSeq2SeqLM, T5Config, T5ForConditionalGeneration

from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation import engines
from mnlu_instruct.evaluation.engines.transformers_local import EncoderDecoder
from mnlu_instruct.merging import merge
from mnlu_instruct.merging.recipe import MergeRecipe
from mnlu_instruct.prompting import chat, plain_text
from mnlu_instruct.training import seq2seq
from mnlu_instruct.training.architectures import DECODER, ENCODER_DECODER, kind_of
from mnlu_instruct.training.data import load
from mnlu_instruct.training.recipe import ModelRecipe, TrainRecipe
from tests.support import mnlu
from tests.training.conftest import ENVIRONMENT, based, trained

SAVING = ("--save_strategy", "steps", "--save_steps", "5")


@pytest.fixture(scope="module")
def tuned(t5: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tuned")
    (folder / "recipe.yaml").write_text(based(t5, data, folder / "out"), "utf-8")
    losses = trained(folder / "recipe.yaml", folder / "out", *SAVING)
    assert losses[-1] < losses[0] / 2
    return folder / "out"


def test_the_models_configuration_decides_which_kind_it_is(t5: Path, tiny: tuple[Path, list[float]]) -> None:
    assert kind_of(ModelRecipe(base=str(t5))) is ENCODER_DECODER
    assert kind_of(ModelRecipe(base=str(tiny[0]))) is DECODER
    assert kind_of(ModelRecipe(config={"hidden_size": 64})) is DECODER


def test_the_folder_holds_a_whole_model(tuned: Path, t5: Path) -> None:
    AutoModelForSeq2SeqLM.from_pretrained(tuned)
    tokenizer = chat.load_tokenizer(str(tuned))
    assert tokenizer.chat_template is None
    assert tokenizer.get_vocab() == chat.load_tokenizer(str(t5)).get_vocab()
    generation = json.loads((tuned / "generation_config.json").read_text("utf-8"))
    named = ("decoder_start_token_id", "eos_token_id", "pad_token_id", "do_sample")
    assert tuple(generation[name] for name in named) == (0, 1, 0, False)
    assert "mnlu_instruct.prompting.plain_text" in (tuned / "README.md").read_text("utf-8")


def test_it_is_evaluated_through_transformers(tuned: Path, tmp_path: Path) -> None:
    options = ("--suite", "demo", "--limit", "2", "--out", tmp_path / "run", "--json")
    done = mnlu("eval", "--model", tuned, "--engine", "transformers", *options, **ENVIRONMENT)
    assert done.returncode == 0, done.stderr[-3000:]
    scores = json.loads(done.stdout)
    assert len(scores["datasets"]) == 10 and all(one["n"] == 2 for one in scores["datasets"].values())


def test_vllm_says_that_it_does_not_run_such_models(t5: Path) -> None:
    with pytest.raises(UserError, match="is an encoder–decoder model, which vLLM doesn't run"):
        engines.load("vllm", str(t5))


def test_trainer_and_evaluator_have_the_same_prompt_ids(t5: Path, data: Path) -> None:
    rows, engine = load(data), EncoderDecoder(str(t5))
    tokens = seq2seq.tokenised(rows, engine.tokenizer, 2048)
    assert tokens["input_ids"][:] == engine.prompt_ids(rows["prompt"][:])
    assert engine.prompt_ids(rows["prompt"][:3]) == plain_text.prompt_ids(engine.tokenizer, rows["prompt"][:3])
    answers = [completion[0]["content"] for completion in rows["completion"]]
    assert [engine.text(labels, []) for labels in tokens["labels"]] == answers


def test_it_is_merged_with_its_base_and_answers(t5: Path, tuned: Path, tmp_path: Path) -> None:
    merged = merge(MergeRecipe(base=str(t5), tuned=tuned, out=tmp_path / "merged", dtype="float32"), False)
    assert len(merged.answers) == 5 and all(answer.text for answer in merged.answers)
    assert (tmp_path / "merged" / "generation_config.json").read_bytes() == (
        tuned / "generation_config.json"
    ).read_bytes()


def test_answers_do_not_depend_on_who_is_asked_beside(tuned: Path, data: Path) -> None:
    engine, prompts = EncoderDecoder(str(tuned)), load(data)["prompt"][:12]
    ids = engine.prompt_ids(prompts)
    together = engine.generate(ids, [8] * 12, lambda _: None)
    assert together == [engine.generate([one], [8], lambda _: None)[0] for one in ids]
    alone = engine.model.generate(torch.tensor(ids[:1]), max_new_tokens=8)[0, 1:].tolist()
    assert engine.text(alone, []) == together[0].text


def test_labels_are_padded_with_what_no_loss_falls_on(t5: Path, data: Path) -> None:
    tokenizer = chat.load_tokenizer(str(t5))
    rows = seq2seq.tokenised(load(data), tokenizer, 2048).remove_columns("id")
    config = seq2seq.Config(use_cpu=True, report_to="none")
    network = AutoModelForSeq2SeqLM.from_pretrained(t5)
    trainer = seq2seq.Trainer(network, config, tokenizer, train_dataset=rows)
    few = [rows[index] for index in range(4)]
    batch = trainer.data_collator(few)
    for one, labels, ids, mask in zip(few, batch["labels"], batch["input_ids"], batch["attention_mask"], strict=True):
        assert labels.tolist() == one["labels"] + [-100] * (len(labels) - len(one["labels"]))
        assert ids.tolist()[: len(one["input_ids"])] == one["input_ids"]
        assert mask.sum() == len(one["input_ids"])
    asked = {name: batch[name] for name in ("input_ids", "attention_mask", "labels")}
    expected = network(**asked).loss
    logits = network(**asked)
    counted = (batch["labels"] != -100).sum()
    torch.testing.assert_close(trainer.mean_loss(logits, batch["labels"], counted), expected)
    torch.testing.assert_close(trainer.mean_loss(logits, batch["labels"], 2 * counted), expected / 2)
    torch.testing.assert_close(trainer.mean_loss(logits, batch["labels"], None), expected)


def test_a_stopped_training_goes_on_to_the_bit(tuned: Path, tmp_path: Path) -> None:
    parts = Path(shutil.copytree(tuned, tmp_path / "out"))
    shutil.rmtree(parts / "checkpoint-10")
    for name in ("complete.json", "model.safetensors", "trainer_state.json"):
        (parts / name).unlink()
    shutil.copy(tuned.parent / "recipe.yaml", tmp_path / "recipe.yaml")
    trained(tmp_path / "recipe.yaml", parts, *SAVING)
    first, second = (load_file(folder / "model.safetensors") for folder in (tuned, parts))
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("asked", [{"loss": "all"}, {"packing": "stream"}, {"lora": {"rank": 4}}])
def test_what_there_is_for_decoders_only_is_refused(t5: Path, asked: dict[str, object]) -> None:
    model = {"base": str(t5)} | ({"lora": asked.pop("lora")} if "lora" in asked else {})
    recipe = TrainRecipe(model=model, data=Path(), trainer={"output_dir": "out"}, **asked)  # type: ignore[arg-type]
    with pytest.raises(UserError, match="is an encoder–decoder model, to which"):
        seq2seq.config(recipe)


def test_a_row_too_long_stops(t5: Path, data: Path) -> None:
    with pytest.raises(UserError, match=r"/train/.* has \d+ tokens, more than max_length 64"):
        seq2seq.tokenised(load(data), chat.load_tokenizer(str(t5)), 64)


def test_a_build_counts_the_tokens_that_are_trained(t5: Path, data: Path, tiny: tuple[Path, list[float]]) -> None:
    rows = load(data)
    conversations = [row["prompt"] + row["completion"] for row in rows]
    tokens = seq2seq.tokenised(rows, chat.load_tokenizer(str(t5)), 2048)
    assert plain_text.counter(str(t5))(conversations) == [len(row["input_ids"]) + len(row["labels"]) for row in tokens]
    tokenizer = chat.load_tokenizer(str(tiny[0]))
    assert plain_text.counter(str(tiny[0]))(conversations) == chat.lengths(tokenizer, conversations)


def test_a_base_that_mergekit_cannot_merge_is_named_before_the_training(t5: Path, data: Path, tmp_path: Path) -> None:
    """T5 of the first kind has a ReLU; the training is as good, but its model stays as it is."""
    base, recipe = tmp_path / "base", tmp_path / "recipe.yaml"
    shutil.copytree(t5, base)
    stated = AutoConfig.from_pretrained(t5).to_dict() | {"feed_forward_proj": "relu"}
    config = T5Config(**{key: value for key, value in stated.items() if key not in {"is_gated_act", "dense_act_fn"}})
    T5ForConditionalGeneration(config).save_pretrained(base)
    recipe.write_text(based(base, data, tmp_path / "out").replace("max_steps: 10", "max_steps: 1"), "utf-8")
    done = mnlu("train", recipe, **ENVIRONMENT)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stderr.count("can't be merged with its base by 'mnlu merge': mergekit knows T5 with gated") == 1
