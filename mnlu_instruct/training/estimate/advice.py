"""Whether a training fits GPUs of several sizes, and the first change that makes it fit."""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace
from transformers import PretrainedConfig

from mnlu_instruct.training.estimate.memory import GB, NAMES, Memory, Setting, Strategy, estimate
from mnlu_instruct.training.recipe import Lora

SIZES = (24, 40, 48, 80, 141)
"""GB that common GPUs have by name (RTX 4090, L4; A100; L40S, A6000; A100, H100; H200). Counted in 10^9 bytes most have
3 to 7 % more, which is left for fragmentation."""
MOST = 64
"""The most GPUs that are thought of."""
BUCKET = 200_000_000
"""Elements that ZeRO-1 and ZeRO-2 reduce at a time in recipes/deepspeed/."""
TALLER: dict[Strategy, tuple[Strategy, ...]] = {
    "ddp": ("zero1", "zero2", "zero3"),
    "zero1": ("zero2", "zero3"),
    "zero2": ("zero3",),
}
"""To which layouts one can go that spread more."""


class Fit(Struct, frozen=True):
    """Whether a training fits GPUs of a size.

    Attributes:
        size: of the GPU, in GB (10^9 bytes).
        fits: whether it does.
        fewest: the fewest GPUs on which it does, as it is, up to 64; None if it doesn't.
        advice: the first change that makes it fit, if it doesn't; None if none does.
        memory: with that change, bytes on each GPU.
        host: and in the memory of each machine.
    """

    size: int
    fits: bool
    fewest: int | None
    advice: str | None
    memory: int
    host: int


def fit(shape: PretrainedConfig, setting: Setting, size: int, each: int) -> Fit:
    """Whether a training fits a GPU of a size, and what to do if not; `each`: GPUs a machine."""

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
    """The same training over another number of processes."""
    strategy = setting.strategy
    if processes == 1 and strategy in {"ddp", "fsdp"}:
        strategy = "one"
    if processes > 1 and strategy == "one":
        strategy = "ddp"
    return replace(setting, processes=processes, strategy=strategy)


def changes(setting: Setting, adaptable: bool) -> Iterator[tuple[tuple[str, ...], Setting]]:
    """What can be done about a training that doesn't fit, in words, and what it is then.

    First what changes nothing but its speed: the next ZeRO stages, a smaller batch as much oftener accumulated,
    checkpointing. Then an adapter instead of the model, and one over weights in 4 bits. Then, for who has patience,
    ZeRO-3 with weights and optimizer states on the host.

    Args:
        setting: the training.
        adaptable: whether an adapter may be trained instead.
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
    """The next smaller divisor of the batch, as long as there is one, as much oftener accumulated."""
    while setting.batch > 1:
        part = max(number for number in range(1, setting.batch) if setting.batch % number == 0)
        times = setting.accumulation * setting.batch // part
        setting = replace(setting, batch=part, accumulation=times)
        yield (*words, f"batch {setting.batch} × {setting.accumulation} accumulated"), setting
