"""Packed documents against TRL's unpacked default, on the same data and model; and LoRA on a real model, on a CPU.

    python benchmarks/train.py [--only share,speed] [--real out/smollm2] [--json]

Every training runs in a fresh process, with TRL as `train/sft.py` uses it. `benchmarks/gpu.py` trains a 7B model. The
tokenizer is a byte-level BPE of 32,000 words trained on the same data, rows of more than `max_length` tokens are left
out, and only completions have a loss.

- **share**: the share of a batch's positions that are tokens, not padding. Unpacked: batches of 16 rows in random
  order, padded to their longest; packed: rows of 2,048 tokens, as full as TRL's best-fit-decreasing packing makes them.
  The data are the demo corpora, and 50,000 questions of everything in `$MNLU_DATA`.
- **speed**: trained tokens per second, in steps with about equally many documents of the same data. On a CPU: CPU time,
  the model of `recipes/tiny.yaml`, the demo corpora, rows of 1,024 tokens, and packed documents isolated by a mask over
  all tokens of a batch. On a GPU: a Mistral of 1.1 billion parameters in bfloat16, the last data set above, rows of
  2,048 tokens, and flash attention if it is installed.
- **--real**: rows per second of LoRA on a model's folder (`mnlu models get smollm2-135m-instruct --out out/smollm2`):
  as `recipes/smollm2-135m.yaml` trains it, against TRL's `SFTTrainer` with its defaults, which get the same rows as
  messages. Same rows, epoch, batch, adapter, number type, and loss on answers only; all cores; in turns.
"""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import torch
import typer
from datasets import Dataset, disable_progress_bars
from msgspec import Struct
from numpy.typing import NDArray
from transformers import AutoModelForCausalLM, PrinterCallback, TrainerCallback, logging
from trl import SFTConfig, SFTTrainer
from trl.data_utils import pack_dataset
from trl.trainer import utils as trl_utils

from mnlu_instruct import console, corpora
from mnlu_instruct.data_folder import data_directory
from mnlu_instruct.dataset import build
from mnlu_instruct.dataset.recipe import BuildRecipe, build_recipe
from mnlu_instruct.prompting import chat
from mnlu_instruct.sources import reading
from mnlu_instruct.training import arguments, data, lora
from mnlu_instruct.training import trainer as own
from mnlu_instruct.training.estimate import shapes
from mnlu_instruct.training.model import tokenizer_for
from mnlu_instruct.training.monitor.speed import Speed
from mnlu_instruct.training.recipe import ModelRecipe, TrainRecipe, train_recipe
from mnlu_instruct.training.trainer import Trainer

SEED = 42
LENGTH, BATCH = 2_048, 16
VOCABULARY = 32_000
STEPS, LOGGED = 20, 5
"""Steps of a training, and steps between logs; those up to the first log are not counted."""
ROWS = 8_000
"""Rows of training data."""
REAL_ROWS, REAL_LENGTH, ROUNDS = 96, 512, 2
ANY = 10**9
GPU = torch.cuda.is_available()
SMALL = {
    "hidden_size": 2_048,
    "intermediate_size": 5_632,
    "num_hidden_layers": 22,
    "num_attention_heads": 32,
    "num_key_value_heads": 4,
}
"""TinyLlama's shape (Zhang et al., 2024)."""


class Line(Struct, frozen=True):
    """Measurements by name, with the goal."""

    what: str
    values: dict[str, float | str]
    goal: str = ""


class Run(Struct, frozen=True):
    """Tokens and trained tokens per second and MFU, averaged over the steps that count; and the GPU's peak bytes."""

    tokens: float
    trained: float
    mfu: float
    peak: int


