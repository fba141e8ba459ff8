"""Documents that are packed together: a model that lets them see each other is found out before its first step."""

from pathlib import Path

import numpy as np
import pytest
import torch
from datasets import Dataset
from transformers import (
    AutoModelForCausalLM,
    BloomConfig,
    MambaConfig,
    MistralConfig,
    OPTConfig,
    PretrainedConfig,
    PreTrainedTokenizerFast,
)

from mnlu_instruct.errors import UserError
from mnlu_instruct.training import arguments
from mnlu_instruct.training import data as rows
from mnlu_instruct.training.model import tokenizer_for
from mnlu_instruct.training.preflight.packing_isolation import EXACT, IsolationCheck, difference
from mnlu_instruct.training.recipe import ModelRecipe, TrainRecipe
from mnlu_instruct.training.trainer import Trainer

WORDS = 400
MISTRAL = MistralConfig(
    vocab_size=WORDS,
    hidden_size=64,
    intermediate_size=128,
    num_hidden_layers=2,
    num_attention_heads=2,
    num_key_value_heads=1,
)
MIXING = {
    "mamba": MambaConfig(vocab_size=WORDS, hidden_size=64, num_hidden_layers=2, state_size=4),
    "opt": OPTConfig(
        vocab_size=WORDS,
        hidden_size=64,
        ffn_dim=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        word_embed_proj_dim=64,
    ),
    "bloom": BloomConfig(vocab_size=WORDS, hidden_size=64, n_layer=2, n_head=2),
}


@pytest.fixture(scope="module")
def tokenizer(data: Path) -> PreTrainedTokenizerFast:
    return tokenizer_for(ModelRecipe(config={"hidden_size": 64}, vocabulary=WORDS), rows.load(data))


def trainer(
    config: PretrainedConfig,
    tokenizer: PreTrainedTokenizerFast,
    folder: Path,
    out: Path,
    dtype: str = "float32",
    **over: str,
) -> tuple[Trainer, Dataset]:
    """A trainer of one step on documents that are packed, as `train/sft.py` makes it."""
    short = {"max_length": 512, "max_steps": 1, "per_device_train_batch_size": 1, "output_dir": str(out)}
    cpu = {"use_cpu": True, "bf16": False, "report_to": "none", "save_strategy": "no", "gradient_checkpointing": False}
    recipe = TrainRecipe.model_validate(
        {"model": {"base": "new"}, "data": folder, "packing": "documents", "trainer": short | cpu, **over}
    )
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config, dtype=getattr(torch, dtype))
    tokens = rows.tokenised(rows.load(folder), tokenizer, 512)
    made = Trainer(model, arguments.config(recipe), train_dataset=tokens, processing_class=tokenizer)
    if recipe.packing == "documents":
        made.add_callback(IsolationCheck(made, tokens))
    return made, tokens


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_model_that_keeps_documents_apart_is_trained(
    dtype: str, tokenizer: PreTrainedTokenizerFast, data: Path, tmp_path: Path
) -> None:
    made, _ = trainer(MISTRAL, tokenizer, data, tmp_path, dtype)
    assert made.train().global_step == 1


@pytest.mark.parametrize("name", MIXING)
def test_a_model_in_which_they_see_each_other_takes_no_step(
    name: str, tokenizer: PreTrainedTokenizerFast, data: Path, tmp_path: Path
) -> None:
    made, _ = trainer(MIXING[name], tokenizer, data, tmp_path)
    with pytest.raises(UserError, match="Packed documents attend to each other"):
        made.train()
    assert made.state.global_step == 0


def test_the_difference_is_that_of_a_model_which_takes_them_for_one_text(
    tokenizer: PreTrainedTokenizerFast, data: Path, tmp_path: Path
) -> None:
    made, tokens = trainer(MISTRAL, tokenizer, data, tmp_path)
    documents = [tokens[place]["input_ids"][: 61 - place] for place in range(2)]
    assert difference(made.model, made, documents) < EXACT / 100
    plain = made.data_collator
    made.data_collator = lambda rows: plain(rows) | {"position_ids": torch.arange(len(rows[0]["input_ids"]))[None]}
    assert difference(made.model, made, documents) > EXACT * 10


@pytest.mark.parametrize("loss", ["completion", "all"])
def test_packed_documents_have_the_loss_that_they_have_side_by_side(
    loss: str, tokenizer: PreTrainedTokenizerFast, data: Path, tmp_path: Path
) -> None:
    packed, _ = trainer(MISTRAL, tokenizer, data, tmp_path, loss=loss)
    alone, _ = trainer(MISTRAL, tokenizer, data, tmp_path, loss=loss, packing="none")
    row = max(packed.train_dataset, key=lambda row: len(row["seq_lengths"]))
    assert len(row["seq_lengths"]) > 2
    ends = np.cumsum(row["seq_lengths"])
    cut = [
        {name: row[name][end - size : end] for name in ("input_ids", "labels")}
        for end, size in zip(ends, row["seq_lengths"], strict=True)
    ]
    together, apart = (
        made.compute_loss(made.model, made._prepare_inputs(made.data_collator(some)))
        for made, some in ((packed, [row]), (alone, cut))
    )
    torch.testing.assert_close(together, apart)
