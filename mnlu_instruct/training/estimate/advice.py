"""Tell whether a training fits GPUs of several sizes, and the first change that makes it fit."""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace
from transformers import PretrainedConfig

from mnlu_instruct.training.estimate.memory import GB, NAMES, Memory, Setting, Strategy, estimate
from mnlu_instruct.training.recipe import Lora

SIZES = (24, 40, 48, 80, 141)
"""Nominal memory of common GPUs, GB (RTX 4090, L4; A100; L40S, A6000; A100, H100; H200). Most have 3 to 7 % more, in
10^9 bytes, which is left for fragmentation."""
MOST = 64
"""The most GPUs that are considered."""
BUCKET = 200_000_000
"""Elements that ZeRO-1 and ZeRO-2 reduce at a time in recipes/deepspeed/."""
TALLER: dict[Strategy, tuple[Strategy, ...]] = {
    "ddp": ("zero1", "zero2", "zero3"),
    "zero1": ("zero2", "zero3"),
    "zero2": ("zero3",),
}
"""The layouts that shard more than a given one."""


class Fit(Struct, frozen=True):
    """Whether a training fits GPUs of a size.

    Attributes:
        size: memory of the GPU, in GB (10^9 bytes).
        fits: whether the training fits.
        fewest: the fewest GPUs on which it fits unchanged, up to 64; None if it doesn't.
        advice: if it doesn't fit, the first change that makes it fit; None if no change does.
        memory: bytes on each GPU, with that change.
        host: bytes in the memory of each machine, with that change.
    """

    size: int
    fits: bool
    fewest: int | None
    advice: str | None
    memory: int
    host: int


def fit(shape: PretrainedConfig, setting: Setting, size: int, each: int) -> Fit:
    """Tell whether a training fits a GPU of a size, and what to do if not; `each`: GPUs per machine."""

    def fitting(one: Setting) -> Memory | None:
        return found if (found := estimate(shape, one)).total <= size * GB else None

    now = estimate(shape, setting)
    powers = (2**power for power in range(MOST.bit_length()))
    fewest = next((number for number in powers if fitting(over(setting, number))), None)
    if now.total <= size * GB:
        return Fit(size, True, fewest, None, now.total, now.host * each)
    for words, changed in changes(setting, adaptable=setting.model.base is not None and not shape.is_encoder_decoder):
        if then := fitting(changed):
            return Fit(size, False, fewest, ", ".join(words), then.total, then.host * each)
    return Fit(size, False, fewest, None, now.total, now.host * each)


def over(setting: Setting, processes: int) -> Setting:
    """The same training on another number of processes."""
    strategy = setting.strategy
    if processes == 1 and strategy in {"ddp", "fsdp"}:
        strategy = "one"
    if processes > 1 and strategy == "one":
        strategy = "ddp"
    return replace(setting, processes=processes, strategy=strategy)


def changes(setting: Setting, adaptable: bool) -> Iterator[tuple[tuple[str, ...], Setting]]:
    """Changes to a training that doesn't fit: each in words, with the training that results.

    First those that change nothing but its speed: higher ZeRO stages, a smaller batch with more gradient accumulation,
    gradient checkpointing. Then LoRA, and QLoRA. Last, because it is slow, ZeRO-3 with weights and optimizer states in
    host memory.

    Args:
        setting: the training.
        adaptable: whether LoRA is possible for this model.
    """
    words: tuple[str, ...] = ()
    for stage in TALLER.get(setting.strategy, ()):
        bucket = None if stage == "zero3" else BUCKET
        setting, words = replace(setting, strategy=stage, bucket=bucket), (NAMES[stage],)
        yield words, setting
    yield from _smaller(words, setting)
    if not setting.checkpointing:
        setting, words = replace(setting, checkpointing=True), (*words, "gradient checkpointing")
        yield words, setting
        yield from _smaller(words, setting)
    there = setting.model.lora
    adapters = {"LoRA": there or Lora(), "QLoRA": (there or Lora()).model_copy(update={"quantised": True})}
    for name, adapter in adapters.items():
        if adaptable and there not in {adapter, adapters["QLoRA"]}:
            adapted = replace(setting, model=setting.model.model_copy(update={"lora": adapter}))
            yield (*words, name), adapted
            yield from _smaller((*words, name), adapted)
    setting = replace(setting, strategy="zero3", offloaded=frozenset({"optimizer", "weights"}), bucket=None)
    words = ("ZeRO-3 with offload", *(word for word in words if word not in NAMES.values()))
    yield words, setting
    yield from _smaller(words, setting)


def _smaller(words: tuple[str, ...], setting: Setting) -> Iterator[tuple[tuple[str, ...], Setting]]:
    """Ever smaller divisors of the batch, with gradient accumulation that makes up for it."""
    while setting.batch > 1:
        part = max(number for number in range(1, setting.batch) if setting.batch % number == 0)
        times = setting.accumulation * setting.batch // part
        setting = replace(setting, batch=part, accumulation=times)
        yield (*words, f"batch {setting.batch} × {setting.accumulation} accumulated"), setting
