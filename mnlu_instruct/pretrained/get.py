"""`mnlu models get`: a model as a folder, from a GGUF file or from a package."""

from pathlib import Path

from mnlu_instruct import folders
from mnlu_instruct.errors import UserError
from mnlu_instruct.pretrained import gguf, packaged
from mnlu_instruct.pretrained.gguf import Converted
from mnlu_instruct.prompting import chat
from mnlu_instruct.workers import Progress

LIMIT = 24
"""The most tokens of the answer that is compared with the known one."""


def get(source: str, out: Path, overwrite: bool, progress: Progress) -> Converted:
    """Convert a GGUF file, or the one of a packaged model, to a folder.

    Args:
        source: the path of a `.gguf` file, or a name in `packaged.MODELS`.
        out: the folder to write.
        overwrite: replace a model that is there.
        progress: called with each stage and the fraction of it that is done.

    Raises:
        UserError: as `packaged.unpacked` and `gguf.convert`; or a packaged model doesn't give its known answer.
    """
    if Path(source).suffix == ".gguf" or Path(source).exists():
        return gguf.convert(Path(source), out, overwrite, progress)
    folders.check(out, overwrite, gguf.MARK)
    progress("downloading", 0.0)
    with packaged.unpacked(source) as file:
        progress("downloading", 1.0)
        made = gguf.convert(file, out, overwrite, progress)
    model = packaged.MODELS[source]
    if not (said := _answer(out, model.question)).startswith(model.answer):
        raise UserError(f"{out} answers '{model.question}' with '{said}', not '{model.answer}'.", "don't use it.")
    return made


def _answer(folder: Path, question: str) -> str:
    """A model's greedy answer to a question."""
    import torch  # noqa: PLC0415 (seconds)
    from transformers import AutoModelForCausalLM  # noqa: PLC0415 (seconds)

    tokenizer = chat.load_tokenizer(str(folder))
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    (ids,) = chat.prompt_ids(tokenizer, [[{"role": "user", "content": question}]])
    asked = torch.tensor([ids])
    whole = model.generate(input_ids=asked, attention_mask=torch.ones_like(asked), max_new_tokens=LIMIT)
    return chat.read(tokenizer, whole[0, len(ids) :].tolist(), ids).strip()
