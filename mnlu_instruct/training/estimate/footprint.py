"""Count a model's parameters and the activations of a training step, from its configuration alone.

Nothing is computed and nothing allocated: a model of two or three layers makes a step on torch's fake tensors, which
have a shape and a type but no content, and the bytes that it would allocate and free are added up. So whatever
transformers' code saves for the backward pass is counted, without a formula for each architecture. For a decoder the
result is that of Korthikanti et al. (2023, section 4): layers × batch × length × hidden size, times a constant, and
times heads × length where attention keeps its scores.
"""

import weakref
from functools import cache
from typing import Any

import torch
from msgspec import Struct, json
from peft import get_peft_model
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakIdKeyDictionary
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM, PretrainedConfig, PreTrainedModel

from mnlu_instruct.training import lora
from mnlu_instruct.training.recipe import Lora, ModelRecipe

ANSWER = 4
"""One token in so many of an encoder–decoder's `max_length` is assumed to be of the answer in instruction tuning."""
ROWS = 8
"""With this many rows, activations outweigh what doesn't grow with the number of rows."""


class Counts(Struct, frozen=True):
    """The number of parameters of a model, shared ones counted once.

    Attributes:
        all: all of the model's, without an adapter.
        trained: those that are trained: all, or the adapter's.
        linear: those of linear layers except the head, which QLoRA keeps in 4 bits.
        layer: those of the largest layer.
        outside: those outside all layers: embeddings, head, last norm.
        largest: those of the largest single tensor.
        head: those of the language-model head.
        layers: the number of layers; of an encoder–decoder, in each half.
    """

    all: int
    trained: int
    linear: int
    layer: int
    outside: int
    largest: int
    head: int
    layers: int


class Activations(Struct, frozen=True):
    """Bytes that a step allocates beside weights, gradients and optimizer states.

    Attributes:
        saved: what is kept after the forward pass.
        peak: the maximum, in the backward pass.
    """

    saved: int
    peak: int


def counts(config: PretrainedConfig, adapter: Lora | None = None) -> Counts:
    """Count the parameters of a model on torch's meta device, where it takes no memory."""
    return _counted(config.to_json_string(use_diff=False), adapter)


@cache
def _counted(values: str, adapter: Lora | None) -> Counts:
    config = _config(values)
    bare = _made(config, None, "eager", torch.float32)
    head = bare.get_output_embeddings()
    linears = {
        id(module.weight): module.weight.numel()
        for module in bare.modules()
        if isinstance(module, torch.nn.Linear) and module is not head
    }
    stacks = (
        found
        for name, found in bare.named_modules()
        if isinstance(found, torch.nn.ModuleList) and not any(map(str.isdigit, name.split(".")))
    )
    layers = [sum(one.numel() for one in layer.parameters()) for stack in stacks for layer in stack.children()]
    sizes = [one.numel() for one in bare.parameters()]
    if getattr(config, "scale_decoder_outputs", None) is False:
        # T5.1.1 and Flan-T5 have a separate head in their weights; transformers ties it until it has read them.
        sizes.append(head.weight.numel())
    trained = sum(sizes)
    if adapter:
        adapted = _made(config, adapter, "eager", torch.float32)
        trained = sum(one.numel() for one in adapted.parameters() if one.requires_grad)
    return Counts(
        all=sum(sizes),
        trained=trained,
        linear=sum(linears.values()),
        layer=max(layers),
        outside=sum(sizes) - sum(layers),
        largest=max(sizes),
        head=head.weight.numel(),
        layers=config.num_hidden_layers,
    )


def activations(
    config: PretrainedConfig, model: ModelRecipe, length: int, batch: int, checkpointing: bool, autocast: bool,
    answer: int = ANSWER,
) -> Activations:  # fmt: skip
    """Estimate the activations of a batch of rows of the same length, without the head of a decoder.

    Models of two and three layers are traced with one row and with eight. What the forward pass saves is linear in
    layers and rows. The rest of the peak in the backward pass doesn't depend on the number of layers, and is convex in
    the rows: up to eight rows it is interpolated linearly, beyond it is extrapolated in proportion to the rows, neither
    of which is too low.

    Args:
        config: the model's configuration.
        model: number type, attention and adapter; flash attention is traced as sdpa, which saves the same.
        length: tokens per row.
        batch: rows on a device.
        checkpointing: save only the inputs of layers, and recompute the rest (gradient checkpointing).
        autocast: compute in bfloat16 where weights are in float32.
        answer: one token in so many is of the answer, for an encoder–decoder.
    """
    attention = "eager" if model.attention == "eager" else "sdpa"
    values, layers = config.to_json_string(use_diff=False), int(config.num_hidden_layers)

    def traced(few: int, rows: int) -> Activations:
        return _traced(values, model.dtype, attention, model.lora, length, rows, few, checkpointing, autocast, answer)

    def saved(rows: int) -> int:
        two, three = (traced(few, rows).saved for few in (2, 3))
        return two + (three - two) * (layers - 2)

    def extra(rows: int) -> int:
        return traced(3, rows).peak - traced(3, rows).saved

    def between(one: int, many: int) -> int:
        return one + (many - one) * (batch - 1) // (ROWS - 1)

    kept = between(saved(1), saved(ROWS))
    above = between(extra(1), extra(ROWS)) if batch <= ROWS else extra(ROWS) * batch // ROWS
    return Activations(kept, kept + above)


