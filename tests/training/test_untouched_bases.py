"""Bases as the hub has them, but tiny: they train, are merged and answer, by `mnlu` alone."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import (
    AutoTokenizer,
    BartConfig,
    BartForConditionalGeneration,
    BioGptConfig,
    BioGptForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoConfig,
    GPTNeoForCausalLM,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

from mnlu_instruct.prompting import templates
from tests.support import ROOT, failed, mnlu
from tests.training.conftest import ENVIRONMENT, based

TOKENIZERS = ROOT.parent / "shared" / "re-study" / "tokenizers"


def gpt2(folder: Path, width: int = 32, vocabulary: int = 50_257, positions: int = 1024) -> None:
    """GPT-2: no beginning-of-text, no padding token, no chat template; end-of-text and unknown are one token."""
    _files(folder, "gpt2")
    config = GPT2Config(n_layer=2, n_head=2, n_embd=width, vocab_size=vocabulary, n_positions=positions, resid_pdrop=0)
    GPT2LMHeadModel(config).save_pretrained(folder)


def gpt_neo(folder: Path, width: int = 32) -> None:
    """GPT-Neo: GPT-2's tokenizer, and attention that only 'eager' has."""
    _files(folder, "gpt2")
    shape = {"num_layers": 2, "num_heads": 2, "hidden_size": width, "attention_types": [[["global", "local"], 1]]}
    GPTNeoForCausalLM(GPTNeoConfig(**shape, vocab_size=50_257, max_position_embeddings=1024)).save_pretrained(folder)
    _type(folder, "GPT2Tokenizer")


def biogpt(folder: Path, width: int = 32) -> None:
    """BioGPT: a slow tokenizer that puts its end-of-text first, and layers that may be left out."""
    pytest.importorskip("sacremoses", reason="BioGPT's tokenizer needs sacremoses")
    _files(folder, "biogpt")
    shape = {"num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": width, "intermediate_size": 64}
    vocabulary = len(json.loads((folder / "vocab.json").read_text("utf-8")))
    BioGptForCausalLM(
        BioGptConfig(**shape, vocab_size=vocabulary, layerdrop=0.1, hidden_dropout_prob=0)
    ).save_pretrained(folder)


def bart(folder: Path, width: int = 32) -> None:
    """BART: a byte-level vocabulary, and generation settings of its own."""
    words = ["<s>", "<pad>", "</s>", "<unk>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    raw = Tokenizer(models.BPE({word: place for place, word in enumerate(words)}, []))
    raw.pre_tokenizer, raw.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    raw.post_processor = processors.TemplateProcessing("<s> $A </s>", None, [("<s>", 0), ("</s>", 2)])
    PreTrainedTokenizerFast(
        tokenizer_object=raw, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>"
    ).save_pretrained(folder)
    shape = {f"{half}_{name}": value for half in ("encoder", "decoder") for name, value in
             {"layers": 2, "attention_heads": 2, "ffn_dim": 64, "layerdrop": 0.1}.items()}  # fmt: skip
    model = BartForConditionalGeneration(BartConfig(**shape, vocab_size=len(words), d_model=width, dropout=0))
    model.generation_config.update(num_beams=4, no_repeat_ngram_size=3, forced_bos_token_id=0, early_stopping=True)
    model.save_pretrained(folder)


def t5(folder: Path, width: int = 32) -> None:
    """T5: SentencePiece without line breaks, braces, and most Greek letters."""
    _files(folder, "t5")
    shape = {"d_model": width, "d_kv": width // 2, "d_ff": 2 * width, "num_layers": 2, "num_heads": 2}
    T5ForConditionalGeneration(
        T5Config(**shape, vocab_size=32_128, decoder_start_token_id=0, dropout_rate=0)
    ).save_pretrained(folder)


Make = Callable[..., None]


def _files(folder: Path, name: str) -> None:
    if not TOKENIZERS.is_dir():
        pytest.skip("no tokenizers in ../shared/re-study")
    shutil.copytree(TOKENIZERS / name, folder, dirs_exist_ok=True)


def _type(folder: Path, name: str) -> None:
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": name}), "utf-8")


@pytest.mark.parametrize(
    ("make", "model"),
    [(gpt2, ()), (gpt_neo, ("attention: eager",)), (biogpt, ()), (bart, ())],
    ids=["GPT-2", "GPT-Neo", "BioGPT", "BART"],
)
def test_a_base_trains_is_merged_and_answers(make: Make, model: tuple[str, ...], data: Path, tmp_path: Path) -> None:
    base, recipe, merge = tmp_path / "base", tmp_path / "recipe.yaml", tmp_path / "merge.yaml"
    base.mkdir()
    torch.manual_seed(1)
    make(base)
    template = () if make is bart else ("template: plain",)
    text = based(base, data, tmp_path / "out", *template, *model)
    longest = 4096 if make is bart else 1024
    text = text.replace("max_steps: 10", "max_steps: 2").replace("max_length: 2048", f"max_length: {longest}")
    recipe.write_text(text, "utf-8")
    done = mnlu("train", recipe, **ENVIRONMENT)
    assert done.returncode == 0, done.stderr[-3000:]
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    if template:
        assert templates.PLAIN in tokenizer.chat_template
    parts = {"base": base, "tuned": tmp_path / "out", "out": tmp_path / "merged"}
    lines = ["method: linear", "alpha: 0.5", *(f"{key}: {path}" for key, path in parts.items())]
    merge.write_text("\n".join(lines), "utf-8")
    done = mnlu("merge", merge, **ENVIRONMENT)
    assert done.returncode == 0, done.stderr[-3000:]
    run = ("--engine", "transformers", "--suite", "demo", "--limit", "1", "--out", tmp_path / "run")
    done = mnlu("eval", "--model", tmp_path / "merged", *run, **ENVIRONMENT)
    assert done.returncode == 0, done.stderr[-3000:]


def test_a_token_without_an_embedding_is_refused_before_the_first_step(data: Path, tmp_path: Path) -> None:
    base, recipe = tmp_path / "base", tmp_path / "recipe.yaml"
    base.mkdir()
    gpt2(base, vocabulary=50_000)
    text = based(base, data, tmp_path / "out", "template: plain")
    recipe.write_text(text.replace("max_length: 2048", "max_length: 1024"), "utf-8")
    failed(mnlu("train", recipe, **ENVIRONMENT), "'<|endoftext|>' with id 50256, but the model has embeddings of 50000")


def test_a_row_of_more_tokens_than_positions_is_refused_before_weights_are_read(data: Path, tmp_path: Path) -> None:
    base, recipe = tmp_path / "base", tmp_path / "recipe.yaml"
    base.mkdir()
    gpt2(base, positions=100)
    (base / "model.safetensors").write_bytes(b"not read")
    recipe.write_text(based(base, data, tmp_path / "out", "template: plain"), "utf-8")
    done = mnlu("train", recipe, **ENVIRONMENT)
    failed(done, " tokens, more than the model's 100 positions", "/train/")


def test_a_stream_longer_than_the_positions_is_refused(data: Path, tmp_path: Path) -> None:
    base, recipe = tmp_path / "base", tmp_path / "recipe.yaml"
    base.mkdir()
    gpt2(base)
    recipe.write_text(f"packing: stream\n{based(base, data, tmp_path / 'out', 'template: plain')}", "utf-8")
    failed(mnlu("train", recipe, **ENVIRONMENT), "max_length is 2048, but the model has only 1024 positions")
