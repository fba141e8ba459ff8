#!/usr/bin/env bash
# Guess: mergekit's dare_linear with rescale: true divides the changes that survive by the density, as the DARE paper does.
# Instead: it multiplies them by whatever keeps the L1 norm of the tensor's change. The factor is 1/density only by chance:
# it differs from tensor to tensor, and is far off where one large value makes up much of a change.
# Seen with: mergekit 0.1.5 (transformers 5.19.0, torch 2.13.0) on Python 3.11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 transformers==5.19.0 mergekit==0.1.5

cd "$folder"
cat > merge.yml <<'YAML'
merge_method: dare_linear
base_model: base
models:
  - model: tuned
    parameters: {weight: 1.0, density: 0.5}
parameters: {rescale: true, normalize: false}
dtype: float32
YAML
cat > models.py <<'PY'
import torch
from transformers import LlamaConfig, LlamaForCausalLM

torch.manual_seed(0)
sizes = {"hidden_size": 16, "intermediate_size": 32, "num_attention_heads": 2, "num_key_value_heads": 2, "vocab_size": 32}
model = LlamaForCausalLM(LlamaConfig(num_hidden_layers=1, **sizes))
model.save_pretrained("base")
with torch.no_grad():
    for weights in model.model.layers[0].mlp.parameters():
        change = torch.rand_like(weights) + 0.5
        if weights is model.model.layers[0].mlp.up_proj.weight:
            change[0, 0] = 500.0
        weights.add_(change)
model.save_pretrained("tuned")
PY
cat > compare.py <<'PY'
import torch
from safetensors.torch import load_file

base, tuned, merged = (load_file(f"{name}/model.safetensors") for name in ("base", "tuned", "merged"))
seen = {}
for part in ("gate_proj", "up_proj", "down_proj"):
    name = f"model.layers.0.mlp.{part}.weight"
    wanted, got = tuned[name] - base[name], merged[name] - base[name]
    kept = got.abs() > 1e-6
    factor = (got[kept] / wanted[kept]).median().item()
    norm_kept = (wanted.abs().sum() / wanted[kept].abs().sum()).item()
    share = kept.float().mean()
    print(f"{part}: {share:.2f} kept, times {factor:.4f}; the norm asks for {norm_kept:.4f}, 1/density is 2")
    if abs(factor - norm_kept) > 1e-3:
        raise SystemExit("changed: the factor no longer keeps the L1 norm")
    seen[part] = factor
if len({round(factor, 3) for factor in seen.values()}) < 3 or abs(seen["up_proj"] - 2) < 0.2:
    raise SystemExit("changed: expected a factor for each tensor, and one far from 2 for up_proj")
PY
venv/bin/python models.py 2> /dev/null
quietly="--no-write-model-card --no-copy-tokenizer --quiet"
venv/bin/mergekit-yaml merge.yml merged --random-seed 7 $quietly > log.txt 2>&1 || { tail log.txt; exit 1; }
venv/bin/python compare.py
