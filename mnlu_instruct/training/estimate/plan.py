"""Plan a training without starting it: `mnlu train RECIPE --dry-run`."""

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
"""The paper's number of GPUs, assumed where there are none here and no number is given."""


class Launch(Struct, frozen=True):
    """How accelerate's launcher would start a training, by its arguments, configuration file and this machine.

    Attributes:
        processes: the number of training processes on all machines.
        machines: the number of machines.
        assumed: whether the number of processes is assumed, because none is given and there is no GPU here.
        fsdp: whether the launcher is told to use FSDP.
        deepspeed: the DeepSpeed configuration that the launcher is given.
    """

    processes: int
    machines: int
    assumed: bool
    fsdp: bool
    deepspeed: str | None


class Rows(Struct, frozen=True):
    """The amount of training data; None is what isn't known before the training.

    Attributes:
        there: whether the data set is built.
        rows: its rows, without those held out.
        tokens: the tokens of these rows, as counted when it was built.
        batch: rows, or packs of `max_length` tokens, in a step on all GPUs.
        unit: which of the two.
        steps: the number of optimizer steps.
        seen: tokens of all steps together.
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
        recipe: the resolved recipe, with the paths of all files and the launcher's DeepSpeed configuration.
        launch: how it is launched.
        build: the command that makes its data set first, if that doesn't exist.
        strategy: how weights, gradients and optimizer states are sharded.
        counts: the model's parameters.
        data: the amount of training data.
        memory: bytes on each GPU, or of each process on a CPU, by purpose.
        total: the peak of bytes on each GPU.
        host: bytes in the memory of each machine, where something is offloaded.
        cpu: whether it is trained on the CPU.
        fits: whether it fits GPUs of several sizes.
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


def plan(source: str, launcher: Sequence[str], settings: Sequence[str] = ()) -> Plan:
    """Plan `mnlu train SOURCE --set SETTINGS -- LAUNCHER`. Starts nothing and builds nothing.

    Raises:
        UserError: the recipe, its trainer arguments, the launcher's arguments or the data set are wrong, or the model's
            configuration can't be found.
    """
    launch = launched(launcher, train_recipe(source, settings=settings))
    over: dict[str, Any] = {"deepspeed": launch.deepspeed} if launch.deepspeed or launch.fsdp else {}
    recipe = train_recipe(source, over, settings)
    if recipe.build:
        dataset_build.build_for(recipe)
    if recipe.data.exists():
        dataset_build.check_built(recipe, source)
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
        raise UserError(
            f"accelerate refuses its arguments: {reason}", "'accelerate launch --help' lists them."
        ) from error
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
    """The part of DeepSpeed's `zero_optimization` that decides memory; defaults are DeepSpeed's."""

    stage: Literal[0, 1, 2, 3] = 0
    offload_optimizer: _Offload = field(default_factory=_Offload)
    offload_param: _Offload = field(default_factory=_Offload)
    reduce_bucket_size: int | float | Literal["auto"] = 500_000_000
    stage3_max_live_parameters: float = 1_000_000_000
    sub_group_size: float = 1_000_000_000


class _DeepSpeed(Struct):
    zero_optimization: _Zero = field(default_factory=_Zero)


def setting_of(recipe: TrainRecipe, config: TrainingArguments, launch: Launch) -> Setting:
    """The settings of a recipe and its launch that decide how much memory it takes.

    Raises:
        UserError: its DeepSpeed configuration can't be read.
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
        raise UserError(f"{named} isn't a DeepSpeed configuration: {error}.", "recipes/deepspeed/ has some.") from error
    except OSError as error:
        raise UserError(f"There is no DeepSpeed configuration {named}.", "recipes/deepspeed/ has some.") from error


def configuration(recipe: TrainRecipe, shape: PretrainedConfig) -> Any:
    """The trainer's configuration of a recipe, checked as in a training, also on a machine without a GPU."""
    trainer = {**recipe.trainer, "use_cpu": True, "deepspeed": None}
    here = recipe.model_copy(update={"trainer": trainer})
    return seq2seq.config(here) if shape.is_encoder_decoder else arguments.config(here)


def _rows(recipe: TrainRecipe, config: Any, launch: Launch) -> Rows:
    """The amount of training data; packs are counted as full, as best fit decreasing nearly fills them."""
    each = config.per_device_train_batch_size * launch.processes
    batch, packed = each * config.gradient_accumulation_steps, recipe.packing != "none"
    rows = tokens = steps = None
    if there := recipe.data.exists():
        stated = manifest.read(recipe.data)
        rows, *held = manifest.splits(stated).values()
        if not held:
            rows -= recipe.held_out * len({one["kind"] for one in stated["written"]})
        tokens = stated["lengths"] and stated["lengths"]["total"] * rows // stated["rows"]
    units = rows if not packed else tokens and -(-tokens // config.max_length)
    if units:
        steps = steps_of(config, units, each)
    elif config.max_steps > 0:
        steps = config.max_steps
    seen = round(tokens * steps * batch / units) if tokens and steps and units else None
    return Rows(there, rows, tokens, batch, "packs" if packed else "rows", steps, seen)


def steps_of(config: Any, units: int, each: int) -> int:
    """The number of optimizer steps for `units` rows or packs, of which all processes take `each` at a time."""
    if config.max_steps > 0:
        return int(config.max_steps)
    epoch = math.ceil(math.ceil(units / each) / config.gradient_accumulation_steps)
    steps: int = math.ceil(config.num_train_epochs * epoch)
    return steps
