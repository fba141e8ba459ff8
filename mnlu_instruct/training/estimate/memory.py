"""Estimate the memory of a training on each GPU, from the model's configuration alone.

Weights, gradients and optimizer states follow Rajbhandari et al. (2020, ZeRO, section 3 and figure 1): with 16-bit
weights, Ψ parameters and N processes, each holds

    ZeRO-1  2Ψ + 2Ψ + 12Ψ/N        ZeRO-2  2Ψ + (2Ψ + 12Ψ)/N        ZeRO-3  (2Ψ + 2Ψ + 12Ψ)/N   bytes,

12 being the float32 copy of the weights and AdamW's two moments. To these are added the communication buffers of
DeepSpeed, FSDP and DDP, the layers that ZeRO-3 and FSDP gather, activations (`footprint`, after Korthikanti et al.,
2023), and the tiles of TRL's head, which never has the logits of all tokens at once. The estimate is of the peak: the
optimizer's step comes when the activations are freed.

The optimizer is AdamW, the only one that the recipes use.
"""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace
from transformers import PretrainedConfig

from mnlu_instruct.training.estimate.footprint import ANSWER, activations, counts
from mnlu_instruct.training.recipe import ModelRecipe

GB = 1_000_000_000
Strategy = Literal["one", "ddp", "zero1", "zero2", "zero3", "fsdp"]
NAMES: dict[Strategy, str] = {
    "one": "",
    "ddp": "DDP",
    "zero1": "ZeRO-1",
    "zero2": "ZeRO-2",
    "zero3": "ZeRO-3",
    "fsdp": "FSDP",
}
MASTER, MOMENTS = 4, 8
"""Bytes per parameter of the float32 copy of the weights, and of AdamW's two moments."""
QUANTISED = (4 + 8 / 64 + 32 / (64 * 256)) / 8
"""Bytes per weight in 4-bit NormalFloat: 64 weights share an 8-bit scale, 256 scales a 32-bit one (Dettmers et al.,
2023, section 3)."""
TOKENS, VOCABULARY = 4096, 32768
"""The size of a tile of logits in TRL's head: tokens × words of the vocabulary (`trl.kernels`)."""
UNFUSED = 7
"""How many float32 copies of a tile exist at once without Triton, which computes it in place."""
RESERVE = 3 * GB // 2
"""Bytes that CUDA, cuBLAS and NCCL take beside PyTorch's tensors."""


class Setting(Struct, frozen=True):
    """The settings that decide how much memory a training takes, beside the model's configuration.

    Attributes:
        model: number type, attention, adapter.
        strategy: how weights, gradients and optimizer states are sharded.
        processes: the number of processes, one per GPU.
        batch: rows, or packs, of a process at a time (micro-batch).
        length: tokens of each row or pack.
        checkpointing: whether activations are recomputed in the backward pass (gradient checkpointing).
        half: whether the arithmetic is in 16 bits.
        offloaded: what is in host memory: the optimizer states, and possibly the weights.
        bucket: elements that ZeRO reduces at a time; hidden size squared, if not given.
        live: the most parameters that ZeRO-3 keeps gathered.
        group: the parameters that ZeRO-3 updates at a time.
        cpu: whether the training runs on a CPU.
        accumulation: how many batches make a step; takes no memory.
        answer: one token in so many of an encoder–decoder's rows is of the decoder.
    """

    model: ModelRecipe
    strategy: Strategy
    processes: int
    batch: int
    length: int
    checkpointing: bool
    half: bool
    offloaded: frozenset[Literal["optimizer", "weights"]] = frozenset()
    bucket: int | None = None
    live: int = 1_000_000_000
    group: int = 1_000_000_000
    cpu: bool = False
    accumulation: int = 1
    answer: int = ANSWER


class Memory(Struct, frozen=True):
    """Peak bytes of a process on its GPU, by purpose.

    Attributes:
        weights: the model and its adapter, or the process's shard of them.
        gradients: gradients of what is trained, or the process's shard.
        optimizer: AdamW's moments and float32 weights, or the process's shard.
        gathered: layers that are gathered, and buffers for communication.
        activations: activations of the forward and backward pass, and the head's tiles.
        step: temporary memory of the optimizer's step, when the activations are freed.
        reserve: memory of CUDA and NCCL.
        host: memory of the machine, for one process.
    """

    weights: int
    gradients: int
    optimizer: int
    gathered: int
    activations: int
    step: int
    reserve: int
    host: int

    @property
    def total(self) -> int:
        """The peak on a GPU."""
        kept = self.weights + self.gradients + self.optimizer + self.reserve
        return kept + max(self.gathered + self.activations, self.step)


