#!/usr/bin/env bash
# Guess: transformers loads a GGUF file whose tensors are all F32 as an ordinary float32 model, which save_pretrained writes;
# if it takes anything more, then model.dequantize().
# Instead: although every weight is a float32 parameter and nothing was ever quantised, the model counts as quantised, so
# save_pretrained refuses it, and dequantize() isn't implemented for it. Only a model loaded with
# GgufConfig(dequantize=True), which then has nothing to dequantise, can be saved; the weights are the same.
# Seen with: transformers 5.19.0, gguf 0.19.0 (torch 2.13.0, accelerate 1.15.0) on Python 3.11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 transformers==5.19.0 gguf==0.19.0 accelerate==1.15.0

cd "$folder"
cat > look.py <<'PY'
import gguf
import numpy as np
import torch
from transformers import AutoModelForCausalLM, GgufConfig

WIDE, INNER, WORDS = 32, 64, 40
shapes = {"token_embd": (WORDS, WIDE), "output_norm": (WIDE,), "output": (WORDS, WIDE)}
shapes |= {f"blk.0.{part}": (WIDE,) for part in ("attn_norm", "ffn_norm")}
shapes |= {f"blk.0.attn_{part}": (WIDE, WIDE) for part in ("q", "k", "v", "output")}
shapes |= {"blk.0.ffn_gate": (INNER, WIDE), "blk.0.ffn_up": (INNER, WIDE), "blk.0.ffn_down": (WIDE, INNER)}
file = gguf.GGUFWriter("tiny.gguf", "llama")
file.add_file_type(gguf.LlamaFileType.ALL_F32)
file.add_vocab_size(WORDS)
file.add_context_length(64)
file.add_embedding_length(WIDE)
file.add_feed_forward_length(INNER)
file.add_block_count(1)
file.add_head_count(2)
file.add_head_count_kv(2)
file.add_rope_dimension_count(WIDE // 2)
file.add_layer_norm_rms_eps(1e-5)
random = np.random.default_rng(0)
for name, shape in shapes.items():
    file.add_tensor(f"{name}.weight", random.standard_normal(shape).astype(np.float32))
file.write_header_to_file()
file.write_kv_data_to_file()
file.write_tensors_to_file()
file.close()


def load(**options):
    return AutoModelForCausalLM.from_pretrained(".", gguf_file="tiny.gguf", **options)


def outcome(step):
    try:
        step()
    except Exception as error:
        return type(error).__name__
    return "done"


model = load()
asked = load(quantization_config=GgufConfig(dequantize=True))
seen = {
    "dtypes": {str(weights.dtype) for weights in model.parameters()},
    "save": outcome(lambda: model.save_pretrained("saved")),
    "dequantize()": outcome(model.dequantize),
    "save, dequantize=True": outcome(lambda: asked.save_pretrained("saved")),
}
again = AutoModelForCausalLM.from_pretrained("saved").state_dict()
seen["same weights"] = all(torch.equal(weights, again[name]) for name, weights in model.state_dict().items())
for what, value in seen.items():
    print(f"{what}: {value}")
expected = {
    "dtypes": {"torch.float32"},
    "save": "ValueError",
    "dequantize()": "NotImplementedError",
    "save, dequantize=True": "done",
    "same weights": True,
}
if seen != expected:
    raise SystemExit(f"changed: expected {expected}")
PY
venv/bin/python look.py 2> log.txt || { tail log.txt; exit 1; }
