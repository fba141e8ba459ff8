"""Constrained beam search: the hypotheses of transformers' own, its traps, batches, few names."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
)

from mnlu_instruct.knowledge import beam, trie
from mnlu_instruct.knowledge.beam import Asked
from mnlu_instruct.knowledge.trie import Trie

VOCABULARY, PAD, END, START = 60, 1, 2, 2
BEAMS = 5


def bart() -> Any:
    config = BartConfig(
        vocab_size=VOCABULARY, d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=64, decoder_ffn_dim=64, init_std=0.6, max_position_embeddings=128,
    )  # fmt: skip
    return BartForConditionalGeneration(config)


def t5() -> Any:
    shape = {"d_model": 32, "d_kv": 16, "d_ff": 64, "num_layers": 2, "num_heads": 2, "initializer_factor": 4.0}
    return T5ForConditionalGeneration(
        T5Config(vocab_size=VOCABULARY, **shape, decoder_start_token_id=START, pad_token_id=PAD, eos_token_id=END)
    )


def gpt2() -> Any:
    shape = {"n_layer": 2, "n_head": 2, "n_embd": 32, "initializer_range": 0.6}
    return GPT2LMHeadModel(GPT2Config(vocab_size=VOCABULARY, **shape, eos_token_id=END, bos_token_id=END))


def llama() -> Any:
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    return LlamaForCausalLM(
        LlamaConfig(vocab_size=VOCABULARY, **shape, initializer_range=0.6, eos_token_id=END, pad_token_id=PAD)
    )


def model(make: Any) -> Any:
    torch.manual_seed(3)
    return make().eval()


def names(count: int, seed: int = 0) -> list[list[int]]:
    """Names of one to five tokens, many of which begin alike."""
    generator = np.random.default_rng(seed)
    found = {tuple(generator.integers(3, 12, generator.integers(1, 6)).tolist()) for _ in range(3 * count)}
    return [list(one) for one in sorted(found)[:: max(len(found) // count, 1)][:count]]


def made(tokens: Sequence[list[int]]) -> Trie:
    return trie.build(
        [str(n) for n in range(len(tokens))], lambda some: [tokens[int(one)] for one in some], END, VOCABULARY
    )


def asked(encoder: bool, count: int = 8) -> list[Asked]:
    """Questions of several lengths, some with beginnings of one length."""
    generator = np.random.default_rng(5)

    def ids(length: int) -> list[int]:
        found: list[int] = generator.integers(3, VOCABULARY, length).tolist()
        return found

    return [
        Asked([START, *ids(1 + place % 3)], ids(4 + place)) if encoder else Asked(ids(3 + place))
        for place in range(count)
    ]


def theirs(tried: Any, one: Asked, found: Trie, penalty: float) -> list[tuple[tuple[int, ...], float]]:
    """The hypotheses of `generate`, tokens and scores; those that aren't names, where too few are, left out."""
    spelt = found.spelt()
    known = [*one.before]

    def allowed(_: int, ids: torch.Tensor) -> list[int]:
        after = tuple(ids.tolist()[len(known) :])
        nexts = {
            (*some, END)[len(after)]
            for some in spelt
            if (*some, END)[: len(after)] == after and len(after) <= len(some)
        }
        return sorted(nexts) or [END]

    shape = {
        "num_beams": BEAMS, "num_return_sequences": BEAMS, "max_new_tokens": 8, "length_penalty": penalty,
        "early_stopping": False, "do_sample": False, "prefix_allowed_tokens_fn": allowed, "output_scores": True,
        "return_dict_in_generate": True, "pad_token_id": PAD, "eos_token_id": END,
    }  # fmt: skip
    before = torch.tensor([known])
    if one.source:
        out = tried.generate(
            torch.tensor([one.source]),
            decoder_input_ids=before,
            forced_bos_token_id=None,
            no_repeat_ngram_size=0,
            **shape,
        )
    else:
        out = tried.generate(before, attention_mask=torch.ones_like(before), **shape)
    answers = []
    for ids, score in zip(out.sequences.tolist(), out.sequences_scores.tolist(), strict=True):
        after = [token for token in ids[len(known) :] if token != PAD]
        if after[-1:] == [END] and tuple(after[:-1]) in spelt and score > -1e6:
            answers.append((tuple(after[:-1]), score))
    return answers


