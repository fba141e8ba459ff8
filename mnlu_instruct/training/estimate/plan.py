"""What a training would do, told before it starts: `mnlu train RECIPE --dry-run`."""

import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from accelerate.commands.launch import _validate_launch_command, launch_command_parser
from msgspec import DecodeError, Struct, ValidationError, field, json
from msgspec.structs import replace
from transformers import PretrainedConfig, TrainingArguments

from mnlu_instruct.dataset import manifest
from mnlu_instruct.errors import UserError
from mnlu_instruct.training import arguments, seq2seq
from mnlu_instruct.training.estimate import shapes
from mnlu_instruct.training.estimate.advice import SIZES, Fit, fit
from mnlu_instruct.training.estimate.footprint import Counts, counts
from mnlu_instruct.training.estimate.memory import NAMES, Memory, Setting, estimate
from mnlu_instruct.training.launch import dataset_build, layout
from mnlu_instruct.training.recipe import TrainRecipe, train_recipe

PAPER = 4
"""The GPUs of the paper, which are assumed where there are none and nobody says how many."""


class Launch(Struct, frozen=True):
    """What accelerate's launcher makes of its arguments, configuration file and machine.

    Attributes:
        processes: how many train, over all machines.
        machines: how many machines.
        assumed: that nobody said how many, and there is no GPU here to count.
        fsdp: whether the launcher is told to use FSDP.
        deepspeed: the DeepSpeed configuration that it is told.
    """

    processes: int
    machines: int
    assumed: bool
    fsdp: bool
    deepspeed: str | None


class Rows(Struct, frozen=True):
    """What is trained on; None is what isn't known before the training.

    Attributes:
        there: whether the data set is built.
        rows: its rows, without those held out.
        tokens: of those, as counted when it was built.
        batch: rows, or packs of `max_length` tokens, that a step takes over all GPUs.
        unit: which of the two.
        steps: of the optimizer.
        seen: tokens that all steps see.
    """

    there: bool
    rows: int | None
    tokens: int | None
    batch: int
    unit: Literal["rows", "packs"]
    steps: int | None
    seen: int | None


class Plan(Struct, frozen=True):
    """What a training would do.

    Attributes:
        recipe: resolved: with every file found and the launcher's DeepSpeed configuration.
        launch: how it is launched.
        build: the command that makes its data set first, if it isn't there.
        strategy: how weights, gradients and optimizer states are spread.
        counts: the model's parameters.
        data: what is trained on.
        memory: bytes on each GPU, by what for; or of each process, on a CPU.
        total: bytes on each GPU at most at once.
        host: bytes in the memory of each machine, where something is offloaded.
        cpu: whether it is trained on the CPU.
        fits: for GPUs of several sizes.
    """

    recipe: dict[str, Any]
    launch: Launch
    build: str | None
    strategy: str
    counts: Counts
    data: Rows
    memory: Memory
    total: int
    host: int
    cpu: bool
    fits: tuple[Fit, ...]


def plan(source: str, launcher: Sequence[str]) -> Plan:
    """What `mnlu train SOURCE -- LAUNCHER` would do. Starts nothing and builds nothing.

    Raises:
        UserError: the recipe, its trainer arguments, the launcher's or its data set are wrong, or the model's
            configuration isn't to be had.
    """
    launch = launched(launcher, train_recipe(source))
    over: dict[str, Any] = {"deepspeed": launch.deepspeed} if launch.deepspeed or launch.fsdp else {}
    recipe = train_recipe(source, over)
    if recipe.build:
        dataset_build.wanted(recipe)
    if recipe.data.exists():
        dataset_build.there(recipe, source)
    shape = shapes.config_of(recipe.model)
    config = configuration(recipe, shape)
    setting = setting_of(recipe, config, launch)
    memory = estimate(shape, setting)
    each = launch.processes // launch.machines
    return Plan(
        recipe=recipe.model_dump(mode="json", exclude_none=True),
        launch=launch,
        build=dataset_build.command(recipe) if recipe.build and not recipe.data.exists() else None,
        strategy=NAMES[setting.strategy] + (" with offload" if setting.offloaded else ""),
        counts=counts(shape, recipe.model.lora),
        data=_rows(recipe, config, launch),
        memory=memory,
        total=memory.total,
        host=memory.host * each,
        cpu=setting.cpu,
        fits=() if setting.cpu else tuple(fit(shape, setting, size, each) for size in SIZES),
    )


