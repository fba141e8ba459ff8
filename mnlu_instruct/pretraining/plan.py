"""Plan a pretraining without starting it: `mnlu pretrain RECIPE --dry-run`."""

from collections.abc import Sequence
from typing import Any

import torch
from msgspec import Struct
from msgspec.structs import replace
from transformers import AutoModelForSeq2SeqLM, PretrainedConfig

from mnlu_instruct.pretraining import manifest, model
from mnlu_instruct.pretraining.batches import ENDS
from mnlu_instruct.pretraining.recipe import pretrain_recipe
from mnlu_instruct.training.estimate import plan as training_plan
from mnlu_instruct.training.estimate.advice import SIZES, Fit, fit
from mnlu_instruct.training.estimate.flops import PEAKS
from mnlu_instruct.training.estimate.footprint import Counts, counts
from mnlu_instruct.training.estimate.memory import NAMES, Memory, estimate
from mnlu_instruct.training.estimate.plan import Launch, launched

SHARE = 0.35
"""The share of a GPU's peak that trainings of such models reach (MFU), assumed for the hours."""
SHOWN = ("A100", "H100", "H200")
"""The GPUs for which hours are estimated."""


class Hours(Struct, frozen=True):
    """How long all steps take on GPUs of a kind."""

    gpu: str
    hours: float


class Plan(Struct, frozen=True):
    """What a pretraining would do.

    Attributes:
        recipe: the resolved recipe.
        launch: how it is launched.
        strategy: how weights, gradients and optimizer states are sharded.
        counts: the model's parameters.
        documents: of the corpus; None if it isn't built.
        tokens: of the corpus, as its texts are cut.
        batch: documents in a step on all GPUs.
        steps: the number of optimizer steps; None if it isn't known without the corpus.
        epochs: how often each document is seen.
        flops: floating-point operations of all steps.
        hours: how long they take, at 35 % of the GPUs' peak.
        memory: bytes on each GPU, or of each process on a CPU, by purpose.
        total: the peak of bytes on each GPU.
        host: bytes in the memory of each machine, where something is offloaded.
        cpu: whether it is trained on the CPU.
        fits: whether it fits GPUs of several sizes.
    """

    recipe: dict[str, Any]
    launch: Launch
    strategy: str
    counts: Counts
    documents: int | None
    tokens: int | None
    batch: int
    steps: int | None
    epochs: float | None
    flops: float | None
    hours: tuple[Hours, ...]
    memory: Memory
    total: int
    host: int
    cpu: bool
    fits: tuple[Fit, ...]


def plan(source: str, launcher: Sequence[str], settings: Sequence[str] = ()) -> Plan:
    """Plan `mnlu pretrain SOURCE --set SETTINGS -- LAUNCHER`. Starts nothing.

    Raises:
        UserError: the recipe, its trainer arguments, the launcher's arguments or the corpus are wrong, or the model's
            configuration can't be found.
    """
    launch = launched(launcher, pretrain_recipe(source, settings=settings).as_training())
    over: dict[str, Any] = {"deepspeed": launch.deepspeed} if launch.deepspeed or launch.fsdp else {}
    recipe = pretrain_recipe(source, over, settings)
    stated = manifest.read(recipe.data) if recipe.data.exists() else None
    documents = stated["counts"]["documents"] if stated else None
    tokens = round(stated["counts"]["tokens"] * (1 - stated["lengths"]["lost"])) if stated else None
    shape = model.shape(recipe, stated["tokenizer"]["tokens"] if stated else None)
    training = recipe.as_training()
    config = training_plan.configuration(training, shape)
    # Both sides of a text are as long as `max_length` allows, at most.
    given = training_plan.setting_of(training, config, launch)
    setting = replace(given, length=2 * config.max_length, answer=2)
    memory, each = estimate(shape, setting), launch.processes // launch.machines
    taken = config.per_device_train_batch_size * launch.processes
    batch = taken * config.gradient_accumulation_steps
    steps = training_plan.steps_of(config, documents, taken) if documents else max(config.max_steps, 0) or None
    length = tokens / documents + ENDS if tokens and documents else config.max_length
    flops = steps * batch * _flops(shape, length) if steps else None
    return Plan(
        recipe=recipe.model_dump(mode="json", exclude_none=True),
        launch=launch,
        strategy=NAMES[setting.strategy] + (" with offload" if setting.offloaded else ""),
        counts=counts(shape),
        documents=documents,
        tokens=tokens,
        batch=batch,
        steps=steps,
        epochs=steps * batch / documents if steps and documents else None,
        flops=flops,
        hours=tuple(Hours(name, flops / (PEAKS[name] * 1e12 * SHARE * launch.processes) / 3600) for name in SHOWN)
        if flops and not setting.cpu
        else (),
        memory=memory,
        total=memory.total,
        host=memory.host * each,
        cpu=setting.cpu,
        fits=() if setting.cpu else tuple(fit(shape, setting, size, each) for size in SIZES),
    )


def _flops(shape: PretrainedConfig, length: float) -> float:
    """FLOPs of a document of so many tokens on both sides: 6 per weight and token, 12 per pair of tokens and width.

    The decoder attends to itself and to the encoder; the head counts for each of its tokens.
    """
    with torch.device("meta"):
        network = AutoModelForSeq2SeqLM.from_config(shape)
    halves = (network.model.encoder, network.model.decoder)
    weights = sum(one.numel() for half in halves for one in half.layers.parameters())
    head = shape.vocab_size * shape.d_model
    pairs = (shape.encoder_layers + 2 * shape.decoder_layers) * shape.d_model * length**2
    return float(6 * length * (weights + head) + 12 * pairs)
