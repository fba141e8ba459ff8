"""New vocabularies: byte-level BPE (Radford et al., 2019), learned from texts."""

from collections.abc import Iterable, Sequence
from typing import Any


def learned(texts: Iterable[str], size: int, special: Sequence[str], words: Any = None) -> Any:
    """A `tokenizers.Tokenizer` whose pieces are learned from texts.

    Args:
        texts: what it is learned from.
        size: the number of tokens, special ones and the 256 bytes included; fewer, if the texts give no more.
        special: the special tokens, which have the first ids.
        words: the pre-tokenizer, which must end in bytes; by default GPT-2's, without a blank before a text.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers  # noqa: PLC0415 (few need it)

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = words or pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=list(special), initial_alphabet=alphabet, show_progress=False
    )
    raw.train_from_iterator(texts, trainer)
    return raw