def launched(launcher: Sequence[str], recipe: TrainRecipe) -> Launch:
    """The launcher's arguments, as accelerate itself resolves them.

    Raises:
        UserError: accelerate refuses them.
    """
    parser = launch_command_parser()
    given = parser.parse_args([*layout.arguments(launcher), "sft.py"])
    logging.disable(logging.WARNING)
    try:
        found = _validate_launch_command(given)[0]
    except (ValueError, TypeError, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(f"accelerate refuses: {reason}", "'accelerate launch --help' has them.") from error
    finally:
        logging.disable(logging.NOTSET)
    assumed = not found.num_processes and not recipe.trainer.get("use_cpu")
    return Launch(
        processes=found.num_processes or (PAPER if assumed else 1),
        machines=found.num_machines or 1,
        assumed=assumed,
        fsdp=bool(found.use_fsdp),
        deepspeed=layout.deepspeed_file(found.deepspeed_config_file) if found.use_deepspeed else None,
    )


class _Offload(Struct):
    device: str = "none"


class _Zero(Struct):
    """What of DeepSpeed's `zero_optimization` decides how much memory is taken; defaults are DeepSpeed's."""

    stage: Literal[0, 1, 2, 3] = 0
    offload_optimizer: _Offload = field(default_factory=_Offload)
    offload_param: _Offload = field(default_factory=_Offload)
    reduce_bucket_size: int | float | Literal["auto"] = 500_000_000
    stage3_max_live_parameters: float = 1_000_000_000
    sub_group_size: float = 1_000_000_000


class _DeepSpeed(Struct):
    zero_optimization: _Zero = field(default_factory=_Zero)


def setting_of(recipe: TrainRecipe, config: TrainingArguments, launch: Launch) -> Setting:
    """What of a recipe and of its launch decides how much memory it takes.

    Raises:
        UserError: its DeepSpeed configuration isn't one.
    """
    several = launch.processes > 1
    setting = Setting(
        model=recipe.model,
        strategy="fsdp" if launch.fsdp and several else "ddp" if several else "one",
        processes=launch.processes,
        batch=config.per_device_train_batch_size,
        length=config.max_length,
        checkpointing=config.gradient_checkpointing,
        half=config.bf16 or config.fp16,
        cpu=bool(recipe.trainer.get("use_cpu")),
        accumulation=config.gradient_accumulation_steps,
    )
    named = recipe.trainer.get("deepspeed")
    if not named:
        return setting
    zero = _zero(named)
    places = {"optimizer": zero.offload_optimizer, "weights": zero.offload_param}
    auto = zero.reduce_bucket_size == "auto"
    return replace(
        setting,
        strategy=f"zero{zero.stage}" if zero.stage else setting.strategy,
        offloaded=frozenset(what for what, where in places.items() if where.device != "none"),
        bucket=None if auto else int(zero.reduce_bucket_size),
        live=int(zero.stage3_max_live_parameters),
        group=int(zero.sub_group_size),
    )


def _zero(named: str | dict[str, Any]) -> _Zero:
    try:
        text = json.encode(named) if isinstance(named, dict) else Path(named).read_bytes()
        return json.decode(text, type=_DeepSpeed).zero_optimization
    except (DecodeError, ValidationError) as error:
        raise UserError(f"{named} is no DeepSpeed configuration: {error}.", "recipes/deepspeed/ has some.") from error
    except OSError as error:
        raise UserError(f"There is no DeepSpeed configuration {named}.", "recipes/deepspeed/ has some.") from error


def configuration(recipe: TrainRecipe, shape: PretrainedConfig) -> Any:
    """The trainer's configuration of a recipe, checked as a training checks it, on whatever machine this is."""
    trainer = {**recipe.trainer, "use_cpu": True, "deepspeed": None}
    here = recipe.model_copy(update={"trainer": trainer})
    return seq2seq.config(here) if shape.is_encoder_decoder else arguments.config(here)


def _rows(recipe: TrainRecipe, config: Any, launch: Launch) -> Rows:
    """How much is trained on; packs are filled up, as best fit decreasing nearly does."""
    each = config.per_device_train_batch_size * launch.processes
    batch, packed = each * config.gradient_accumulation_steps, recipe.packing != "none"
    rows = tokens = steps = None
    if there := recipe.data.exists():
        stated = manifest.read(recipe.data)
        rows = stated["rows"] - recipe.held_out * len({one["kind"] for one in stated["written"]})
        tokens = stated["lengths"] and stated["lengths"]["total"] * rows // stated["rows"]
    units = rows if not packed else tokens and -(-tokens // config.max_length)
    if units:
        steps = steps_of(config, units, each)
    elif config.max_steps > 0:
        steps = config.max_steps
    seen = round(tokens * steps * batch / units) if tokens and steps and units else None
    return Rows(there, rows, tokens, batch, "packs" if packed else "rows", steps, seen)


def steps_of(config: Any, units: int, each: int) -> int:
    """The steps of the optimizer over so many rows or packs, `each` of which all processes take at a time together."""
    if config.max_steps > 0:
        return int(config.max_steps)
    epoch = math.ceil(math.ceil(units / each) / config.gradient_accumulation_steps)
    steps: int = math.ceil(config.num_train_epochs * epoch)
    return steps
