"""transformers: the reference that other engines are compared with; no server, any device."""

from collections.abc import Callable, Sequence

import torch
import transformers
from transformers import AutoModelForCausalLM

from mnlu_instruct import chat
from mnlu_instruct.engines import Completion
from mnlu_instruct.errors import UserError

BATCH = 16


class Local:
    """A model in this process: float32 on a CPU, its own numbers on a GPU."""

    name = f"transformers {transformers.__version__}"

    def __init__(self, model: str) -> None:
        self.tokenizer = chat.load_tokenizer(model)
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        dtype = "auto" if self.device == "cuda" else torch.float32
        try:
            self.model = AutoModelForCausalLM.from_pretrained(model, dtype=dtype).to(self.device).eval()
        except (OSError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
            raise UserError(f"No model '{model}': {reason}", "give a folder with config.json and weights.") from error
        self.context = int(self.model.config.max_position_embeddings)

    def generate(
        self, prompts: Sequence[list[int]], limits: Sequence[int], done: Callable[[int], None]
    ) -> list[Completion]:
        """Batches of prompts of like length, padded on the left."""
        found: dict[int, Completion] = {}
        order = sorted(range(len(prompts)), key=lambda index: (limits[index], len(prompts[index]), index))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            texts = self._batch([prompts[index] for index in batch], max(limits[index] for index in batch))
            for index, ids in zip(batch, texts, strict=True):
                found[index] = self._completion(ids[: limits[index]])
            done(len(found))
        return [found[index] for index in range(len(prompts))]

    def _batch(self, prompts: list[list[int]], limit: int) -> list[list[int]]:
        """The new ids of each prompt, up to and with the end-of-text."""
        end = self.tokenizer.eos_token_id
        width = max(map(len, prompts))
        ids = torch.tensor([[end] * (width - len(prompt)) + prompt for prompt in prompts], device=self.device)
        mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=self.device)
        with torch.inference_mode():
            written = self.model.generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=limit,
                do_sample=False,
                eos_token_id=end,
                pad_token_id=end,
            )
        rows: list[list[int]] = written[:, width:].tolist()
        return [row[: row.index(end) + 1] if end in row else row for row in rows]

    def _completion(self, ids: list[int]) -> Completion:
        ended = bool(ids) and ids[-1] == self.tokenizer.eos_token_id
        text = self.tokenizer.decode(ids, skip_special_tokens=True)
        return Completion(text, "stop" if ended else "length", len(ids))
