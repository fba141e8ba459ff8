"""Run evaluations in a separate process: one each, because vLLM leaves memory and threads behind, or several."""

import os
import runpy
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct

from mnlu_instruct import assets
from mnlu_instruct.errors import UserError
from mnlu_instruct.evaluation.questions import TooLong


class Asking(Struct, frozen=True):
    """How a model is evaluated: a suite (by name or path), the engine, the data directory, options of `mnlu eval`.

    `engine_arguments` are those of vLLM, as `vllm serve` takes them.
    """

    suite: str
    engine: str = "vllm"
    data: Path | None = None
    limit: int | None = None
    skip_missing: bool = False
    pack: str | None = None
    shots: int = 0
    too_long: TooLong = "stop"
    engine_arguments: tuple[str, ...] = ()

    @property
    def options(self) -> list[str]:
        """As command-line arguments of `mnlu eval`."""
        given = ["--suite", self.suite, "--engine", self.engine]
        given += ["--data-dir", str(self.data)] if self.data else []
        given += ["--limit", str(self.limit)] if self.limit else []
        given += ["--pack", self.pack] if self.pack else []
        given += ["--shots", str(self.shots)] if self.shots else []
        given += ["--too-long", self.too_long] if self.too_long != "stop" else []
        given += ["--skip-missing"] if self.skip_missing else []
        return [*given, "--", *self.engine_arguments] if self.engine_arguments else given


Request = tuple[Path, Asking, Path]
"""A model's folder, how it is evaluated, and the folder to write."""


def evaluate(model: Path, asking: Asking, out: Path, environment: Mapping[str, str] = MappingProxyType({})) -> None:
    """Evaluate a model with `eval/run.py`, and write the run's folder.

    Args:
        model: the model's folder.
        asking: the options.
        out: the folder to write.
        environment: variables beside those of this process.

    Raises:
        UserError: the evaluation failed; its process has printed why.
    """
    options = _options(model, asking, out)
    command = [sys.executable, str(_script()), *options]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False, env={**os.environ, **environment})
    if done.returncode:
        raise UserError(f"The evaluation of {model} failed.", f"try it alone: mnlu eval {' '.join(options)}")


def evaluate_in_turns(requests: Sequence[Request], environment: Mapping[str, str] = MappingProxyType({})) -> None:
    """Evaluate models with `eval/run.py` in one process, one after the other; each that fails prints why.

    Args:
        requests: models with an engine that leaves nothing behind: `transformers`.
        environment: variables beside those of this process.
    """
    with suppress(BrokenProcessPool), ProcessPoolExecutor(1, get_context("spawn")) as pool:
        pool.submit(_in_turns, requests, dict(environment)).result()


def _in_turns(requests: Sequence[Request], environment: Mapping[str, str]) -> None:
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for request in requests:
        sys.argv = [str(_script()), *_options(*request)]
        with suppress(SystemExit):
            runpy.run_path(sys.argv[0], run_name="__main__")


def _script() -> Path:
    return assets.folder("eval") / "run.py"


def _options(model: Path, asking: Asking, out: Path) -> list[str]:
    """The arguments of an evaluation."""
    return ["--model", str(model), "--out", str(out), *asking.options]
