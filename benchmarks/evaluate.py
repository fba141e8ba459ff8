"""Throughput of generation: ours against plain `LLM.generate`, and against the lm-evaluation-harness' vLLM backend.

    python benchmarks/evaluate.py MODEL [--suite demo] [--limit 100] [--rounds 9]

All three use the same vLLM engine, in turns and in alternating order; the prefix cache is emptied between rounds. (Of
two identical engines, made one after the other, one is up to 3 % faster.) Start-up is not counted, nor is anything
before the prompts and after the answers.

- **generate**: `Vllm.generate`, with each answer written to the cache, against `LLM.generate`, both on token ids.
- **harness**: the same from text prompts in the model's chat template, against `generate_until` on the output of
  `mnlu suite export --to lm-eval`. Prompts that don't leave room for the longest answer are left out: the harness would
  cut off their beginnings.

All generate the same tokens, so the ratio of times is that of tokens per second. Seconds are medians over rounds; on a
CPU they are CPU time.

- **core**: the model and the scheduler. **around**: text, requests, answers.
- **ratio**: theirs over ours for whole rounds: the median, with its 95 % interval by order statistics. On a shared
  machine, rounds of the same work differ by a tenth or more, so many rounds are needed.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated, Any, NamedTuple

import typer
from msgspec import json
from scipy.stats import quantile_test

from mnlu_instruct import console
from mnlu_instruct.catalogue import suites
from mnlu_instruct.catalogue.suites import Suite
from mnlu_instruct.data_folder import data_directory
from mnlu_instruct.evaluation import lm_eval_export, questions
from mnlu_instruct.evaluation.answer_cache import AnswerCache
from mnlu_instruct.evaluation.engines.vllm_offline import ON_CPU, Vllm  # sets what vLLM reads from the environment
from mnlu_instruct.evaluation.questions import Question, Settings

from lm_eval.models.vllm_causallms import VLLM  # isort: skip
from lm_eval.tasks import TaskManager, get_task_dict  # isort: skip
from vllm import LLM, LLMEngine, SamplingParams  # isort: skip
from vllm.inputs import TokensPrompt  # isort: skip

CLOCK = time.process_time if ON_CPU else time.perf_counter
Work = Callable[[], list[str]]
SAME: dict[str, Any] = {"seed": 0, **({"dtype": "float32", "enforce_eager": True} if ON_CPU else {})}


class Took(NamedTuple):
    """Seconds of a round."""

    core: float
    around: float

    @property
    def whole(self) -> float:
        """Core and around together."""
        return self.core + self.around


def main(
    model: Annotated[str, typer.Argument(help="A model: a folder or a name.")],
    suite: str = "demo",
    limit: int = 100,
    rounds: Annotated[int, typer.Option(min=6, help="Rounds; the interval needs at least 6.")] = 9,
) -> None:
    """Measure and print."""
    ours = Vllm(model)
    theirs = LLM(model, **SAME, use_tqdm_on_load=False)
    backend = VLLM(model, batch_size="auto", **SAME)
    _own = theirs.llm_engine, backend.model.llm_engine  # freeing an engine would end the process group of all of them
    theirs.llm_engine = backend.model.llm_engine = ours.engine
    settings = Settings(limit=limit, skip_missing=True)
    with TemporaryDirectory() as folder:
        asked = _fitting(ours, suites.load(suite), settings)
        lm_eval_export.export(suites.load(suite), data_directory(), settings, Path(folder) / "tasks", overwrite=True)
        requests = _requests(backend, suites.load(suite).name, Path(folder) / "tasks", asked)
        backend.batch_size = len(asked)  # as "auto" does, but without a progress bar, which takes time, too
        ids = ours.prompt_ids([question["prompt"] for question in asked])
        limits = [questions.answer_limit(question["task"]) for question in asked]

        def kept(prompts: Callable[[], Sequence[list[int]]]) -> list[str]:
            store = AnswerCache(Path(folder) / f"{time.monotonic_ns()}.jsonl")
            found = ours.generate(prompts(), limits, lambda new: store.add({str(one): new[one] for one in new}))
            return [one.text for one in found]

        def plain() -> list[str]:
            ways = [SamplingParams(temperature=0, max_tokens=limit) for limit in limits]
            tokens = [TokensPrompt(prompt_token_ids=prompt) for prompt in ids]
            return [one.outputs[0].text for one in theirs.generate(tokens, ways, use_tqdm=False)]

        def worded() -> Sequence[list[int]]:
            words = [request.args[0] for request in requests]
            found: list[list[int]] = ours.tokenizer(words, add_special_tokens=False)["input_ids"]
            return found

        pairs: dict[str, tuple[Work, Work]] = {
            "generate": (lambda: kept(lambda: ids), plain),
            "harness": (lambda: kept(worded), lambda: backend.generate_until(requests, disable_tqdm=True)),
        }
        rows = []
        for name, (mine, other) in pairs.items():
            times: tuple[list[Took], list[Took]] = [], []
            for turn in range(rounds + 1):  # the first is a warm-up
                said = {}
                for side in (0, 1) if turn % 2 else (1, 0):
                    ours.engine.reset_prefix_cache()
                    took, said[side] = _timed((mine, other)[side], ours.engine)
                    if turn:
                        times[side].append(took)
                assert said[0] == said[1], "the answers differ"
            rows.append((name, len(asked), *_said(*times)))
        columns = ("", "prompts", "core, s: theirs, ours", "around, s: theirs, ours", "ratio")
        console.table(columns, rows)


def _said(ours: Sequence[Took], theirs: Sequence[Took]) -> tuple[str, str, str]:
    """Format seconds in the core, seconds around it, and the ratio of whole rounds with its interval."""
    cores = f"{median(took.core for took in theirs):.2f}, {median(took.core for took in ours):.2f}"
    arounds = f"{median(took.around for took in theirs):.3f}, {median(took.around for took in ours):.3f}"
    ratios = [other.whole / mine.whole for mine, other in zip(ours, theirs, strict=True)]
    low, high = quantile_test(ratios, q=1).confidence_interval(0.95)
    return cores, arounds, f"{median(ratios):.3f} ({low:.3f}–{high:.3f})"


def _fitting(engine: Vllm, suite: Suite, settings: Settings) -> list[Question]:
    """The questions whose prompts leave room for the longest answer."""
    every = [one for some in questions.of_suite(suite, data_directory(), settings).values() for one in some.questions]
    ids = engine.prompt_ids([question["prompt"] for question in every])
    return [
        question
        for question, prompt in zip(every, ids, strict=True)
        if len(prompt) + questions.answer_limit(question["task"]) <= engine.context
    ]


def _requests(backend: VLLM, suite: str, folder: Path, asked: Sequence[Question]) -> list[Any]:
    """The harness' requests about some questions, in their order."""
    manager = TaskManager(include_path=str(folder), include_defaults=False)
    (members,) = get_task_dict([f"mnlu-{suite}"], manager).values()
    found = {}
    for task in members.values():
        task.build_all_requests(
            apply_chat_template=True, chat_template=backend.apply_chat_template, tokenizer_name=backend.tokenizer_name
        )
        for request in task.instances:
            found[_id(request.doc["question"])] = request
    return [found[question["id"]] for question in asked]


def _id(line: str) -> str:
    return str(json.decode(line)["id"])


def _timed(work: Work, engine: LLMEngine) -> tuple[Took, list[str]]:
    core, get_output = 0.0, engine.engine_core.get_output

    def timed_output() -> Any:
        nonlocal core
        start = CLOCK()
        output = get_output()
        core += CLOCK() - start
        return output

    engine.engine_core.get_output = timed_output
    start = CLOCK()
    found = work()
    whole = CLOCK() - start
    engine.engine_core.get_output = get_output
    return Took(core, whole - core), found


if __name__ == "__main__":
    typer.run(main)
