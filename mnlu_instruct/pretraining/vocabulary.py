"""The tokenizer of a pretraining: a model's, or a new one in the manner of BART's, trained on the texts."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import json
from numpy.typing import NDArray

from mnlu_instruct.errors import UserError
from mnlu_instruct.pretraining.noise import Alphabet
from mnlu_instruct.prompting import byte_level, chat
from mnlu_instruct.prompting.chat import Tokenizer

BEGIN, PAD, END, UNKNOWN, MASK = "<s>", "<pad>", "</s>", "<unk>", "<mask>"
NEEDED = ("bos", "eos", "pad", "mask")
BLANKS = ("Ġ", "▁")
"""What stands for a blank in byte-level BPE, and in SentencePiece."""
STOPS = (".", "?", "!")
SMALLEST = 300
"""Tokens of the smallest new vocabulary: 256 bytes, the special tokens, and some pieces."""


def load(source: str) -> Tokenizer:
    """A model's tokenizer, by name or path.

    Raises:
        UserError: there is none, it lacks a token that text infilling needs, or it is not a fast one.
    """
    tokenizer = chat.load_tokenizer(source)
    for name in NEEDED:
        if getattr(tokenizer, f"{name}_token_id") is None:
            raise UserError(
                f"The tokenizer of {source} has no {name} token, which text infilling needs.",
                "take one of a BART, or train a new one with --vocabulary.",
            )
    if not tokenizer.is_fast:
        raise UserError(f"The tokenizer of {source} has no tokenizer.json.", "save it again with transformers.")
    return tokenizer


def trained(texts: Iterable[str], size: int) -> Tokenizer:
    """A byte-level BPE of `size` tokens, with BART's special tokens, trained on texts."""
    from tokenizers import processors  # noqa: PLC0415 (only where there is no tokenizer yet)
    from transformers import PreTrainedTokenizerFast  # noqa: PLC0415

    raw = byte_level.learned(texts, size, (BEGIN, PAD, END, UNKNOWN, MASK))
    ends = [(token, raw.token_to_id(token)) for token in (BEGIN, END)]
    raw.post_processor = processors.TemplateProcessing(f"{BEGIN} $A {END}", f"{BEGIN} $A {END} $B {END}", ends)
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, bos_token=BEGIN, eos_token=END, pad_token=PAD, unk_token=UNKNOWN, mask_token=MASK
    )


def hashed(tokenizer: Tokenizer) -> str:
    """A hash of what token ids mean: the pieces and the special tokens."""
    special = [getattr(tokenizer, f"{name}_token_id") for name in NEEDED]
    stated = [sorted(tokenizer.get_vocab().items()), special]
    return hashlib.sha256(json.encode(stated)).hexdigest()


def smallest(tokens: int) -> type[np.unsignedinteger[Any]]:
    """The smallest type that holds the id of any of so many tokens: 16 bits for up to 65,536, as BART's 50,265."""
    return np.uint16 if tokens <= 2**16 else np.uint32


def alphabet(tokenizer: Tokenizer) -> Alphabet:
    """What noise has to know of the vocabulary."""
    pieces = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    special = set(tokenizer.all_special_ids)
    regular = [one for one, piece in enumerate(pieces) if one not in special]
    return Alphabet(
        mask=tokenizer.mask_token_id,
        regular=np.array(regular, smallest(len(tokenizer))),
        begins_word=np.array([piece.startswith(BLANKS) for piece in pieces]),
        ends_sentence=np.array([one not in special and piece.endswith(STOPS) for one, piece in enumerate(pieces)]),
    )


class Encoder:
    """Encodes texts without special tokens; those that are written in a text are text.

    Args:
        folder: the folder of the tokenizer.
    """

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer as Raw  # noqa: PLC0415 (transformers would take each worker seconds)

        self.raw = Raw.from_file(str(folder / "tokenizer.json"))
        self.type = smallest(self.raw.get_vocab_size())
        self.raw.encode_special_tokens = True
        self.raw.no_truncation()
        self.raw.no_padding()

    def encode(self, texts: Sequence[str]) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """The token ids of texts, one text after the other, and how many each has."""
        found = [one.ids for one in self.raw.encode_batch_fast(texts, add_special_tokens=False)]
        counts = np.array([len(ids) for ids in found], np.int64)
        return np.fromiter((one for ids in found for one in ids), self.type, counts.sum()), counts
