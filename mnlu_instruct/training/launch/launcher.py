"""`mnlu train`: run `train/sft.py` under accelerate's launcher; loads nothing of torch itself."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from mnlu_instruct import assets
from mnlu_instruct.dataset.build import Draft
from mnlu_instruct.errors import UserError, install
from mnlu_instruct.training.launch import dataset_build, layout, signal_forwarding
from mnlu_instruct.training.recipe import train_recipe

WHOLE = "complete.json"
"""The file of a model's folder that is written last."""


def check_installed() -> None:
    """Check that the packages for training are installed.

    Raises:
        UserError: they aren't.
    """
    if find_spec("accelerate") is None:
        raise UserError("Training needs accelerate, TRL and DeepSpeed.", f"{install('train')}.")


def launch(
    recipes: Sequence[str],
    launcher: Sequence[str],
    environment: Mapping[str, str] = MappingProxyType({}),
    built: Callable[[Draft], None] = lambda _: None,
    settings: Sequence[str] = (),
) -> int:
    """Run recipes under `accelerate launch`; returns the exit status of the training, 0 if it was asked to stop.

    Each recipe is validated, and its data set built if it doesn't exist, before anything loads; for several machines it
    must exist. The environment's `bin` comes first on the path, because ninja is there.

    Args:
        recipes: names in `recipes/`, or paths; trained one after the other.
        launcher: arguments of `accelerate launch`; `--config_file` may name a file of `recipes/accelerate/`.
        environment: variables beside those of this process.
        built: called with a data set that was built first.
        settings: override keys of the recipes (`yaml_files.with_settings`).

    Raises:
        UserError: a recipe or the configuration is wrong, a data set doesn't exist and can't be built, or
            accelerate isn't installed.
    """
    given = {recipe: train_recipe(recipe, settings=settings) for recipe in recipes}
    arguments = layout.arguments(launcher)
    check_installed()
    for name, one in given.items():
        if layout.several_machines(arguments):
            dataset_build.check_built(one, name)  # each would build it
        elif drafted := dataset_build.ensure(one):
            built(drafted)
    on_cpu = all(one.trainer.get("use_cpu") for one in given.values())
    return run("sft.py", recipes, arguments, settings, on_cpu, environment)


def run(
    name: str,
    recipes: Sequence[str],
    arguments: Sequence[str],
    settings: Sequence[str],
    on_cpu: bool,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> int:
    """Run a script of `train/` under `accelerate launch`; returns the exit status.

    Args:
        name: the script.
        recipes: as `launch`.
        arguments: the launcher's, as `layout.arguments` returns them.
        settings: as `launch`.
        on_cpu: whether nothing is trained on a GPU.
        environment: as `launch`.
    """
    script = assets.folder("train") / name
    command = [sys.executable, "-m", "mnlu_instruct.training.launch.accelerate_main", *arguments, str(script)]
    command += recipes
    command += [part for words in settings for part in ("--set", words)]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    # Unasked, DeepSpeed looks for a GPU and warns that there is none.
    device = {"DS_ACCELERATOR": "cpu"} if on_cpu else {}
    return signal_forwarding.run(command, {**os.environ, **device, **environment, "PATH": path}, str(script))


def finish(outputs: Mapping[Path, Path], launcher: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run recipes, as a stage of something that needs their models.

    Args:
        outputs: the path of each recipe, and the folder that it writes.
        launcher: as `launch`.
        environment: as `launch`.

    Raises:
        UserError: the training failed.
        KeyboardInterrupt: it was asked to stop, and has saved a checkpoint: nothing that needs its model can go on.
    """
    if launch(list(map(str, outputs)), launcher, environment):
        unfinished = [recipe for recipe, output in outputs.items() if not (output / WHOLE).is_file()]
        failed = [*unfinished, *outputs][0]
        raise UserError(f"The training failed: {failed}.", f"try it alone: mnlu train {failed}")
    if not all((output / WHOLE).is_file() for output in outputs.values()):
        raise KeyboardInterrupt
