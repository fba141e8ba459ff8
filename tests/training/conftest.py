"""A small data set, a smaller model, and the real launcher."""

import io
import json
import os
import string
import subprocess
import sys
from pathlib import Path

import pytest
import sentencepiece
import torch
from transformers import T5Config, T5ForConditionalGeneration, T5Tokenizer

from mnlu_instruct.dataset import build
from mnlu_instruct.dataset.recipe import build_recipe
from mnlu_instruct.training.data import load
from tests import forks
from tests.support import ROOT

RECIPE = """
model:
  config: {{hidden_size: 64, intermediate_size: 128, num_hidden_layers: 2, num_attention_heads: 2,
            num_key_value_heads: 1}}
  vocabulary: 512
  dtype: float32
data: {data}
trainer:
  output_dir: {out}
  per_device_train_batch_size: 8
  learning_rate: 5.0e-3
  max_length: 2048
  max_steps: 10
  logging_steps: 1
  save_strategy: "no"
  gradient_checkpointing: false
  use_cpu: true
  bf16: false
  disable_tqdm: true
  seed: 7
"""

ENVIRONMENT = {
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),  # DeepSpeed needs ninja
    "HF_HUB_OFFLINE": "1",
    "OMP_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """160 questions of five tasks from the demo corpora."""
    out = tmp_path_factory.mktemp("data") / "set"
    options = {"corpora": ["demo"], "tasks": ["ner", "dc", "re", "nli", "sts"], "n": 160, "order": "corpus"}
    build.write(build.draft(build_recipe(None, options), Path(), None, lambda *_: None), out, None, lambda *_: None)
    return out


@pytest.fixture(scope="session")
def tiny(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[float]]:
    """The recipe's model after ten steps in one process, and the losses of the steps; the recipe is beside it."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "recipe.yaml").write_text(RECIPE.format(data=data, out=folder / "out"), "utf-8")
    return folder / "out", trained(folder / "recipe.yaml", folder / "out")


def based(base: Path, data: Path, out: Path, *model: str) -> str:
    """A recipe that continues from the model `base`, with further lines under `model:`."""
    start, end = RECIPE.index("  config:"), RECIPE.index("  dtype:")
    lines = "".join(f"  {line}\n" for line in (f"base: {base}", *model))
    return RECIPE[:start].format() + lines + RECIPE[end:].format(data=data, out=out)


@pytest.fixture(scope="session")
def t5(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny T5 with random weights and a tokenizer like T5's: SentencePiece, trained without line breaks, `{`, `<`."""
    folder = tmp_path_factory.mktemp("t5")
    messages = [message for row in load(data) for message in row["prompt"] + row["completion"]]
    texts = [message["content"].translate(str.maketrans("", "", "{}<>")) for message in messages]
    vocabulary = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([*texts, f"{string.digits}{string.ascii_letters}&#;|"]),
        model_writer=vocabulary,
        vocab_size=500,
        character_coverage=1.0,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        minloglevel=2,
    )
    (folder / "spiece.model").write_bytes(vocabulary.getvalue())
    tokenizer = T5Tokenizer.from_pretrained(folder)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(7)
    shape = {"d_model": 64, "d_kv": 16, "d_ff": 128, "num_layers": 2, "num_heads": 4, "feed_forward_proj": "gated-gelu"}
    config = T5Config(
        vocab_size=len(tokenizer), **shape, dropout_rate=0.0, tie_word_embeddings=False, decoder_start_token_id=0
    )
    T5ForConditionalGeneration(config).save_pretrained(folder)
    return folder


@pytest.fixture
def recipe(data: Path, tmp_path: Path) -> Path:
    """A recipe that trains a tiny model on `data` for ten steps."""
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE.format(data=data, out=tmp_path / "out"), "utf-8")
    return path


def launch(recipe: Path, *over: str | Path, processes: int = 1) -> subprocess.CompletedProcess[str]:
    """`accelerate launch train/sft.py RECIPE`, as a user runs it."""
    launcher = [forks.python("heavy"), "-m", "accelerate.commands.launch", "--num_processes", str(processes)]
    if processes > 1:
        launcher += ["--multi_gpu", "--main_process_port", "0"]
    return subprocess.run(
        [*launcher, str(ROOT / "train" / "sft.py"), str(recipe), *map(str, over)],
        capture_output=True, text=True, check=False, cwd=recipe.parent, env={**os.environ, **ENVIRONMENT},
    )  # fmt: skip


def trained(recipe: Path, out: Path, *over: str | Path, processes: int = 1) -> list[float]:
    """The losses of all steps of a run that must succeed."""
    done = launch(recipe, "--output_dir", out, *over, processes=processes)
    assert done.returncode == 0, done.stderr[-4000:]
    history = json.loads((out / "trainer_state.json").read_text("utf-8"))["log_history"]
    return [entry["loss"] for entry in history if "loss" in entry]
