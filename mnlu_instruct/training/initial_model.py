"""Write a new, untrained model: the common base of several trainings that are to be compared."""

from pathlib import Path

from mnlu_instruct import folders
from mnlu_instruct.training import data
from mnlu_instruct.training.architectures import kind_of
from mnlu_instruct.training.model import model_for, tokenizer_for
from mnlu_instruct.training.recipe import TrainRecipe


def write(recipe: TrainRecipe, out: Path) -> None:
    """Write a recipe's new model: random weights by the trainer's seed, and a tokenizer trained on the recipe's data.

    Raises:
        UserError: the data set isn't there or is broken.
    """
    alone = recipe.model_copy(update={"trainer": {**recipe.trainer, "use_cpu": True, "bf16": False, "deepspeed": None}})
    kind = kind_of(alone.model)
    tokenizer = tokenizer_for(alone.model, data.load(alone.data), kind.chats)
    network = model_for(alone.model, tokenizer, kind.config(alone), kind.model)
    with folders.atomic_folder(out) as folder:
        network.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
