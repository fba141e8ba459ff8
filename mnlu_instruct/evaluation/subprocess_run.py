"""Run an evaluation in a separate process, because vLLM leaves memory and threads behind."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct

from mnlu_instruct import assets
from mnlu_instruct.errors import UserError


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
    too_long: str = "stop"
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
    options = ["--model", str(model), "--out", str(out), *asking.options]
    command = [sys.executable, str(assets.folder("eval") / "run.py"), *options]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False, env={**os.environ, **environment})
    if done.returncode:
        raise UserError(f"The evaluation of {model} failed.", f"try it alone: mnlu eval {' '.join(options)}")
