"""Merge LoRA adapters into the base that they were trained on, in float32."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import torch
from peft import PeftConfig, PeftType, get_peft_model, set_peft_model_state_dict
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from mnlu_instruct.errors import UserError
from mnlu_instruct.merging import weights
from mnlu_instruct.merging.tokenizer_and_configs import copy_tokenizer
from mnlu_instruct.prompting.plain_text import ADAPTER

WEIGHTS = "adapter_model.safetensors"


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds an adapter instead of a model."""
    return (folder / ADAPTER).is_file()


def apply(adapter: Path, base: Path, name: str, out: Path) -> None:
    """Write the base with an adapter merged into it; needs 4 bytes of memory per parameter.

    Args:
        adapter: the adapter's folder, which also has the tokenizer.
        base: the folder of the base.
        name: the base's name in the recipe.
        out: the folder to write.

    Raises:
        UserError: the adapter isn't a LoRA adapter, is of another base, doesn't fit this one, or has a number that is
            NaN or infinite.
    """
    weights.check_finite(weights.find(adapter, WEIGHTS))
    config, matrices = _config(adapter, name), load_file(adapter / WEIGHTS)
    hint = f"merge it into the model that it was trained on: {config.base_model_name_or_path or 'none is named'}."
    try:
        model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
        _check_tied(model, matrices, adapter, name)
        model = get_peft_model(model, config)
        loaded = set_peft_model_state_dict(model, matrices)
    except (OSError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"The adapter {adapter} doesn't fit {name}: {reason}", hint) from error
    unused = [*loaded.unexpected_keys, *(key for key in loaded.missing_keys if "lora_" in key)]
    if unused:
        raise UserError(f"The adapter {adapter} doesn't fit {name}: only one of the two has {unused[0]}.", hint)
    model.merge_and_unload().save_pretrained(out)
    copy_tokenizer(adapter, out)


def _check_tied(model: Any, matrices: Collection[str], adapter: Path, name: str) -> None:
    """Check that an adapter changes no embedding that is the output matrix, too: merged, it would change both.

    Raises:
        UserError: it does.
    """
    if not model.config.tie_word_embeddings:
        return
    ends = (model.get_input_embeddings(), model.get_output_embeddings())
    tied = [part for part, module in model.named_modules() if any(module is one for one in ends)]
    for part in tied:
        if any(f".{part}." in matrix for matrix in matrices):
            raise UserError(
                f"The adapter {adapter} changes {part} of {name}, whose embedding and output matrix are one: merged, "
                "it would change both, so that the merged model would answer otherwise than the adapter.",
                f"train without {part.rpartition('.')[2]} among the adapter's targets and modules_to_save.",
            )


def _config(adapter: Path, name: str) -> PeftConfig:
    """Read the adapter's configuration, and check that it is LoRA and that the base's name fits.

    The norm of the difference, by which models of another base are recognised, is small for an adapter on any base.
    """
    try:
        config = PeftConfig.from_pretrained(str(adapter))
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(
            f"{adapter / ADAPTER} is not an adapter's configuration: {error}.", "train the adapter again."
        ) from error
    if config.peft_type != PeftType.LORA:
        kind = str(config.peft_type).removeprefix("PeftType.")
        raise UserError(f"{adapter / ADAPTER} is of an adapter of type {kind}.", "only LoRA adapters can be merged.")
    trained_on = config.base_model_name_or_path or ""
    if trained_on and Path(trained_on).name != Path(name).name:
        raise UserError(
            f"The adapter {adapter} was trained on {trained_on}, not on {name}.",
            f"set `base` to that model; if the names mean the same model, change base_model_name_or_path in {ADAPTER}.",
        )
    return config
