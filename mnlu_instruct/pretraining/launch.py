"""`mnlu pretrain`: run `train/infill.py` under accelerate's launcher; loads nothing of torch itself."""

from collections.abc import Sequence

from mnlu_instruct.pretraining import manifest
from mnlu_instruct.pretraining.recipe import pretrain_recipe
from mnlu_instruct.training.launch import launcher, layout


def launch(source: str, arguments: Sequence[str], settings: Sequence[str] = ()) -> int:
    """Pretrain by a recipe; returns the exit status of the training, 0 if it was asked to stop.

    Args:
        source: the recipe, a name in `recipes/pretrain/` or a path.
        arguments: arguments of `accelerate launch`; `--config_file` may name a file of `recipes/accelerate/`.
        settings: override keys of the recipe (`yaml_files.with_settings`).

    Raises:
        UserError: the recipe or the launcher's configuration is wrong, there is no corpus, or accelerate isn't
            installed.
    """
    recipe, given = pretrain_recipe(source, settings=settings), layout.arguments(arguments)
    launcher.check_installed()
    manifest.read(recipe.data)
    return launcher.run("infill.py", [source], given, settings, bool(recipe.trainer.get("use_cpu")))