def main(
    only: Annotated[str, typer.Option(help="Sections, separated by commas.")] = "share,speed",
    real: Annotated[Path | None, typer.Option(help="Folder of a model to train an adapter for.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure and print."""
    disable_progress_bars()
    logging.set_verbosity_error()
    measured = {}
    sections = {name: SECTIONS[name] for name in only.split(",") if name}
    if real:
        sections["real"] = partial(adapters, real.absolute())
    for name, section in sections.items():
        with TemporaryDirectory() as place:
            measured[name] = list(section(Path(place)))
        if not as_json:
            columns = list(dict.fromkeys(column for line in measured[name] for column in line.values))
            rows = [(one.what, *(one.values.get(column, "") for column in columns), one.goal) for one in measured[name]]
            console.table((name, *columns, "goal"), rows)
    if as_json:
        console.print_json(measured)
    else:
        device = torch.cuda.get_device_name() if GPU else f"{os.cpu_count()} cores, load {os.getloadavg()[1]:.1f}"
        console.output.print(f"{device}; torch {torch.__version__}")


# ---------------------------------------------------------------------------------------------------------------------
# Sections: each measures in an empty folder


def share(place: Path) -> Iterator[Line]:
    """The share of a batch's positions that are tokens."""
    for name, recipe in sets().items():
        tokens, left_out = tokenised(built(recipe, place / name), place / f"{name}-tokenizer", LENGTH)
        lengths = sizes(tokens)
        padded = unpacked(lengths)
        about: dict[str, float | str] = {"rows": len(lengths), "mean tokens": float(lengths.mean())}
        yield Line(f"{name}, unpacked", {**about, "useful, %": 100 * padded, "ratio": 1.0})
        for packing in ("documents", "stream"):
            packed = packs(tokens, packing)
            full = lengths.sum() / (len(packed) * LENGTH)
            values = {"rows": len(packed), "mean tokens": lengths.sum() / len(packed)}
            goal = "≥ 98 %" if packing == "documents" else ""
            yield Line(f"{name}, {packing}", {**values, "useful, %": 100 * full, "ratio": full / padded}, goal)
        if left_out:
            yield Line(f"{name}, left out: over {LENGTH:,} tokens", {"rows": left_out})


def speed(place: Path) -> Iterator[Line]:
    """Trained tokens per second, packed and unpacked."""
    length = LENGTH if GPU else 1_024
    recipe = list(sets().values())[-1 if GPU else 0]
    tokens, _ = tokenised(built(recipe, place / "set"), place / "tokenizer", length, ROWS)
    tokens.save_to_disk(place / "tokens")
    held = len(tokens) / len(packs(tokens, "documents", length))
    batches = {"none": BATCH, "documents": max(1, round(BATCH / held))}
    runs = {packing: fresh(recipe_of(place, packing, batch, length), place) for packing, batch in batches.items()}
    for packing, run in runs.items():
        values: dict[str, float | str] = {"batch": batches[packing], "tokens/s": run.tokens, "trained/s": run.trained}
        values |= {"ratio": run.trained / runs["none"].trained} | ({"MFU, %": 100 * run.mfu} if GPU else {})
        yield Line(packing, values, "≥ 1.5" if GPU and packing == "documents" else "")


def adapters(model: Path, place: Path) -> Iterator[Line]:
    """LoRA on a real model: rows per second, ours and TRL's defaults in turns."""
    over = {
        "n": REAL_ROWS,
        "tokenizer": str(model),
        "max_tokens": REAL_LENGTH,
        "exclude_leaks": None,
        "duplicates": "keep",
    }
    there = any(reading.status(corpus, data_directory()) == "ready" for corpus in corpora.training().values())
    recipe = build_recipe("laptop", over | ({} if there else {"corpora": ["demo"]}))
    rows = built(recipe, place / "set")
    found: dict[str, list[float]] = {"TRL's defaults": [], "ours": []}
    for _ in range(ROUNDS):
        for name, side in (("TRL's defaults", by_trl), ("ours", by_us)):
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                found[name].append(pool.submit(side, model, rows, place / "out").result())
    rates = {name: float(np.median(values)) for name, values in found.items()}
    for name, rate in rates.items():
        values: dict[str, float | str] = {"rows/s": rate, "ratio": rate / rates["TRL's defaults"]}
        yield Line(name, values, "≥ 1.5" if name == "ours" else "")


SECTIONS: dict[str, Callable[[Path], Iterator[Line]]] = {"share": share, "speed": speed}


# ---------------------------------------------------------------------------------------------------------------------
# Data


def sets() -> dict[str, BuildRecipe]:
    """The build recipes of the data sets: the demo corpora, and everything in `$MNLU_DATA`, if anything is there."""
    found = {"demo": build_recipe("demo", {})}
    if any(reading.status(corpus, data_directory()) == "ready" for corpus in corpora.training().values()):
        found["MNLU_DATA"] = build_recipe(None, {"n": 50_000, "short": "accept"})
    return found


def built(recipe: BuildRecipe, out: Path) -> Path:
    """Build a data set; returns its folder."""
    drafted = build.draft(recipe, data_directory().absolute(), None, lambda *_: None)
    build.write(drafted, out, None, lambda *_: None)
    return out


def tokenised(folder: Path, words: Path, most: int, count: int = ANY) -> tuple[Dataset, int]:
    """A data set's rows in random order, as token ids, and how many were left out for their length.

    Args:
        folder: the folder of the data set.
        words: the folder of its tokenizer, which is trained if it doesn't exist.
        most: the most tokens of a row.
        count: the most rows.
    """
    whole = data.shuffled(data.load(folder), SEED)
    rows = whole.select(range(min(count, len(whole))))
    if not words.is_dir():
        new = ModelRecipe(config={"hidden_size": 64}, vocabulary=VOCABULARY)
        tokenizer_for(new, rows).save_pretrained(words)
    tokens = data.tokenised(rows, chat.load_tokenizer(str(words)), ANY)
    short = np.flatnonzero(sizes(tokens) <= most)
    return tokens.select(short), len(tokens) - len(short)


def sizes(tokens: Dataset) -> NDArray[np.int64]:
    """How many tokens each row has."""
    return np.array([len(ids) for ids in tokens["input_ids"]])


def unpacked(lengths: NDArray[np.int64]) -> float:
    """The share of positions in padded batches that are tokens."""
    groups = [lengths[start : start + BATCH] for start in range(0, len(lengths), BATCH)]
    return float(lengths.sum() / sum(len(group) * group.max() for group in groups))


def packs(tokens: Dataset, packing: str, length: int = LENGTH) -> Dataset:
    """The rows as TRL packs them."""
    strategy = arguments.STRATEGIES[packing]["packing_strategy"]
    return pack_dataset(tokens.select_columns("input_ids"), length, strategy)


# ---------------------------------------------------------------------------------------------------------------------
# Trainings


def recipe_of(place: Path, packing: str, batch: int, length: int) -> TrainRecipe:
    """The training recipe for a comparison of speed."""
    shape = SMALL if GPU else train_recipe("tiny").model.config
    model = {"config": shape, "vocabulary": VOCABULARY, "dtype": "bfloat16" if GPU else "float32"}
    trainer = {"per_device_train_batch_size": batch, "max_length": length, "gradient_checkpointing": False, "bf16": GPU}
    recipe = TrainRecipe.model_validate(
        {"model": model, "data": place / "set", "packing": packing, "trainer": {**trainer, "use_cpu": not GPU}}
    )
    return over(recipe, place)


def over(recipe: TrainRecipe, place: Path) -> TrainRecipe:
    """A recipe cut to `STEPS` steps, with nothing saved, and flash attention if it is installed."""
    attention = "flash_attention_2" if GPU and find_spec("flash_attn") else "sdpa"
    dull = {"save_strategy", "save_steps", "eval_strategy", "eval_steps", "deepspeed"}
    kept = {name: value for name, value in recipe.trainer.items() if name not in dull}
    some = {"max_steps": STEPS, "logging_steps": LOGGED, "save_strategy": "no", "report_to": "none", "seed": SEED}
    trainer = {**kept, **some, "output_dir": str(place / "out"), "disable_tqdm": True}
    model = recipe.model.model_copy(update={"attention": attention})
    return recipe.model_copy(update={"model": model, "held_out": 0, "trainer": trainer})


def fresh(recipe: TrainRecipe, place: Path) -> Run:
    """Train in a separate process, on the tokens saved in `place`."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(trained, recipe, place).result()


def by_us(model: Path, rows: Path, out: Path) -> float:
    """Rows per second as `train/sft.py` trains recipes/smollm2-135m.yaml."""
    recipe = train_recipe("smollm2-135m", {"output_dir": str(out), "save_strategy": "no", "disable_tqdm": True})
    config = arguments.config(recipe)
    tokenizer = tokenizer_for(recipe.model.model_copy(update={"base": str(model)}), [])
    tokens = data.tokenised(data.load(rows), tokenizer, config.max_length)
    network = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    adapter = lora.adapter(recipe.model.lora)
    return timed(Trainer(network, config, train_dataset=tokens, processing_class=tokenizer, peft_config=adapter))


def by_trl(model: Path, rows: Path, out: Path) -> float:
    """Rows per second of TRL's trainer with its defaults, but for what both sides have in common."""
    trl_utils._use_triton = own._with_triton  # importing ours has replaced it
    ours = train_recipe("smollm2-135m")
    same = {
        name: ours.trainer[name] for name in ("per_device_train_batch_size", "max_length", "use_cpu", "bf16", "seed")
    }
    config = SFTConfig(output_dir=str(out), num_train_epochs=1, save_strategy="no", report_to="none", **same)
    messages = data.load(rows).select_columns(["prompt", "completion"])
    network = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    adapter = lora.adapter(ours.model.lora)
    return timed(SFTTrainer(network, config, train_dataset=messages, peft_config=adapter))


def timed(ready: SFTTrainer) -> float:
    """Rows per second of a trainer's only epoch."""
    start = time.monotonic()
    ready.train()
    return len(ready.train_dataset) / (time.monotonic() - start)


class Clock(TrainerCallback):  # type: ignore[misc]
    """Records wall time and, without a GPU, CPU time at each log."""

    def __init__(self) -> None:
        self.times: list[tuple[float, float]] = []

    def on_log(self, *_: Any, **__: Any) -> None:
        """Read both clocks."""
        wall = time.monotonic()
        self.times.append((wall, wall if GPU else time.process_time()))


def trained(recipe: TrainRecipe, place: Path) -> Run:
    """Train a new model with the shape of the recipe's base and random weights."""
    disable_progress_bars()
    logging.set_verbosity_error()
    if not GPU:
        torch.set_num_threads(1)  # threads that wait for each other would use CPU time
    config = arguments.config(recipe)
    torch.manual_seed(SEED)
    with torch.device(config.device):
        model = AutoModelForCausalLM.from_config(
            shapes.config_of(recipe.model),
            dtype=getattr(torch, recipe.model.dtype),
            attn_implementation=recipe.model.attention,
        )
    adapter = {"peft_config": lora.adapter(recipe.model.lora)} if recipe.model.lora else {}
    tokens, tokenizer = Dataset.load_from_disk(place / "tokens"), chat.load_tokenizer(str(place / "tokenizer"))
    trainer = Trainer(model, config, train_dataset=tokens, processing_class=tokenizer, **adapter)
    clock = Clock()
    flow, *rest = (one for one in trainer.callback_handler.callbacks if not isinstance(one, PrinterCallback))
    trainer.callback_handler.callbacks = [flow, Speed(trainer), clock, *rest]
    trainer.train()

    # For each log but the first: wall seconds, on which the logged speed is based, and seconds of the clock.
    logs = [log for log in trainer.state.log_history if "tokens_per_second" in log]
    wall, spent = (np.diff(times)[: len(logs) - 1] for times in np.array(clock.times).T)

    def mean(name: str) -> float:
        return float(sum(wall * [log.get(name, 0.0) for log in logs[1:]]) / sum(spent))

    return Run(mean("tokens_per_second"), mean("trained_tokens_per_second"), mean("mfu"), _peak())


def _peak() -> int:
    """Peak bytes of this process on the GPU: PyTorch's, and what CUDA takes beside it."""
    if not GPU:
        return 0
    free, there = torch.cuda.mem_get_info()
    return int(torch.cuda.max_memory_reserved() + there - free - torch.cuda.memory_reserved())


if __name__ == "__main__":
    typer.run(main)
