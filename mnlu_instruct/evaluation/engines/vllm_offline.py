"""The engine `vllm`: vLLM in this process, on a GPU or a CPU; the default choice."""

import os
import threading
import time
import warnings
from argparse import ArgumentError
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import torch

ON_CPU = not torch.cuda.is_available()
if ON_CPU:
    # Set before vllm is imported: one process, a small KV cache, and one thread (with a tiny model, two threads take
    # 0.75 times as long on idle cores, but 3 times as long where another process uses one of the cores).
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")
    os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(1)
os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
os.environ.setdefault("VLLM_LOGGING_STREAM", "ext://sys.stderr")  # standard output is for results only

warnings.filterwarnings("ignore", category=FutureWarning, module=r"vllm\.")  # raised by its own imports

import vllm  # noqa: E402
from vllm import EngineArgs, LLMEngine, SamplingParams  # noqa: E402
from vllm.inputs import TokensPrompt  # noqa: E402
from vllm.outputs import CompletionOutput, RequestOutput  # noqa: E402
from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams  # noqa: E402
from vllm.usage.usage_lib import UsageContext  # noqa: E402
from vllm.utils.argparse_utils import FlexibleArgumentParser  # noqa: E402
from vllm.v1.engine.exceptions import EngineDeadError  # noqa: E402

from mnlu_instruct.errors import UserError  # noqa: E402
from mnlu_instruct.evaluation.engines.engine import Completion, Grammars, reason, runs_on  # noqa: E402
from mnlu_instruct.prompting import chat  # noqa: E402
from mnlu_instruct.prompting.packs import Message  # noqa: E402


class Vllm:
    """A model in vLLM: float32 and eager on a CPU, its stored dtype on a GPU, unless arguments say otherwise.

    Args:
        model: a folder or a name.
        arguments: arguments as `vllm serve` takes them.

    Raises:
        UserError: the folder lacks weights, tokenizer or chat template; vLLM refuses the arguments or the model.
    """

    name = f"vllm {vllm.__version__}"
    apart = False

    def __init__(self, model: str, arguments: Sequence[str] = ()) -> None:
        self.tokenizer = chat.load_tokenizer(model)
        self.ends = chat.ends(self.tokenizer)
        settings = _settings(model, arguments)
        try:
            self.engine = LLMEngine.from_engine_args(settings, usage_context=UsageContext.LLM_CLASS)
        except Exception as error:  # loading goes through many libraries, which raise anything
            so = f" with {' '.join(arguments)}" if arguments else ""
            raise UserError(
                f"vLLM can't run {model}{so}: {reason(error)}.", "VLLM_LOGGING_LEVEL=INFO shows what it does."
            ) from error
        self.context = int(self.engine.model_config.max_model_len)
        self.runs_on = runs_on(self.engine.model_config.dtype, None if ON_CPU else torch.cuda.get_device_name())
        core: Any = self.engine.engine_core
        if hasattr(core, "outputs_queue"):  # the model runs in a separate process
            threading.Thread(target=_watch, args=(core,), daemon=True).start()

    def prompt_ids(self, prompts: Sequence[list[Message]]) -> list[list[int]]:
        """In the model's chat template."""
        return chat.prompt_ids(self.tokenizer, prompts)

    def generate(
        self,
        prompts: Sequence[list[int]],
        limits: Sequence[int],
        done: Callable[[Mapping[int, Completion]], None],
        grammars: Grammars = None,
    ) -> list[Completion]:
        """All prompts at once: the engine batches them."""
        found: dict[int, Completion] = {}

        def finished(outputs: Mapping[int, CompletionOutput]) -> None:
            new = {index: self._completion(output, prompts[index]) for index, output in outputs.items()}
            found.update(new)
            done(new)

        within = grammars or [None] * len(prompts)
        ways = [
            SamplingParams(
                temperature=0,
                max_tokens=limit,
                stop_token_ids=self.ends,
                structured_outputs=StructuredOutputsParams(grammar=grammar) if grammar else None,
                detokenize=False,  # see _completion
                output_kind=RequestOutputKind.FINAL_ONLY,
                skip_clone=True,  # not shared between requests; deep copies took a sixth of the time outside the model
            )
            for limit, grammar in zip(limits, within, strict=True)
        ]
        self._run(prompts, ways, finished)
        return [found[index] for index in range(len(prompts))]

    def next_tokens(
        self,
        prompts: Sequence[list[int]],
        tokens: Sequence[list[int]],
        done: Callable[[Mapping[int, Sequence[float]]], None],
    ) -> None:
        """Generate one token for each prompt, with the log-probabilities of the tokens asked about."""

        def finished(outputs: Mapping[int, CompletionOutput]) -> None:
            found = {}
            for index, output in outputs.items():
                assert output.logprobs
                found[index] = [output.logprobs[0][token].logprob for token in tokens[index]]
            done(found)

        ways = [
            SamplingParams(
                temperature=0,
                max_tokens=1,
                logprob_token_ids=asked,
                detokenize=False,
                output_kind=RequestOutputKind.FINAL_ONLY,
                skip_clone=True,
            )
            for asked in tokens
        ]
        self._run(prompts, ways, finished)

    def _completion(self, output: CompletionOutput, prompt: list[int]) -> Completion:
        """Decode an answer as a whole: decoding token by token takes 1.6 times as long outside the model."""
        ids, end = list(output.token_ids), output.finish_reason or "stop"
        text = chat.read(self.tokenizer, ids[:-1] if end == "stop" else ids, prompt)
        return Completion(text, end, len(ids))

    def _run(
        self,
        prompts: Sequence[list[int]],
        ways: Sequence[SamplingParams],
        finished: Callable[[Mapping[int, CompletionOutput]], None],
    ) -> None:
        """Send all prompts to the engine.

        Prompts with high token limits come first, so that no long answer is left to run alone at the end; prompts with
        a common prefix are neighbours, for the prefix cache.
        """
        for index in sorted(range(len(prompts)), key=lambda index: (-(ways[index].max_tokens or 0), prompts[index])):
            self.engine.add_request(str(index), TokensPrompt(prompt_token_ids=prompts[index]), ways[index])
        while self.engine.has_unfinished_requests():
            ended = [one for one in self.engine.step() if isinstance(one, RequestOutput) and one.finished]
            if ended:
                finished({int(one.request_id): one.outputs[0] for one in ended})


