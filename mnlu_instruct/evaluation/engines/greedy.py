"""Greedy generation by encoder–decoder models: a row of a batch leaves it with its last token.

`generate` of transformers computes every row to the end of the longest; what it has against that, continuous batching,
is for decoders only.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import torch
from transformers import DynamicCache, EncoderDecoderCache
from transformers.modeling_outputs import BaseModelOutput

from mnlu_instruct.errors import UserError

Choose = Callable[[torch.Tensor, Sequence[int]], list[int]]
"""Chooses the next token of some rows from their logits, of shape (rows, vocabulary), and their numbers."""


def likeliest(logits: torch.Tensor, rows: Sequence[int]) -> list[int]:
    """The likeliest token of each row."""
    tokens: list[int] = logits.argmax(-1).tolist()
    return tokens


def first_token(model: Any) -> int:
    """The token that comes before all answers of an encoder–decoder model.

    Raises:
        UserError: the model doesn't say which.
    """
    start: int | None = model.generation_config.decoder_start_token_id
    if start is None:
        raise UserError("The model has no decoder_start_token_id.", "add it to config.json: 0 for T5, 2 for BART.")
    return start


def written(
    model: Any,
    ids: torch.Tensor,
    mask: torch.Tensor,
    begun: Sequence[list[int]],
    limits: Sequence[int],
    ends: Collection[int],
    choose: Choose,
    beat: Callable[[], None],
) -> list[list[int]]:
    """The tokens of each row's answer, up to its limit, or to the token that ends the answer.

    The model's `generation_config` says which token comes before an answer, and which is its first, if that is forced.

    Args:
        model: the model, on the device of `ids`.
        ids: the tokens that the encoder reads, of shape (rows, tokens).
        mask: 1 where these count, 0 where they are padding.
        limits: the most tokens of each row's answer.
        ends: the tokens that end an answer.
        choose: chooses tokens that aren't forced.
        beat: called after each token.

    Raises:
        UserError: the model doesn't say with which token an answer begins.
    """
    start, forced = first_token(model), model.generation_config.forced_bos_token_id
    found, rows = [list(row) for row in begun], list(range(len(limits)))
    inputs = ids.new_tensor([[start, *row] for row in begun])
    cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
    with torch.no_grad():
        states = model.get_encoder()(input_ids=ids, attention_mask=mask).last_hidden_state
        while rows:
            logits = model(
                encoder_outputs=BaseModelOutput(states),
                attention_mask=mask,
                decoder_input_ids=inputs,
                past_key_values=cache,
                use_cache=True,
            ).logits[:, -1]
            first = not found[rows[0]]
            last = [forced] * len(rows) if first and forced is not None else choose(logits.float(), rows)
            for row, token in zip(rows, last, strict=True):
                found[row].append(token)
            beat()
            going = [
                place for place, row in enumerate(rows) if last[place] not in ends and len(found[row]) < limits[row]
            ]
            if len(going) < len(rows):
                kept = ids.new_tensor(going)
                cache.batch_select_indices(kept)
                states, mask = states[kept], mask[kept]
                rows, last = [rows[place] for place in going], [last[place] for place in going]
            inputs = ids.new_tensor(last)[:, None]
    return found
