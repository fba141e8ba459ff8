"""A tiny BART with random weights and a byte-level BPE, in a folder as the hub has them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import BartConfig, BartForConditionalGeneration, PreTrainedTokenizerFast, set_seed

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
TEXTS = ["my legs and arms ached badly", "disease protein cell line", "the left atrium is dilated"]


def tiny_bart(folder: Path, positions: int = 128) -> Path:
    """Write the model; words of `TEXTS` have one piece or two, others have a piece a letter."""
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer, raw.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    raw.train_from_iterator(TEXTS, trainer)
    raw.post_processor = processors.TemplateProcessing("<s> $A </s>", None, [("<s>", 0), ("</s>", 2)])
    PreTrainedTokenizerFast(
        tokenizer_object=raw, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>"
    ).save_pretrained(folder)
    set_seed(1)
    halves = {"layers": 1, "attention_heads": 2, "ffn_dim": 64}
    shape = {f"{half}_{name}": value for half in ("encoder", "decoder") for name, value in halves.items()}
    config = BartConfig(
        **shape, vocab_size=raw.get_vocab_size(), d_model=32, dropout=0.0, max_position_embeddings=positions
    )
    BartForConditionalGeneration(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bart(tmp_path_factory.mktemp("bart"))


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Several threads wait for each other longer than a tiny model takes, where other programs are running."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
