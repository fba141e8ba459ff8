"""LoRA adapters: merged into the base that they were trained on, in float32."""

from pathlib import Path

import torch
from peft import PeftConfig, PeftType, get_peft_model, set_peft_model_state_dict
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from mnlu_instruct.errors import UserError
from mnlu_instruct.merging import weights
from mnlu_instruct.merging.tokenizer_and_configs import bring
from mnlu_instruct.prompting.plain_text import ADAPTER

WEIGHTS = "adapter_model.safetensors"


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds an adapter instead of a model."""
    return (folder / ADAPTER).is_file()


def apply(adapter: Path, base: Path, name: str, out: Path) -> None:
    """Write the base with an adapter merged into it; all of it is in memory, 4 bytes a parameter.

    Args:
        adapter: its folder, which also has the tokenizer.
        base: the folder of the base.
        name: the base's name in the recipe.
        out: the folder to write.

    Raises:
        UserError: the adapter is of another kind or another base, doesn't fit this one, or holds a number that isn't
            finite.
    """
    weights.check_finite(weights.find(adapter, WEIGHTS))
    config = _config(adapter, name)
    hint = f"merge it into the model that it was trained on: {config.base_model_name_or_path or 'none is named'}."
    try:
        model = get_peft_model(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), config)
        loaded = set_peft_model_state_dict(model, load_file(adapter / WEIGHTS))
    except (OSError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"The adapter {adapter} doesn't fit {name}: {reason}", hint) from error
    unused = [*loaded.unexpected_keys, *(key for key in loaded.missing_keys if "lora_" in key)]
    if unused:
        raise UserError(f"The adapter {adapter} doesn't fit {name}: {unused[0]} is in one of the two only.", hint)
    model.merge_and_unload().save_pretrained(out)
    bring(adapter, out)


def _config(adapter: Path, name: str) -> PeftConfig:
    """The adapter's configuration, if it is one of LoRA, and of the base by its name.

    The norm of the difference, which tells a model of another base, tells nothing of an adapter: it is small on any.
    """
    try:
        config = PeftConfig.from_pretrained(str(adapter))
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(
            f"{adapter / ADAPTER} is no adapter's configuration: {error}.", "train the adapter again."
        ) from error
    if config.peft_type != PeftType.LORA:
        kind = str(config.peft_type).removeprefix("PeftType.")
        raise UserError(f"{adapter / ADAPTER} tells of an adapter of type {kind}.", "only LoRA adapters are merged.")
    trained_on = config.base_model_name_or_path or ""
    if trained_on and Path(trained_on).name != Path(name).name:
        raise UserError(
            f"The adapter {adapter} was trained on {trained_on}, not on {name}.",
            f"set `base` to it; if it only has another name, change base_model_name_or_path in {ADAPTER}.",
        )
    return config
