"""Batches of a pretraining: documents of a corpus in a random order of each epoch, with the noise of that epoch.

Document i of epoch e is number e · n + i, from its order to its noise. So loader workers, processes and resumption need
no state: a batch is a function of its numbers.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset, Sampler

from mnlu_instruct.pretraining import noise, ragged, streams
from mnlu_instruct.pretraining.noise import Alphabet, Noise
from mnlu_instruct.pretraining.ragged import Counts
from mnlu_instruct.pretraining.shards import Corpus
from mnlu_instruct.prompting.chat import Tokenizer
from mnlu_instruct.training.preflight.documents import IGNORED

ENDS = 2
"""The tokens that begin and end a text."""


class Documents(Dataset[dict[str, Any]]):  # type: ignore[misc]
    """The documents of a corpus as rows: `document`, the number, and `id`, for messages.

    Args:
        corpus: the corpus.
        most: the most tokens of a text with its ends.
    """

    column_names = ("document", "id")

    def __init__(self, corpus: Corpus, most: int) -> None:
        self.corpus = corpus
        self.most = most

    def __len__(self) -> int:
        return len(self.corpus)

    def __getitem__(self, number: int) -> dict[str, Any]:
        return {"document": number, "id": f"PubMed {self.corpus.ids[number % len(self)]}"}

    def counts(self) -> Counts:
        """For each document: tokens of both sides, before the noise, those with a loss, and pairs that attend."""
        lengths = np.minimum(self.corpus.counts + ENDS, self.most)
        return np.stack([2 * lengths, lengths, 2 * lengths**2])


class Order(Sampler[int]):  # type: ignore[misc]
    """The numbers of an epoch's documents, in a random order that depends on seed and epoch only."""

    def __init__(self, documents: int, seed: int) -> None:
        self.documents = documents
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Called before each epoch, also when a training resumes."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.documents

    def __iter__(self) -> Iterator[int]:
        order = np.random.default_rng((self.seed, self.epoch)).permutation(self.documents)
        return (int(one) for one in order + self.epoch * self.documents)


class Collator:
    """Makes a batch of documents: what the encoder reads, what the decoder reads, and what it learns.

    Args:
        corpus: the documents.
        tokenizer: the tokenizer, for its special tokens.
        alphabet: of its vocabulary.
        settings: the noise.
        targets: what the decoder learns (`PretrainRecipe.targets`).
        most: the most tokens of either side, with the ends of the text.
        seed: the seed of the noise.
    """

    def __init__(
        self,
        corpus: Corpus,
        tokenizer: Tokenizer,
        alphabet: Alphabet,
        settings: Noise,
        targets: Literal["whole", "released"],
        most: int,
        seed: int,
    ) -> None:
        self.corpus, self.alphabet, self.settings, self.most, self.seed = corpus, alphabet, settings, most, seed
        self.begin, self.end, self.pad = tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id
        self.released = targets == "released"

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """The batch of some rows: `input_ids`, `attention_mask`, `decoder_input_ids`, `labels`."""
        epochs, documents = np.divmod([row["document"] for row in rows], len(self.corpus))
        tokens, counts = self.corpus.read(documents, self.most - ENDS)
        keys = streams.keys(self.seed, epochs, self.corpus.ids[documents])
        noised = noise.add(tokens, counts, keys, self.alphabet, self.settings)
        read = self._matrix(noised.tokens, noised.counts, self.begin, self.pad)
        begin, filled = (None, self.pad) if self.released else (self.begin, IGNORED)
        labels = self._matrix(tokens, counts, begin, filled)
        seen = np.roll(np.where(labels == IGNORED, self.pad, labels), 1, axis=1)
        seen[:, 0] = self.end
        there = (read != self.pad).astype(np.int64)
        found = {"input_ids": read, "attention_mask": there, "decoder_input_ids": seen, "labels": labels}
        return {name: torch.from_numpy(array) for name, array in found.items()}

    def _matrix(self, tokens: NDArray[Any], counts: Counts, begin: int | None, filled: int) -> NDArray[np.int64]:
        """Texts with their ends as rows, filled up. One that inserted masks made too long is cut."""
        first = int(begin is not None)
        ends = first + np.minimum(counts, self.most - 1 - first)
        found = np.full((len(counts), self.most if self.released else int(ends.max()) + 1), filled, np.int64)
        rows, columns = np.repeat(np.arange(len(counts)), counts), ragged.numbered(counts) + first
        kept = columns < np.repeat(ends, counts)
        found[rows[kept], columns[kept]] = tokens[kept]
        if begin is not None:
            found[:, 0] = begin
        found[np.arange(len(counts)), ends] = self.end
        return found
