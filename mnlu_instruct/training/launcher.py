"""`mnlu train`: accelerate's launcher on `train/sft.py`; loads nothing of torch itself."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from mnlu_instruct import assets
from mnlu_instruct.errors import UserError
from mnlu_instruct.training.recipe import train_recipe


def launch(recipe: str, launcher: Sequence[str], environment: Mapping[str, str] = MappingProxyType({})) -> int:
    """Run a recipe under `accelerate launch` with launcher arguments; the exit status of the training.

    The recipe is validated before anything loads. The environment's `bin` comes first on the path: ninja is there.

    Args:
        recipe: a name in `recipes/`, or a path.
        launcher: arguments of `accelerate launch`.
        environment: variables beside those of this process.

    Raises:
        UserError: the recipe is wrong, or accelerate isn't installed.
    """
    train_recipe(recipe)
    if find_spec("accelerate") is None:
        raise UserError("Training needs accelerate, TRL and DeepSpeed.", "pip install 'mnlu-instruct[train]'.")
    script = assets.folder("train") / "sft.py"
    command = [sys.executable, "-m", "accelerate.commands.launch", *launcher, str(script), recipe]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return subprocess.run(command, check=False, env={**os.environ, **environment, "PATH": path}).returncode
