"""Every family of models learns the relations of ten documents by heart, and states them when it is asked."""

import json
from pathlib import Path

import pytest
import torch

from tests.support import REAL, mnlu, needs_real_corpora
from tests.training.conftest import ENVIRONMENT
from tests.training.test_untouched_bases import Make, bart, biogpt, gpt2, gpt_neo, t5

pytestmark = [pytest.mark.slow, needs_real_corpora]

RECIPE = """
model: {{base: {base}, dtype: float32, {model}}}
data: {data}
trainer:
  output_dir: {out}
  max_steps: {steps}
  learning_rate: 2.0e-3
  lr_scheduler_type: constant_with_warmup
  warmup_steps: 20
  per_device_train_batch_size: 10
  max_length: 1024
  use_cpu: true
  bf16: false
  save_strategy: "no"
  logging_steps: 50
  seed: 1
"""
SUITE = """
name: ten
description: Ten documents of the training split, which the model has seen.
datasets: [{name: ten, corpus: dce, task: ere, split: train}]
"""


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of ten sentences; `--limit 10` draws the same ones, by the same hashes."""
    out = tmp_path_factory.mktemp("ten") / "data"
    words = ("--tasks", "ere", "--corpora", "dce", "--splits", "train", "--n", "10", "--pack", "verb")
    done = mnlu("build", *words, "--out", out, data=REAL)
    assert done.returncode == 0, done.stderr[-3000:]
    return out


@pytest.mark.parametrize(
    ("make", "model", "steps"),
    [
        (t5, "attention: sdpa", 900),
        (bart, "attention: sdpa", 400),
        (gpt2, "template: plain", 150),
        (gpt_neo, "template: plain, attention: eager", 150),
        (biogpt, "template: plain", 150),
    ],
    ids=["T5", "BART", "GPT-2", "GPT-Neo", "BioGPT"],
)
def test_a_model_of_each_family_learns_ten_documents_by_heart(
    make: Make, model: str, steps: int, ten: Path, tmp_path: Path
) -> None:
    base, out, recipe, suite = tmp_path / "base", tmp_path / "out", tmp_path / "recipe.yaml", tmp_path / "ten.yaml"
    base.mkdir()
    torch.manual_seed(1)
    make(base, width=128)
    recipe.write_text(RECIPE.format(base=base, model=model, data=ten, out=out, steps=steps), "utf-8")
    suite.write_text(SUITE, "utf-8")
    done = mnlu("train", recipe, data=REAL, **ENVIRONMENT)
    assert done.returncode == 0, done.stderr[-3000:]
    words = ("--engine", "transformers", "--suite", suite, "--limit", "10", "--pack", "verb", "--out", tmp_path / "run")
    done = mnlu("eval", "--model", out, *words, "--json", data=REAL, **ENVIRONMENT)
    assert done.returncode == 0, done.stderr[-3000:]
    score = json.loads(done.stdout)["datasets"]["ten"]
    assert (score["n"], score["metrics"]["f1"]["value"], score["truncated"]) == (10, 1.0, 0.0)
    assert score["seen"] == 1.0
