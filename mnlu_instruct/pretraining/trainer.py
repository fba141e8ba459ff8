"""The trainer of a pretraining: that of encoder–decoders, with batches that are made of documents and noise."""

from typing import Any

from torch.utils.data import Sampler
from transformers import PreTrainedModel

from mnlu_instruct.pretraining import vocabulary
from mnlu_instruct.pretraining.batches import Collator, Documents, Order
from mnlu_instruct.pretraining.recipe import PretrainRecipe
from mnlu_instruct.prompting.chat import Tokenizer
from mnlu_instruct.training import seq2seq
from mnlu_instruct.training.identity import Identity, settled


class Trainer(seq2seq.Trainer):
    """transformers' trainer of encoder–decoders, whose step has the mean loss over all tokens that it learns."""

    def __init__(
        self,
        model: PreTrainedModel,
        config: seq2seq.Config,
        tokenizer: Tokenizer,
        documents: Documents,
        recipe: PretrainRecipe,
    ) -> None:
        super().__init__(model, config, tokenizer, train_dataset=documents)
        alphabet = vocabulary.alphabet(tokenizer)
        self.data_collator = Collator(
            documents.corpus, tokenizer, alphabet, recipe.noise, recipe.targets, config.max_length, config.seed
        )

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        return Order(len(self.train_dataset), self.args.seed)


def identity(recipe: PretrainRecipe, content_hash: str, processes: int) -> Identity:
    """The identity of a pretraining: everything that changes its weights (`training.identity`)."""
    noise = {f"noise.{name}": value for name, value in recipe.noise.model_dump(mode="json").items()}
    return {
        "processes": processes,
        "data": content_hash,
        "targets": recipe.targets,
        **noise,
        **settled(recipe.as_training()),
    }