@cache
def _traced(
    values: str,
    dtype: str,
    attention: str,
    adapter: Lora | None,
    length: int,
    rows: int,
    layers: int,
    checkpointing: bool,
    autocast: bool,
    answer: int = ANSWER,
) -> Activations:
    """Trace a step of a model with few layers whose gradients exist already, as from the second step on."""
    config = _cut(_config(values), layers)
    model = _made(config, adapter, attention, getattr(torch, dtype))
    model.train()
    if checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    with FakeTensorMode(), _NoLayerDrop(), _Live() as live:
        _fake(model)
        if adapter:
            model.enable_input_require_grads()
        for one in model.parameters():
            one.grad = torch.empty_like(one) if one.requires_grad else None
        before = live.peak = live.now
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            result = _forward(model, config, rows, length, answer)
        saved = live.now - before
        result.backward()
        return Activations(saved, live.peak - before)


def _forward(model: Any, config: PretrainedConfig, rows: int, length: int, answer: int) -> torch.Tensor:
    """A forward pass: of an encoder–decoder up to its loss, of a decoder up to its head, which TRL computes itself."""
    if config.is_encoder_decoder:
        written = length // answer
        asked, told = (torch.zeros(rows, size, dtype=torch.long) for size in (length - written, written))
        return model(input_ids=asked, labels=told, use_cache=False).loss
    ids = torch.zeros(rows, length, dtype=torch.long)
    inner = (model.get_base_model() if hasattr(model, "peft_config") else model).base_model
    return inner(input_ids=ids, use_cache=False).last_hidden_state.sum()


def _made(config: PretrainedConfig, adapter: Lora | None, attention: str, dtype: torch.dtype) -> PreTrainedModel:
    auto = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
    with torch.device("meta"):
        model = auto.from_config(config, dtype=dtype, attn_implementation=attention)
        return get_peft_model(model, lora.adapter(adapter)) if adapter else model


def _config(values: str) -> PretrainedConfig:
    """A configuration from its JSON, which serves as a cache key, as configuration objects can't."""
    return AutoConfig.for_model(**json.decode(values))


def _cut(config: PretrainedConfig, layers: int) -> PretrainedConfig:
    """The configuration with another number of layers."""
    config.num_hidden_layers = layers
    if config.is_encoder_decoder:
        config.num_decoder_layers = layers
    for kinds in ("layer_types", "attention_layers"):  # the latter is GPT-Neo's
        if getattr(config, kinds, None):
            setattr(config, kinds, getattr(config, kinds)[:layers])
    return config


def _fake(model: torch.nn.Module) -> None:
    """Replace a meta model's parameters and buffers by fake tensors of the same shape and type."""
    made: dict[int, torch.Tensor] = {}
    for module in model.modules():
        for kept in (module._parameters, module._buffers):
            for name, one in kept.items():
                if one is not None:
                    if id(one) not in made:
                        empty = torch.empty(one.shape, dtype=one.dtype)
                        trained = isinstance(one, torch.nn.Parameter)
                        made[id(one)] = torch.nn.Parameter(empty, one.requires_grad) if trained else empty
                    kept[name] = made[id(one)]


class _NoLayerDrop(TorchFunctionMode):  # type: ignore[misc]
    """Keeps every layer of models that draw at each step which layers to leave out (BART, BioGPT).

    They draw with `torch.rand([])`, and fake tensors have no content that could decide.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.rand and args and args[0] == []:
            return 1.0
        return func(*args, **(kwargs or {}))


class _Live(TorchDispatchMode):  # type: ignore[misc]
    """Adds up the bytes of all live storages that operations have made, and their peak."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self.seen = WeakIdKeyDictionary()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for one in tree_leaves(result):
            if isinstance(one, torch.Tensor):
                self._meet(one.untyped_storage())
        return result

    def _meet(self, storage: Any) -> None:
        if storage not in self.seen:
            self.seen[storage] = True
            self.now += storage.nbytes()
            self.peak = max(self.peak, self.now)
            weakref.finalize(storage, self._part, storage.nbytes())

    def _part(self, size: int) -> None:
        self.now -= size
