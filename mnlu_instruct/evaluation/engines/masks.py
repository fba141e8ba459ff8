"""Masks of the tokens that grammars allow, by xgrammar, which must know the text of each token."""

from collections.abc import Sequence

import torch
import xgrammar
from xgrammar import CompiledGrammar, GrammarMatcher, TokenizerInfo, VocabType

from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation.engines import greedy
from mnlu_instruct.prompting import chat
from mnlu_instruct.prompting.chat import Tokenizer

SAMPLE = 'The relation between "a" and NF-kappaB (B2) exists; none.'


class Within:
    """Chooses the likeliest token of each row that its grammar allows (`greedy.Choose`).

    Args:
        grammars: the grammar of each row.
        begun: the tokens of each row that were chosen before.
    """

    def __init__(self, grammars: Sequence[CompiledGrammar], begun: Sequence[Sequence[int]]) -> None:
        self.matchers = [GrammarMatcher(grammar) for grammar in grammars]
        for matcher, tokens in zip(self.matchers, begun, strict=True):
            for token in tokens:
                matcher.accept_token(token)

    def __call__(self, logits: torch.Tensor, rows: Sequence[int]) -> list[int]:
        """Choose tokens; changes the logits."""
        allowed = xgrammar.allocate_token_bitmask(*logits.shape)
        for place, row in enumerate(rows):
            self.matchers[row].fill_next_token_bitmask(allowed, place)
        xgrammar.apply_token_bitmask_inplace(logits, allowed.to(logits.device))
        tokens = greedy.likeliest(logits, rows)
        for row, token in zip(rows, tokens, strict=True):
            self.matchers[row].accept_token(token)
        return tokens


def check(model: str) -> None:
    """Check, before a model is loaded, that its answers can be constrained; raises as `texts`."""
    tokenizer = chat.load_tokenizer(model)
    texts(tokenizer, len(tokenizer), [tokenizer.eos_token_id])


def texts(tokenizer: Tokenizer, size: int, ends: Sequence[int]) -> TokenizerInfo:
    """The texts of tokens. Special tokens have none, so that no answer holds one, unless it ends the answer.

    Args:
        tokenizer: the model's tokenizer.
        size: how many tokens the model has.
        ends: the tokens that end an answer.

    Raises:
        UserError: the texts of a text's tokens, one after another, aren't that text.
    """
    special, words = set(tokenizer.all_special_ids), [""] * size
    for word, number in tokenizer.get_vocab().items():
        if number < size and number not in special:
            words[number] = word
    info = TokenizerInfo(words, _kind(tokenizer), vocab_size=size, stop_token_ids=list(ends))
    ids = tokenizer(SAMPLE, add_special_tokens=False)["input_ids"]
    written = b"".join(info.decoded_vocab[number] for number in ids).decode(errors="replace")
    if written.removeprefix(" ") != SAMPLE:
        raise UserError(
            f"Answers can't be constrained with the tokenizer of {tokenizer.name_or_path}: its tokens don't say where "
            "blanks are.",
            "leave out --constrained.",
        )
    return info


def _kind(tokenizer: Tokenizer) -> VocabType:
    """How a vocabulary is written; T5's, of SentencePiece without bytes, has the same ▁ as those with bytes."""
    try:
        found = TokenizerInfo.from_huggingface(tokenizer).vocab_type
    except ValueError:  # a tokenizer of a kind that xgrammar doesn't know
        return VocabType.RAW
    return VocabType.BYTE_FALLBACK if found == VocabType.RAW else found
