"""The layout of a training over processes: the arguments of accelerate's launcher, which override the recipe."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from mnlu_instruct import assets
from mnlu_instruct.errors import UserError
from mnlu_instruct.yaml_files import locate

CONFIGURATION, MACHINES = "--config_file", "--num_machines"


def launched(environment: Mapping[str, str]) -> dict[str, Any]:
    """The trainer arguments that follow from accelerate's launcher: its DeepSpeed configuration, or none for FSDP.

    So one recipe runs in any layout, and DeepSpeed's settings always reach the trainer the same way.

    Args:
        environment: the variables of a process that the launcher started.

    Raises:
        UserError: the launcher's configuration contains DeepSpeed's settings, instead of naming a file.
    """
    if environment.get("ACCELERATE_USE_FSDP") == "true":
        return {"deepspeed": None}
    if environment.get("ACCELERATE_USE_DEEPSPEED") == "true":
        return {"deepspeed": deepspeed_file(environment.get("ACCELERATE_DEEPSPEED_CONFIG_FILE"))}
    return {}


def deepspeed_file(named: str | None) -> str:
    """Find the DeepSpeed file that accelerate's configuration names: a path, or a file of `recipes/deepspeed/`.

    Raises:
        UserError: it names none, or there is no such file.
    """
    if named is None or named == "none":
        raise UserError(
            "accelerate's configuration names no file with DeepSpeed's settings.",
            "write deepspeed_config: {deepspeed_config_file: zero3.json}, or leave DeepSpeed to the recipe.",
        )
    bundled = assets.folder("recipes") / "deepspeed" / Path(named).name
    for path in (Path(named), bundled):
        if path.is_file():
            return str(path.absolute())
    raise UserError(f"There is no DeepSpeed configuration {named}.", "recipes/deepspeed/ has some.")


def arguments(launcher: Sequence[str]) -> list[str]:
    """The launcher's arguments, with names of `recipes/accelerate/` after `--config_file` replaced by paths.

    Raises:
        UserError: there is no such configuration, it isn't YAML, or it would silently start a single process.
    """
    options = tuple(f"{name}=" for name in (CONFIGURATION, MACHINES))
    split = (word.split("=", 1) if word.startswith(options) else [word] for word in launcher)
    found = [part for parts in split for part in parts]
    for place, word in enumerate(found[1:], start=1):
        if found[place - 1] == CONFIGURATION:
            path = locate(word, "recipes/accelerate", "accelerate configuration")
            if _read(path).get("distributed_type") == "MULTI_CPU":
                raise UserError(
                    f"{path} says MULTI_CPU, with which accelerate starts a single process.",
                    "on a CPU, start several processes with: -- --multi_gpu --num_processes 2",
                )
            found[place] = str(path)
    return found


def several_machines(launcher: Sequence[str]) -> bool:
    """Whether the launcher's arguments (as `arguments` returns them) ask for more than one machine."""
    said = dict(pairwise(launcher))
    if MACHINES in said:
        return said[MACHINES] != "1"
    return CONFIGURATION in said and _read(Path(said[CONFIGURATION])).get("num_machines", 1) != 1


def _read(path: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not YAML: {error}.", "recipes/accelerate/ has configurations.") from error
    if not isinstance(found, dict):
        raise UserError(f"{path} is not an accelerate configuration.", "recipes/accelerate/ has some.")
    return found
