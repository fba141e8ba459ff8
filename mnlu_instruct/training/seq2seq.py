"""Training of encoder–decoder models such as T5: arguments, rows as plain text (`plain_text`), checks, trainer."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from datasets import Dataset
from transformers import DataCollatorForSeq2Seq, PreTrainedModel, Seq2SeqTrainer, Seq2SeqTrainingArguments

from mnlu_instruct.errors import UserError
from mnlu_instruct.prompting import chat, plain_text
from mnlu_instruct.training import arguments
from mnlu_instruct.training.data import check_length, mapped
from mnlu_instruct.training.preflight import checks, documents, rules
from mnlu_instruct.training.preflight.documents import IGNORED, Documents
from mnlu_instruct.training.preflight.rules import Marks, Terms
from mnlu_instruct.training.recipe import TrainRecipe
from mnlu_instruct.training.trainer import Mixing


@dataclass
class Config(Seq2SeqTrainingArguments):  # type: ignore[misc]
    """transformers' arguments, and `max_length`: the most tokens of a prompt and its answer together."""

    max_length: int = field(default=1024, metadata={"help": "Tokens of a prompt and its answer together."})


def config(recipe: TrainRecipe) -> Config:
    """The trainer's configuration.

    Raises:
        UserError: the recipe asks for something that only decoder models support, or an argument is wrong.
    """
    asked = {"loss: all": recipe.loss == "all", "packing": recipe.packing != "none", "lora": bool(recipe.model.lora)}
    for name, there in asked.items():
        if there:
            raise UserError(
                f"{recipe.model.base} is an encoder–decoder model, to which '{name}' doesn't apply.",
                "leave it out of the recipe: the decoder learns only the answers, one per row.",
            )
    return arguments.made(Config, recipe, {})


def tokenised(data: Dataset, tokenizer: chat.Tokenizer, max_length: int, positions: int | None = None) -> Dataset:
    """Tokenise rows: columns `id`, `input_ids` (read by the encoder) and `labels` (learned by the decoder).

    Raises:
        UserError: a row is longer than `max_length` tokens, or one side of it than the model has `positions`.
    """

    def encode(batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
        examples = plain_text.examples(tokenizer, batch["prompt"], batch["completion"])
        for name, one in zip(batch["id"], examples, strict=True):
            check_length(name, len(one.source) + len(one.target), max_length, None)
            check_length(name, max(len(one.source), len(one.target)), max_length, positions)
        sources, targets = [one.source for one in examples], [one.target for one in examples]
        return {"id": batch["id"], "input_ids": sources, "labels": targets}

    return mapped(data, encode)


def check_rows(prepared: Dataset, given: Dataset, marks: Marks, recipe: TrainRecipe, most: int) -> Documents:
    """Check all rows that the trainer trains on, as `checks.check_rows` does for a decoder model.

    Raises:
        UserError: a row breaks a rule; the error names its id where a single document does.
    """
    terms = Terms(marks, False, most)
    found = documents.pairs(prepared)
    return checks.check(partial(documents.pairs, given), found, rules.ENCODER_DECODER, terms, given)


class Trainer(Mixing, Seq2SeqTrainer):  # type: ignore[misc]
    """transformers' trainer of encoder–decoder models, with the mean loss over the answer tokens of a whole step.

    T5's own loss is the mean of each batch, which the trainer takes for a share of the step's (transformers 5.19): with
    n batches or processes, losses and gradients were n times too large.
    """

    def __init__(self, model: PreTrainedModel, config: Config, processing_class: chat.Tokenizer, **data: Any) -> None:
        collator = DataCollatorForSeq2Seq(processing_class, model, label_pad_token_id=IGNORED)
        super().__init__(
            model, config, collator, processing_class=processing_class, compute_loss_func=self.mean_loss, **data
        )

    def mean_loss(self, outputs: Any, labels: torch.Tensor, num_items_in_batch: torch.Tensor | None) -> torch.Tensor:
        """A batch's share of the mean loss over the `num_items_in_batch` answer tokens of a step."""
        total = torch.nn.functional.cross_entropy(
            outputs.logits.flatten(0, 1).float(),
            labels.flatten(),
            ignore_index=IGNORED,
            reduction="sum",
            label_smoothing=self.args.label_smoothing_factor,
        )
        return total / ((labels != IGNORED).sum() if num_items_in_batch is None else num_items_in_batch)
