"""vLLM in this process: the engine of choice, on a GPU or a CPU."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch

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
from vllm.outputs import CompletionOutput, RequestOutput  # noqa: E402
from vllm.sampling_params import RequestOutputKind  # noqa: E402

from mnlu_instruct import chat  # noqa: E402
from mnlu_instruct.engines import Completion  # noqa: E402
from mnlu_instruct.errors import UserError  # noqa: E402
from mnlu_instruct.prompts import Message  # noqa: E402


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

    def prompt_ids(self, prompts: Sequence[list[Message]]) -> list[list[int]]:
        """In the model's chat template."""
        return chat.prompt_ids(self.tokenizer, prompts)

    def generate(
        self, prompts: Sequence[list[int]], limits: Sequence[int], done: Callable[[Mapping[int, Completion]], None]
    ) -> list[Completion]:
        """All prompts at once: the engine batches them. Those that begin alike come together, for its cache."""
        running = self.engine.llm_engine
        for index in sorted(range(len(prompts)), key=prompts.__getitem__):
            settings = SamplingParams(temperature=0, max_tokens=limits[index], output_kind=RequestOutputKind.FINAL_ONLY)
            running.add_request(str(index), TokensPrompt(prompt_token_ids=prompts[index]), settings)
        found: dict[int, Completion] = {}
        while running.has_unfinished_requests():
            finished = [one for one in running.step() if isinstance(one, RequestOutput) and one.finished]
            new = {int(one.request_id): _completion(one.outputs[0]) for one in finished}
            found |= new
            done(new)
        return [found[index] for index in range(len(prompts))]


def _completion(output: CompletionOutput) -> Completion:
    return Completion(output.text, output.finish_reason or "stop", len(output.token_ids))
