"""Check packing isolation on the model before the first step: packed documents must not attend to each other."""

from typing import Any

import torch
from datasets import Dataset
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from mnlu_instruct import console
from mnlu_instruct.errors import UserError

LONGEST = 64
"""The most tokens of each of the two documents that are compared."""
EXACT, ROUNDED = 1e-3, 5e-2
"""How far log-probabilities may differ from those of a document alone, relative to their spread: in 32-bit and in
16-bit numbers. Tiny random models that mix documents differ by 0.003 (Bloom), 0.10 (Mamba) and 0.23 (OPT); rounding
alone makes 6e-7, and 0.007 in bfloat16 (Mistral, 32 layers)."""


def difference(model: torch.nn.Module, trainer: Any, documents: list[list[int]]) -> float:
    """The largest relative difference between log-probabilities of packed documents and of each document alone.

    The trainer's own collator makes the batches and its head scores them, as in training: under ZeRO-3 the first step
    repeats the order in which the forward passes before it used the layers.

    Returns:
        The norm of the differences, divided by the norm of the log-probabilities' deviations from their mean.
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


class IsolationCheck(TrainerCallback):  # type: ignore[misc]
    """Compares two packed documents with each alone, before the first step, when the model is sharded as in training.

    All processes take part, and all stop if one finds that the documents attend to each other.
    """

    def __init__(self, trainer: Any, given: Dataset) -> None:
        self.trainer = trainer
        self.documents = [given[place % len(given)]["input_ids"][:LONGEST] for place in range(2)]

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Compare, and print a notice if the attention implementation isolates documents slowly.

        Raises:
            UserError: the documents attend to each other.
        """
        attention = str(self.trainer.model.config._attn_implementation)
        if state.is_world_process_zero and "flash" not in attention:
            tokens = args.per_device_train_batch_size * args.max_length
            console.notice(
                f"Attention '{attention}' keeps packed documents apart by a mask of {tokens:,} × {tokens:,} tokens. "
                "flash_attention_2 needs no mask, and skips the masked part."
            )
        found = torch.tensor([difference(self.trainer.model_wrapped, self.trainer, self.documents)])
        most = float(self.trainer.accelerator.gather(found.to(args.device)).max())
        kind = {weight.dtype for weight in self.trainer.model.parameters() if weight.is_floating_point()}
        allowed = EXACT if kind == {torch.float32} and not (args.bf16 or args.fp16) else ROUNDED
        if not most <= allowed:
            raise UserError(
                f"Packed documents attend to each other in this model: their log-probabilities differ by "
                f"{100 * most:.1f} % from those of each alone; rounding explains at most {100 * allowed:.1f} %.",
                "set `packing: none` in the recipe, or `attention: flash_attention_2` in its model.",
            )
