#!/usr/bin/env bash
# Guess: peft's add_weighted_adapter with combination_type="linear" and weights 0.5 and 0.5 gives an adapter whose change to
# a layer is the mean of the two adapters' changes.
# Instead: it adds up the A matrices and the B matrices apart, each times the root of its weight, so the change also holds
# each adapter's B times the other's A. For independent adapters those cross terms are about as large as the mean itself.
# For one adapter the weight does what one expects, and "cat" gives the mean, at twice the rank.
# Seen with: peft 0.21.2 (torch 2.13.0, transformers 5.19.0) on Python 3.11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.13.0 transformers==5.19.0 peft==0.21.2

"$folder/venv/bin/python" - <<'PY'
import torch
from peft import LoraConfig, get_peft_model


class Tiny(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(64, 64, bias=False)

    def forward(self, values):
        return self.layer(values)


torch.manual_seed(0)
config = LoraConfig(r=4, lora_alpha=8, target_modules=["layer"], init_lora_weights=False)
model = get_peft_model(Tiny(), config, adapter_name="notes")
model.add_adapter("trials", config)
layer = model.base_model.model.layer


def change(name):
    return layer.get_delta_weight(name).detach()


def mixed(name, adapters, weights, how):
    model.add_weighted_adapter(adapters, weights, name, combination_type=how)
    return change(name)


def off(got, wanted):
    return ((got - wanted).norm() / wanted.norm()).item()


both = ["notes", "trials"]
mean = (change("notes") + change("trials")) / 2
linear = mixed("added", both, [0.5, 0.5], "linear")
(a1, a2), (b1, b2) = ([getattr(layer, part)[name].weight for name in both] for part in ("lora_A", "lora_B"))
crossed = (b1 @ a2 + b2 @ a1).detach() * layer.scaling["notes"] / 2
seen = {
    "linear, from the mean": off(linear, mean),
    "linear, from the mean with cross terms": off(linear, mean + crossed),
    "cat, from the mean": off(mixed("stacked", both, [0.5, 0.5], "cat"), mean),
    "linear, one adapter, from half its change": off(mixed("halved", both[:1], [0.5], "linear"), change("notes") / 2),
}
for what, value in seen.items():
    print(f"{what}: {value:.3f}")
far, *near = seen.values()
if far < 0.5 or max(near) > 1e-3:
    raise SystemExit("changed: expected linear alone to be far from the mean, by the cross terms")
PY
