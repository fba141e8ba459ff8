"""The order of rows: each once, like lengths together, the same for a seed and an epoch; the head scores answers."""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import MistralConfig, MistralForCausalLM
from trl.trainer import utils as trl_utils

from mnlu_instruct.training.trainer import GROUPED, LikeLengths

LENGTHS = st.lists(st.integers(1, 500), max_size=400)


@given(LENGTHS, st.integers(1, 9), st.integers(0, 3))
def test_every_row_comes_once_and_falls_in_length_within_a_group(lengths: list[int], batch: int, epoch: int) -> None:
    sampler = LikeLengths(lengths, batch, seed=7)
    sampler.set_epoch(epoch)
    order = list(sampler)
    assert sorted(order) == list(range(len(lengths))) and len(sampler) == len(lengths)
    for start in range(0, len(order), GROUPED * batch):
        found = [lengths[row] for row in order[start : start + GROUPED * batch]]
        assert found == sorted(found, reverse=True)


def test_epochs_and_seeds_differ_and_come_again() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        sampler = LikeLengths(list(range(500)), 4, seed)
        sampler.set_epoch(epoch)
        return list(sampler)

    assert order(1, 2) == order(1, 2)
    assert len({tuple(order(seed, epoch)) for seed in (1, 5) for epoch in (0, 1)}) == 4


def test_batches_are_of_like_length_yet_far_from_sorted_as_a_whole() -> None:
    lengths = [60 + row % 2 * 100 for row in range(1_000)]
    order = [lengths[row] for row in LikeLengths(lengths, 8, seed=0)]
    batches = [order[start : start + 8] for start in range(0, 1_000, 8)]
    assert sum(len(set(batch)) > 1 for batch in batches) <= 1_000 // (8 * GROUPED) + 1
    changes = sum(before != after for before, after in itertools.pairwise(order))
    assert changes >= 2 * (1_000 // (8 * GROUPED)) - 1


def test_the_head_sees_only_the_tokens_to_learn_and_scores_them_as_the_whole_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = MistralConfig(
        vocab_size=40,
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
    )
    torch.manual_seed(0)
    model = MistralForCausalLM(config)
    ids = torch.randint(0, 40, (3, 12))
    labels = ids.masked_fill(torch.arange(12) < 9, -100)
    expected = model(input_ids=ids, labels=labels).loss
    seen = []
    score = trl_utils._ChunkedLogProbFunction.apply

    def counted(hidden: torch.Tensor, *rest: object) -> object:
        seen.append(len(hidden))
        return score(hidden, *rest)

    monkeypatch.setattr(trl_utils._ChunkedLogProbFunction, "apply", counted)
    trl_utils.add_fused_lm_head(model)
    scored = model(input_ids=ids, labels=labels, fused_lm_head=True)
    assert seen == [3 * 3]
    torch.testing.assert_close(scored.loss, expected)
