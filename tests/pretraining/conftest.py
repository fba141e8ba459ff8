"""A small corpus, and a tiny BART."""

from pathlib import Path

import pytest
import torch
from transformers import BartConfig, BartForConditionalGeneration

from mnlu_instruct.pretraining import corpus, manifest, vocabulary
from mnlu_instruct.pretraining.extraction import Choice
from tests.pretraining.files import abstracts, written

SHAPE = {
    "d_model": 32,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "max_position_embeddings": 64,
}


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of 90 abstracts in two shards."""
    folder = tmp_path_factory.mktemp("pubmed")
    files = {"pubmed21n0001.xml.gz": abstracts(50), "pubmed21n0002.xml.gz": abstracts(40, 51)}
    planned = corpus.plan(written(folder / "xml", files), Choice(), None, 400)
    corpus.write(planned, folder / "corpus", None, lambda *_: None)
    return folder / "corpus"


@pytest.fixture(scope="session")
def bart(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny BART with random weights and the corpus' tokenizer, whose configuration is as old BARTs' are."""
    folder = tmp_path_factory.mktemp("bart")
    tokenizer = vocabulary.load(str(small / manifest.TOKENIZER))
    tokenizer.save_pretrained(folder)
    torch.manual_seed(3)
    network = BartForConditionalGeneration(BartConfig(**SHAPE, vocab_size=len(tokenizer)))
    network.generation_config.update(no_repeat_ngram_size=3, num_beams=4, min_length=10, forced_bos_token_id=0)
    network.save_pretrained(folder)
    return folder
