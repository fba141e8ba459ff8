"""How a run was made, for `run.json`: when, by which command, where, with which versions; none of it is a setting."""

import os
import platform
import shlex
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("mnlu-instruct", "jinja2", "tokenizers", "transformers", "torch", "vllm")
"""The packages whose versions can change prompts or answers."""
ENTRY = "made"


def watch() -> Callable[[], dict[str, Any]]:
    """Start the clock of a run; the function returned tells how it was made."""
    began = time.monotonic()

    def made() -> dict[str, Any]:
        return {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
            "seconds": round(time.monotonic() - began, 1),
            "machine": f"{platform.system()} {platform.machine()}, {len(os.sched_getaffinity(0))} cores",
            "python": platform.python_version(),
            "versions": {name: found for name in PACKAGES if (found := _version(name))},
        }

    return made


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