@pytest.mark.parametrize("make", [bart, t5, gpt2, llama])
@pytest.mark.parametrize("penalty", [1.0, 0.0, 2.0])
def test_the_hypotheses_are_those_of_transformers(make: Any, penalty: float) -> None:
    tried, tokens = model(make), names(120)
    found = made(tokens)
    questions = asked(tried.config.is_encoder_decoder)
    ours = beam.search(tried, questions, found, BEAMS, penalty, batch=3)
    for one, hypotheses in zip(questions, ours, strict=True):
        wanted = theirs(tried, one, found, penalty)
        assert [tuple(tokens[hypothesis.names[0]]) for hypothesis in hypotheses] == [ids for ids, _ in wanted]
        assert [hypothesis.score for hypothesis in hypotheses] == pytest.approx(
            [score for _, score in wanted], rel=1e-3
        )


@pytest.mark.parametrize("make", [bart, gpt2])
def test_batches_change_nothing(make: Any) -> None:
    tried, found = model(make), made(names(60))
    questions = asked(tried.config.is_encoder_decoder, 9)
    at_once, alone = (beam.search(tried, questions, found, batch=size) for size in (9, 1))
    for one, other in zip(at_once, alone, strict=True):
        assert [hypothesis.names for hypothesis in one] == [hypothesis.names for hypothesis in other]
        assert [hypothesis.score for hypothesis in one] == pytest.approx(
            [hypothesis.score for hypothesis in other], rel=1e-3
        )


@pytest.mark.parametrize("make", [bart, gpt2])
@pytest.mark.parametrize("tokens", [[[5]], [[5], [5, 6]], [[5], [6], [7, 8, 9]]])
def test_of_fewer_names_than_beams_each_is_found_once(make: Any, tokens: list[list[int]]) -> None:
    tried = model(make)
    for hypotheses in beam.search(tried, asked(tried.config.is_encoder_decoder), made(tokens), BEAMS):
        assert sorted(one.names for one in hypotheses) == [(number,) for number in range(len(tokens))]


def test_names_with_the_same_tokens_are_one_hypothesis() -> None:
    tried = model(bart)
    for (one,) in beam.search(tried, asked(True), made([[5, 6], [5, 6]])):
        assert one.names == (0, 1)


def test_settings_of_the_model_that_break_names_do_not_apply() -> None:
    tried, tokens = model(bart), [[5, 6, 5, 6, 5, 6], [7]]
    plain = beam.search(tried, asked(True), made(tokens))
    tried.generation_config.update(forced_bos_token_id=0, no_repeat_ngram_size=3, min_length=20, num_beams=4)
    assert beam.search(tried, asked(True), made(tokens)) == plain


def test_scores_are_means_of_log_probabilities_of_the_name_and_the_end() -> None:
    tried, tokens = model(bart), [[5, 6]]
    (one, *_) = asked(True)
    ((found,), *_) = beam.search(tried, [one], made(tokens))
    with torch.no_grad():
        logits = tried(
            input_ids=torch.tensor([one.source]), decoder_input_ids=torch.tensor([[*one.before, 5, 6]])
        ).logits.log_softmax(-1)[0]
    start = len(one.before) - 1
    assert found.score == pytest.approx(
        sum(logits[start + place, token].item() for place, token in enumerate([5, 6, END])) / 3, rel=1e-3
    )


def test_nothing_asked_is_nothing_found() -> None:
    assert beam.search(model(bart), [], made([[5]])) == []
