"""Arithmetic as in the paper, and what GPUs can do."""

import pytest
from transformers import MistralConfig, MistralForCausalLM

from mnlu_instruct.training.estimate.flops import arithmetic, peak


def model(**over: bool) -> MistralForCausalLM:
    config = MistralConfig(
        vocab_size=100, hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=2, **over,
    )  # fmt: skip
    return MistralForCausalLM(config)


def test_arithmetic_is_six_a_weight_and_twelve_a_layer_head_and_dimension() -> None:
    whole = model()
    met = sum(weight.numel() for weight in whole.parameters()) - 100 * 32
    found = arithmetic(whole)
    assert found is not None
    assert (found.token, found.pair) == (6 * met, 12 * 3 * 4 * 8)
    assert found.of(10, 7) == 60 * met + 7 * 12 * 3 * 4 * 8
    tied = arithmetic(model(tie_word_embeddings=True))
    assert tied is not None and tied.token == 6 * met


def test_frozen_weights_have_no_gradient_of_their_own() -> None:
    whole = model()
    for weight in whole.model.layers.parameters():
        weight.requires_grad = False
    frozen = sum(weight.numel() for weight in whole.model.layers.parameters())
    trained = sum(weight.numel() for weight in whole.parameters()) - frozen - 100 * 32
    found = arithmetic(whole)
    assert found is not None and found.token == 6 * trained + 4 * frozen


@pytest.mark.parametrize(
    ("device", "tflops"),
    [
        ("NVIDIA A100-SXM4-80GB", 312), ("NVIDIA A100 80GB PCIe", 312), ("NVIDIA A100-PCIE-40GB", 312),
        ("NVIDIA H100 80GB HBM3", 989.4), ("NVIDIA H100 PCIe", 756), ("NVIDIA H100 NVL", 835.5),
        ("NVIDIA H200", 989.4), ("NVIDIA H200 NVL", 835.5), ("NVIDIA L40S", 362), ("NVIDIA L4", 121),
        ("NVIDIA GeForce RTX 4090", 165.2), ("NVIDIA RTX A6000", 154.8), ("NVIDIA GH200 480GB", 989.4),
        ("NVIDIA RTX 6000 Ada Generation", 364.2), ("NVIDIA A40", 149.7),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", None), ("NVIDIA GeForce RTX 4090 D", None),
        ("Tesla V100-SXM2-16GB", None),
    ],
)  # fmt: skip
def test_known_gpus(device: str, tflops: float | None) -> None:
    assert peak(device) == (tflops * 1e12 if tflops else None)
