"""A tiny base model, and a tuned one: the base's weights plus noise."""

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models
from transformers import GenerationConfig, MistralConfig, MistralForCausalLM, PreTrainedTokenizerFast

from mnlu_instruct.prompting import templates

VOCABULARY = {token: index for index, token in enumerate(["<unk>", "<s>", "</s>", *"abcdefghijklm"])}


def write_tokenizer(folder: Path, template: str | None) -> None:
    raw = Tokenizer(models.WordLevel(VOCABULARY, "<unk>"))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, unk_token="<unk>", bos_token="<s>", eos_token="</s>")
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)


def model(
    folder: Path, seed: int = 1, noise: float = 0.0, template: str | None = templates.ZEPHYR, **config: int
) -> Path:
    """A tiny model with a tokenizer, a chat template and a generation config.

    Args:
        folder: where it is written.
        seed: seed of its weights; models with the same seed and no noise are equal.
        noise: norm of the noise added to every tensor, as a fraction of the tensor's norm.
        template: the chat template.
        config: changes to the model's configuration.
    """
    torch.manual_seed(seed)
    settings = {"vocab_size": len(VOCABULARY), "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2}
    network = MistralForCausalLM(
        MistralConfig(**{**settings, "num_attention_heads": 4, "num_key_value_heads": 2, **config})
    )
    with torch.no_grad():
        for parameter in network.parameters():
            drawn = torch.randn_like(parameter)
            parameter.add_(noise * drawn * parameter.norm() / drawn.norm())
    length = 10 + bool(noise)
    network.generation_config = GenerationConfig(bos_token_id=1, eos_token_id=2, max_length=length)
    network.save_pretrained(folder)
    write_tokenizer(folder, template)
    return folder


Pair = tuple[Path, Path]


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """A base model and a tuned model."""
    folder = tmp_path_factory.mktemp("models")
    return model(folder / "base", template="{{ messages }}"), model(folder / "tuned", noise=0.3)
