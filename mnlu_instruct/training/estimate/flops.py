"""FLOPs of training (Chowdhery et al., 2022: PaLM, appendix B), and the peak FLOP/s of known GPUs."""

import re
from dataclasses import dataclass

import torch
from transformers import PreTrainedConfig, PreTrainedModel

PEAKS = {
    "A100": 312.0,
    "A10": 125.0,
    "A30": 165.0,
    "A40": 149.7,
    "A6000": 154.8,
    "B200": 2250.0,
    "GH200": 989.4,
    "H100": 989.4,
    "H100 NVL": 835.5,
    "H100 PCIe": 756.0,
    "H200": 989.4,
    "H200 NVL": 835.5,
    "L4": 121.0,
    "L40": 181.0,
    "L40S": 362.0,
    "RTX 3090": 71.0,
    "RTX 4090": 165.2,
    "RTX 5090": 209.5,
    "RTX 6000 Ada Generation": 364.2,
}
"""TFLOP/s in bfloat16 with sums in float32, dense: NVIDIA's data sheets (half of what they print "with sparsity"); for
GeForce cards the white papers of Ampere GA102, Ada and Blackwell, appendix A."""
BARE = re.compile(r"NVIDIA |GeForce |RTX (?=A\d)|-?(SXM\d?|PCIE|PG\d+)\b.*| \d+ ?GB.*", re.IGNORECASE)


@dataclass(frozen=True)
class Arithmetic:
    """The FLOPs of a decoder model's training step, without those of recomputed activations.

    Attributes:
        token: for each token: 6 per trained weight of a matrix product (2 forward, 4 backward), 4 per frozen weight
            (whose gradient is not computed). The head counts as a matrix product, an embedding look-up doesn't.
        pair: for each pair of tokens of one document: 12 per layer, head and dimension of a head.
    """

    token: float
    pair: float

    def of(self, tokens: float, pairs: float) -> float:
        """The FLOPs of that many tokens, and pairs of tokens (the sum of the documents' squared lengths)."""
        return self.token * tokens + self.pair * pairs


def arithmetic(model: PreTrainedModel) -> Arithmetic | None:
    """The FLOPs of a model; None for encoder–decoders, in which not every token goes through all weights."""
    config: PreTrainedConfig = model.config
    if config.is_encoder_decoder:
        return None
    heads = config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // heads
    looked_up = set() if config.tie_word_embeddings else {id(model.get_input_embeddings().weight)}
    trained = frozen = 0
    for weight in model.parameters():
        if id(weight) not in looked_up:
            size = _size(weight)
            trained, frozen = (trained + size, frozen) if weight.requires_grad else (trained, frozen + size)
    return Arithmetic(6.0 * trained + 4.0 * frozen, 12.0 * config.num_hidden_layers * heads * width)


def peak(device: str) -> float | None:
    """The peak FLOP/s in bfloat16 of a GPU of this name; None if it isn't known."""
    bare = BARE.sub("", device).strip()
    if "PCIE" in device.upper() and f"{bare} PCIe" in PEAKS:
        bare = f"{bare} PCIe"
    known = PEAKS.get(bare)
    return known * 1e12 if known else None


def _size(weight: torch.Tensor) -> int:
    """The number of elements of a weight, also if DeepSpeed has sharded it, or bitsandbytes packs two into a byte."""
    if hasattr(weight, "ds_numel"):
        return int(weight.ds_numel)
    return int(weight.numel()) * (2 if type(weight).__name__ == "Params4bit" and weight.dtype == torch.uint8 else 1)
