"""vLLM in this process: the engine of choice, on a GPU or a CPU."""

import os
from collections.abc import Callable, Iterable, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

ON_CPU = not torch.cuda.is_available()
if ON_CPU:
    # Before vllm is imported: one process, little memory for the cache, one thread (with any other load, two threads
    # take 20 times as long).
    for variable, value in (
        ("VLLM_CPU_KVCACHE_SPACE", "1"),
        ("VLLM_ENABLE_V1_MULTIPROCESSING", "0"),
        ("OMP_NUM_THREADS", "1"),
    ):
        os.environ.setdefault(variable, value)
os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
os.environ.setdefault("VLLM_LOGGING_STREAM", "ext://sys.stderr")  # standard output is for results alone

import vllm  # noqa: E402
from vllm import LLM, SamplingParams  # noqa: E402
from vllm.inputs import TokensPrompt  # noqa: E402

from mnlu_instruct import chat  # noqa: E402
from mnlu_instruct.engines import Completion  # noqa: E402
from mnlu_instruct.errors import UserError  # noqa: E402


def _telling(done: Callable[[int], None]) -> Callable[..., tqdm]:
    """vLLM tells of its progress through a bar alone: one that is drawn nowhere, and passes on how many are done.

    It makes two: over the prompts that it takes in (given as an argument), and for those that it has answered.
    """

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *taken: Iterable[Any], **settings: Any) -> None:
            super().__init__(*taken, **settings, file=StringIO())
            self.answers = not taken

        def update(self, n: float | None = 1) -> None:
            super().update(n)
            if self.answers:
                done(int(self.n))

    return Bar


class Vllm:
    """A model in vLLM: float32 and eager on a CPU, its own numbers on a GPU."""

    name = f"vllm {vllm.__version__}"

    def __init__(self, model: str) -> None:
        if Path(model).is_dir() and not any(Path(model).glob("*.safetensors")):
            raise UserError(f"{model} holds no *.safetensors.", "give the folder of a trained model.")
        self.tokenizer = chat.load_tokenizer(model)
        self.engine = LLM(
            model,
            dtype="float32" if ON_CPU else "auto",
            enforce_eager=ON_CPU,
            seed=0,
            disable_log_stats=True,
            use_tqdm_on_load=False,
        )
        self.context = int(self.engine.llm_engine.model_config.max_model_len)

    def generate(
        self, prompts: Sequence[list[int]], limits: Sequence[int], done: Callable[[int], None]
    ) -> list[Completion]:
        """All prompts at once; the engine batches them, and its cache serves prefixes that they share."""
        settings = [SamplingParams(temperature=0, max_tokens=limit) for limit in limits]
        inputs = [TokensPrompt(prompt_token_ids=ids) for ids in prompts]
        outputs = [request.outputs[0] for request in self.engine.generate(inputs, settings, use_tqdm=_telling(done))]
        return [Completion(one.text, one.finish_reason or "stop", len(one.token_ids)) for one in outputs]
