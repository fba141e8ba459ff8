"""GGUF files (llama.cpp's format, with quantised weights) → folders of safetensors, which vLLM, TRL and mergekit take.

transformers reads many architectures of GGUF, but refuses to save what it has read: it calls the model quantised still.
The weights are dequantised once, saved in float32, read back, and compared with those that were read.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from msgspec import Struct

from mnlu_instruct import folders
from mnlu_instruct.errors import UserError, install
from mnlu_instruct.prompting import chat, chat_format
from mnlu_instruct.workers import Progress

MAGIC = b"GGUF"
PACKAGES = ("gguf", "torch", "transformers")
MARK = "config.json"
PROBE = "The patient was given 5 mg of α-blockers.\n\n(A) yes"
"""A text whose tokens, and the model's prediction after each of them, are compared."""


class Converted(Struct, frozen=True):
    """What was converted.

    Attributes:
        folder: where the model is.
        architecture: the class of transformers that it is loaded as.
        parameters: how many it has, shared ones counted once.
        tied: whether the output layer is the embedding.
        rope: the base of rotary positions, if it has them.
        context: the most tokens that it has positions for.
    """

    folder: Path
    architecture: str
    parameters: int
    tied: bool
    rope: float | None
    context: int | None


def convert(source: Path, out: Path, overwrite: bool, progress: Progress) -> Converted:
    """Convert a GGUF file to a model's folder: weights, configuration, tokenizer with chat template, generation config.

    Raises:
        UserError: the file is no GGUF, or of an architecture that transformers can't read; a package is missing; `out`
            holds something else; the folder's model isn't the file's.
    """
    check(source)
    folders.check(out, overwrite, MARK)
    progress("reading", 0.0)
    model, tokenizer = _read(source)
    progress("reading", 1.0)
    progress("writing", 0.0)
    with folders.atomic_folder(out) as folder:
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        progress("writing", 0.5)
        _check_same(model, tokenizer, folder)
    progress("writing", 1.0)
    config = model.config
    return Converted(
        folder=out,
        architecture=type(model).__name__,
        parameters=sum(one.numel() for one in model.parameters()),
        tied=bool(config.tie_word_embeddings),
        rope=(getattr(config, "rope_parameters", None) or {}).get("rope_theta"),
        context=getattr(config, "max_position_embeddings", None),
    )


def check(source: Path) -> None:
    """Check that a file is a GGUF, by its first bytes.

    Raises:
        UserError: it isn't there, or begins with other bytes.
    """
    if not source.is_file():
        raise UserError(f"No file '{source}'.", "give a GGUF file, or a name that 'mnlu models get' lists.")
    with source.open("rb") as file:
        begin = file.read(len(MAGIC))
    if begin != MAGIC:
        raise UserError(f"{source} is no GGUF file: it begins with {begin!r}, not {MAGIC!r}.", "give a *.gguf file.")


def _read(source: Path) -> tuple[Any, Any]:
    """The model, dequantised to float32, and its tokenizer."""
    if lacking := [package for package in PACKAGES if find_spec(package) is None]:
        raise UserError(f"GGUF files need {' and '.join(lacking)}.", f"{install('gguf')}.")
    import torch  # noqa: PLC0415 (seconds)
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415 (seconds)
    from transformers.utils import logging  # noqa: PLC0415 (seconds)

    logging.disable_progress_bar()  # `progress` tells
    folder, name = str(source.parent), source.name
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=name)
        model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32)
    except Exception as error:  # whatever gguf and transformers raise on a file that is cut off or unknown to them
        raise UserError(
            f"{source} can't be read: {_reason(error)}.", "transformers lists the architectures of GGUF that it reads."
        ) from error
    # What says that the weights are quantised, which they no longer are.
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.hf_quantizer = model.quantization_method = None
    model.is_quantized = False
    model.generation_config = _greedy(tokenizer)
    return model.eval(), tokenizer


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def _greedy(tokenizer: Any) -> Any:
    from transformers import GenerationConfig  # noqa: PLC0415 (seconds)

    ends = [tokenizer.eos_token_id]
    if tokenizer.chat_template:
        ends = chat_format.format_of(tokenizer).ends
    return GenerationConfig(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=ends if len(ends) > 1 else ends[0],
        pad_token_id=tokenizer.pad_token_id,
        do_sample=False,
    )


def _check_same(model: Any, tokenizer: Any, folder: Path) -> None:
    """Check that a saved model predicts, and its tokenizer makes, exactly what those read from the file do.

    Raises:
        UserError: they don't.
    """
    import torch  # noqa: PLC0415 (seconds)
    from transformers import AutoModelForCausalLM  # noqa: PLC0415 (seconds)

    saved = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    words = chat.load_tokenizer(str(folder))
    ids = tokenizer(PROBE)["input_ids"]
    with torch.no_grad():
        before, after = (one(torch.tensor([ids])).logits for one in (model, saved))
    same = {
        "tokens": words(PROBE)["input_ids"] == ids and words.chat_template == tokenizer.chat_template,
        "predictions": torch.equal(before, after),
        "shared embeddings": _tied(saved) == _tied(model),
    }
    if wrong := [what for what, alike in same.items() if not alike]:
        message = f"The converted model has other {wrong[0]} than the file."
        raise UserError(message, "see whether there is a newer version of transformers.")


def _tied(model: Any) -> bool:
    return model.get_output_embeddings().weight is model.get_input_embeddings().weight