def estimate(config: PretrainedConfig, setting: Setting) -> Memory:
    """Estimate the memory of a training."""
    model, spread = setting.model, setting.strategy
    zero, shares = spread.startswith("zero"), setting.processes
    size = counts(config, model.lora)
    kept = 2 if model.dtype != "float32" or (setting.half and zero) else 4
    computed = 2 if setting.half else kept
    quantised = bool(model.lora and model.lora.quantised)

    base = kept * size.all - (int((kept - QUANTISED) * size.linear) if quantised else 0)
    # An adapter is in float32, but under ZeRO-3 and over quantised weights (trl.SFTTrainer).
    trained = kept if not model.lora or spread == "zero3" or quantised else 4
    adapter = trained * size.trained if model.lora else 0
    gradients = trained * size.trained
    optimizer = (MASTER + MOMENTS if zero else 2 * trained) * size.trained
    gathered, step = 0, 0

    if spread == "ddp":
        gathered = gradients  # DDP's buckets
    if spread == "fsdp":
        # What is trained is in float32 (accelerate); two layers are gathered, one has whole gradients.
        base, adapter = (base, 4 * size.trained) if model.lora else (4 * size.all, 0)
        gradients, optimizer = 4 * size.trained, MOMENTS * size.trained
        gathered = computed * (size.outside + (2 if model.lora else 3) * size.layer)
        base, adapter, gradients, optimizer = (-(-one // shares) for one in (base, adapter, gradients, optimizer))
    if zero:
        optimizer //= shares
        bucket = setting.bucket or config.hidden_size**2
        # Two, so that one is reduced while the other is filled; on a CPU only what is filled takes memory.
        gathered = trained * (min(size.trained, bucket) if setting.cpu else 2 * bucket)
        step = MASTER * min(size.trained // shares, setting.group if spread == "zero3" else size.trained)
        if spread != "zero1":
            gradients //= shares
            gathered += trained * (size.largest if not model.lora else 0)
        if spread == "zero3":
            base, adapter = base // shares, adapter // shares
            gathered += computed * min(size.all, setting.live)

    tiles = 0 if config.is_encoder_decoder else _head(config, setting, size.head, computed, kept)
    traced = model.model_copy(update={"dtype": "bfloat16"}) if computed == 2 and (zero or spread == "fsdp") else model
    mixed = setting.half and not zero and (traced.dtype == "float32" or model.lora is not None)
    found = activations(config, traced, setting.length, setting.batch, setting.checkpointing, mixed, setting.answer)

    memory = Memory(
        weights=base + adapter,
        gradients=gradients,
        optimizer=optimizer,
        gathered=gathered,
        activations=max(found.peak, found.saved + tiles),
        step=step,
        reserve=0 if setting.cpu else RESERVE,
        host=0,
    )
    return _offloaded(memory, setting, size.trained)


def _head(config: PretrainedConfig, setting: Setting, parameters: int, computed: int, kept: int) -> int:
    """Bytes of TRL's head in its backward pass: tiles of logits, and the gradients of its input and its weights.

    Every token is counted, though a loss on completions only needs fewer.
    """
    tokens = setting.batch * setting.length
    vocabulary = parameters // int(config.hidden_size)
    # On a CPU only what is written to takes memory.
    columns = min(vocabulary, VOCABULARY) * (computed + 4 * UNFUSED) if setting.cpu else VOCABULARY * computed
    tile = min(tokens, TOKENS) * columns
    inputs = tokens * int(config.hidden_size) * (4 + 3 * computed)
    weights = 0 if setting.model.lora else parameters * (4 + (kept if kept < 4 else 0))
    return tile + inputs + weights


def _offloaded(memory: Memory, setting: Setting, trained: int) -> Memory:
    """Move what is offloaded to the host: the optimizer states with float32 gradients, and the weights."""
    if "optimizer" in setting.offloaded:
        gradients = (MASTER + 2) * trained // setting.processes
        host = memory.host + memory.optimizer + gradients
        memory = replace(memory, optimizer=0, gradients=0, step=0, host=host)
    if "weights" in setting.offloaded:
        memory = replace(memory, weights=0, host=memory.host + memory.weights)
    return memory
