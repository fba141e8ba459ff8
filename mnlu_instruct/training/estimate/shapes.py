"""Find the configuration of a recipe's model, without its weights, and without the network if possible."""

from pathlib import Path

import yaml
from transformers import AutoConfig, MistralConfig, PretrainedConfig

from mnlu_instruct.errors import UserError
from mnlu_instruct.training.recipe import ModelRecipe

BUNDLED = Path(__file__).with_name("shapes.yaml")


def config_of(model: ModelRecipe) -> PretrainedConfig:
    """The configuration of a recipe's model: new, in a folder, bundled, or on the hub.

    Raises:
        UserError: there is no such model here, and the hub can't be reached or doesn't have it.
    """
    if model.base is None:
        return MistralConfig(**(model.config or {}), vocab_size=model.vocabulary)
    bundled = yaml.safe_load(BUNDLED.read_text("utf-8"))
    if model.base in bundled and not Path(model.base).is_dir():
        return AutoConfig.for_model(**bundled[model.base])
    try:
        return AutoConfig.from_pretrained(model.base)
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(
            f"Can't get the configuration of '{model.base}': {reason}",
            f"download the model, or give a folder with config.json; bundled are: {', '.join(bundled)}.",
        ) from error