def _watch(core: Any) -> None:
    """Watch for the death of the model's process, for whose answers vLLM would wait for ever, and raise an error."""
    while not core.resources.engine_dead:
        time.sleep(1)
    core.outputs_queue.put(EngineDeadError())


class _Parser(FlexibleArgumentParser):
    """vLLM's argument parser, raising a `UserError` instead of ending the process."""

    def error(self, message: str) -> NoReturn:
        raise UserError(
            f"vLLM doesn't take these arguments: {message.splitlines()[0].rstrip('.')}.",
            "'vllm serve --help=all' lists the arguments.",
        )


def _settings(model: str, arguments: Sequence[str]) -> EngineArgs:
    """The engine's settings: our defaults, overridden by the arguments."""
    parser = EngineArgs.add_cli_args(_Parser(add_help=False, allow_abbrev=False))  # type: ignore[no-untyped-call]
    ours: dict[str, Any] = {"model": model, "seed": 0, "disable_log_stats": True, "use_tqdm_on_load": False}
    parser.set_defaults(**ours, **({"dtype": "float32", "enforce_eager": True} if ON_CPU else {}))
    try:
        given = parser.parse_args(list(arguments))
    except (ArgumentError, ValueError, IndexError) as error:
        parser.error(reason(error))
    if given.model != model or given.tokenizer:
        raise UserError(
            "The arguments after -- name another model or tokenizer than --model.",
            "leave out --model and --tokenizer after --.",
        )
    if given.data_parallel_size > 1:
        raise UserError(
            "vLLM in this process runs one copy of a model, not several (--data-parallel-size).",
            f"start 'vllm serve {model} --data-parallel-size {given.data_parallel_size}', and use --engine server.",
        )
    settings: EngineArgs = EngineArgs.from_cli_args(given)
    return settings
