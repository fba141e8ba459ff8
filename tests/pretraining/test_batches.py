"""Batches: what the encoder reads, what the decoder reads and learns; whatever company a document is in."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import BartConfig, BartForConditionalGeneration

from mnlu_instruct.pretraining import manifest, noise, streams, vocabulary
from mnlu_instruct.pretraining.batches import Collator, Documents, Order
from mnlu_instruct.pretraining.noise import Noise
from mnlu_instruct.pretraining.shards import Corpus
from mnlu_instruct.training.preflight.documents import IGNORED
from tests.pretraining.conftest import SHAPE

MOST = 64


def corpus(small: Path) -> Corpus:
    return Corpus(small, [shard["name"] for shard in manifest.read(small)["shards"]])


def collator(small: Path, targets: Any = "whole", most: int = MOST, **settings: Any) -> Collator:
    tokenizer = vocabulary.load(str(small / manifest.TOKENIZER))
    return Collator(corpus(small), tokenizer, vocabulary.alphabet(tokenizer), Noise(**settings), targets, most, seed=4)


def batch(made: Collator, *numbers: int) -> dict[str, Any]:
    documents = Documents(made.corpus, made.most)
    return {name: array.numpy() for name, array in made([documents[number] for number in numbers]).items()}


def test_the_decoder_learns_the_whole_text_and_no_padding(small: Path) -> None:
    made = collator(small)
    found = batch(made, 0, 70, 5)
    for row, number in enumerate((0, 70, 5)):
        tokens, _ = made.corpus.read(np.array([number]), MOST - 2)
        text = [0, *tokens.tolist(), 2]
        assert found["labels"][row, : len(text)].tolist() == text
        assert (found["labels"][row, len(text) :] == IGNORED).all()
        assert found["decoder_input_ids"][row, : len(text)].tolist() == [2, *text[:-1]]
        read, key = found["input_ids"][row], streams.keys(4, 0, made.corpus.ids[[number]])
        expected = noise.add(tokens, np.array([len(tokens)]), key, made.alphabet, Noise()).tokens.tolist()
        assert read[: len(expected) + 2].tolist() == [0, *expected, 2]
        assert (read[len(expected) + 2 :] == 1).all()
        assert found["attention_mask"][row].sum() == len(expected) + 2
    assert found["labels"].shape[1] == max((row != IGNORED).sum() for row in found["labels"])


def test_released_targets_have_no_begin_and_all_padding(small: Path) -> None:
    made = collator(small, "released", style="released")
    found = batch(made, 0, 7)
    assert found["input_ids"].shape == found["labels"].shape == (2, MOST)
    for row, number in enumerate((0, 7)):
        tokens, counts = made.corpus.read(np.array([number]), MOST - 2)
        assert found["labels"][row].tolist() == [*tokens.tolist(), 2, *[1] * (MOST - counts[0] - 1)]
        assert found["decoder_input_ids"][row, 0] == 2
        assert (found["decoder_input_ids"][row, 1:] == found["labels"][row, :-1]).all()


def test_the_decoders_input_is_what_bart_makes_of_the_labels(small: Path) -> None:
    made = collator(small)
    found = {name: torch.tensor(array) for name, array in batch(made, 3, 9).items()}
    network = BartForConditionalGeneration(BartConfig(**SHAPE, vocab_size=400)).eval()
    own = network(input_ids=found["input_ids"], attention_mask=found["attention_mask"], labels=found["labels"])
    assert torch.equal(network(**found).logits, own.logits)


def test_a_batch_is_a_function_of_its_numbers(small: Path) -> None:
    made = collator(small, permute=True)
    size = len(made.corpus)
    together = batch(made, 3, size + 3, 2 * size + 89, 4)["input_ids"]
    assert not np.array_equal(together[0], together[1])
    for row, number in enumerate((3, size + 3, 2 * size + 89, 4)):
        alone = batch(made, number)["input_ids"][0]
        assert together[row, : len(alone)].tolist() == alone.tolist()


def test_long_texts_are_cut_before_the_noise_and_never_longer(small: Path) -> None:
    made = collator(small, most=12, ratio=0.3)
    found = batch(made, *range(20))
    assert found["labels"].shape == (20, 12) and (found["labels"][:, -1] == 2).all()
    # Of ten tokens three are covered.
    assert ((found["input_ids"] != 1).sum(1) <= 12).all()
    many = batch(collator(small, most=12, ratio=0.5, rate=0.2), *range(20))["input_ids"]
    assert many.shape == (20, 12) and (many == 2).any(1).all()


def test_an_epoch_has_each_document_once_in_another_order(small: Path) -> None:
    order = Order(90, seed=1)
    first = list(order)
    order.set_epoch(2)
    third = list(order)
    assert sorted(first) == list(range(90)) and sorted(third) == list(range(180, 270)) and len(order) == 90
    assert [one - 180 for one in third] != first
    assert list(Order(90, seed=2)) != first and list(Order(90, seed=1)) == first


def test_rows_have_names_and_counts(small: Path) -> None:
    documents = Documents(corpus(small), 20)
    assert documents[0] == {"document": 0, "id": "PubMed 1"} and documents[90 + 51]["id"] == "PubMed 52"
    tokens, trained, pairs = documents.counts()
    assert (trained <= 20).all() and tokens.tolist() == (2 * trained).tolist() and pairs[0] == 2 * trained[0] ** 2


@pytest.mark.parametrize("most", [7, 10**6])
def test_documents_are_read_across_shards(small: Path, most: int) -> None:
    found = corpus(small)
    some = np.array([60, 0, 49, 50, 89])
    tokens, counts = found.read(some, most)
    alone = [found.read(np.array([one]), most)[0].tolist() for one in some]
    assert tokens.tolist() == [token for one in alone for token in one] and counts.tolist() == [
        len(one) for one in alone
    ]
