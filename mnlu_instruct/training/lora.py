"""A recipe's LoRA adapter, as configurations of peft and bitsandbytes."""

from importlib.util import find_spec

import torch
from peft import LoraConfig
from transformers import BitsAndBytesConfig, PreTrainedModel

from mnlu_instruct.errors import UserError, unknown
from mnlu_instruct.training.recipe import Lora, ModelRecipe


def arguments(lora: Lora | None, model: PreTrainedModel) -> dict[str, LoraConfig]:
    """The trainer's arguments for an adapter; empty without one.

    Raises:
        UserError: a target is no linear layer of the model, or is its head, which the trainer computes separately.
    """
    if lora is None:
        return {}
    head = model.get_output_embeddings()
    layers = {
        name.rpartition(".")[2]
        for name, layer in model.named_modules()
        if isinstance(layer, torch.nn.Linear) and layer is not head
    }
    for target in lora.targets or ():
        if target not in layers:
            raise unknown("linear layer in lora's targets:", target, layers)
    return {"peft_config": adapter(lora)}


def adapter(lora: Lora) -> LoraConfig:
    """peft's configuration; the product of the factors is scaled by alpha / rank (Hu et al., 2022, section 4.1).

    Embeddings and head get no adapter, so the vocabulary is unchanged and `mnlu merge` can add the adapter to the base.
    """
    return LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=list(lora.targets) if lora.targets else "all-linear",
        task_type="CAUSAL_LM",
    )


def quantisation(recipe: ModelRecipe) -> BitsAndBytesConfig | None:
    """QLoRA's quantisation of frozen weights: 4-bit NormalFloat, scales quantised, arithmetic in the recipe's dtype.

    The storage type is that dtype, too: ZeRO-3 and FSDP shard tensors of one dtype only (peft's guide to DeepSpeed).
    """
    if recipe.lora is None or not recipe.lora.quantised:
        return None
    dtype = getattr(torch, recipe.dtype)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
        bnb_4bit_quant_storage=dtype,
    )


def check(recipe: ModelRecipe) -> None:
    """Check that QLoRA's requirements are met, before anything loads.

    Raises:
        UserError: bitsandbytes isn't installed, or there is no GPU.
    """
    if recipe.lora is None or not recipe.lora.quantised:
        return
    hint = "set `quantised: false`: the frozen weights then take 2 bytes a parameter instead of half a byte."
    if find_spec("bitsandbytes") is None:
        raise UserError("QLoRA needs bitsandbytes, which isn't installed.", f"pip install bitsandbytes, or {hint}")
    if not torch.cuda.is_available():
        raise UserError("QLoRA needs a GPU, and torch finds none.", f"train on a machine that has one, or {hint}")
