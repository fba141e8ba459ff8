"""Whether packed documents see each other: found out on the very model that is trained, before its first step."""

from typing import Any

import torch
from datasets import Dataset
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from mnlu_instruct import console
from mnlu_instruct.errors import UserError

LONGEST = 64
"""So many tokens of two documents are enough."""
EXACT, ROUNDED = 1e-3, 5e-2
"""How far log-probabilities may be from those of a document alone, as a share of how they vary: in 32-bit and in 16-bit
numbers. Of tiny random models, those that mix documents are 0.003 (Bloom), 0.10 (Mamba) and 0.23 (OPT) away; rounding
alone makes 6e-7, and 0.007 in bfloat16 (Mistral, 32 layers)."""


def difference(model: torch.nn.Module, trainer: Any, documents: list[list[int]]) -> float:
    """How far the log-probabilities of packed documents' tokens are from those of each document alone; the largest.

    The batches are made by the trainer's collator, and scored by its head, as in training: under ZeRO-3 the first step
    goes the way of the forward passes before it.

    Returns:
        The norm of the differences, as a share of that of the differences from their mean.
    """

    def scores(some: list[list[int]]) -> torch.Tensor:
        ids = [token for document in some for token in document]
        batch = trainer.data_collator([{"input_ids": ids, "labels": ids, "seq_lengths": [len(one) for one in some]}])
        found = model(**trainer._prepare_inputs(batch), use_cache=False, fused_lm_head=True)
        learnt: torch.Tensor = found.log_probs[found.label_mask].float()
        return learnt

    training = model.training
    model.eval()
    with torch.no_grad(), trainer.compute_loss_context_manager():
        together = scores(documents).split([len(one) - 1 for one in documents])
        alone = [scores([one]) for one in documents]
    model.train(training)
    return max(float((a - b).norm() / (b - b.mean()).norm()) for a, b in zip(together, alone, strict=True))


class Apart(TrainerCallback):  # type: ignore[misc]
    """Before the first step, when the model is spread as it will be trained: two documents packed, against each alone.

    All processes take part, and all end if one finds that the documents see each other.
    """

    def __init__(self, trainer: Any, given: Dataset) -> None:
        self.trainer = trainer
        self.documents = [given[place % len(given)]["input_ids"][:LONGEST] for place in range(2)]

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Compare, and say so where keeping them apart is slow.

        Raises:
            UserError: the documents see each other.
        """
        attention = str(self.trainer.model.config._attn_implementation)
        if state.is_world_process_zero and "flash" not in attention:
            tokens = args.per_device_train_batch_size * args.max_length
            console.notice(
                f"Attention '{attention}' keeps packed documents apart by a mask of {tokens:,} × {tokens:,} tokens. "
                "flash_attention_2 needs none, and skips what it would hide."
            )
        found = torch.tensor([difference(self.trainer.model_wrapped, self.trainer, self.documents)])
        most = float(self.trainer.accelerator.gather(found.to(args.device)).max())
        kind = {weight.dtype for weight in self.trainer.model.parameters() if weight.is_floating_point()}
        allowed = EXACT if kind == {torch.float32} and not (args.bf16 or args.fp16) else ROUNDED
        if not most <= allowed:
            raise UserError(
                f"Packed documents see each other in this model: their scores differ by {100 * most:.1f} % from "
                f"those of each alone; {100 * allowed:.1f} % may be rounding.",
                "set `packing: none` in the recipe, or `attention: flash_attention_2` in its model.",
            )
