"""Packed documents against TRL's unpacked default, on the same data and model in one run; and a 7B model on a GPU.

    python benchmarks/train.py [--only share,speed] [--big] [--json]

Every training runs in a fresh process, with TRL as `train/sft.py` uses it. The tokenizer is a byte-level BPE of 32,000
words trained on the same data, rows of more than `max_length` tokens are left out, and the loss falls on completions.

- **share**: of all places in a batch, those that hold a token and no padding. Unpacked, batches of 16 rows in random
  order, padded to their longest; packed, rows of 2,048 tokens, each as full as TRL's best-fit-decreasing packing makes
  it. The data are the demo corpora's, and 50,000 questions of everything in `$MNLU_DATA`.
- **speed**: trained tokens a second, of steps that see about as many documents, of the same set. On a CPU seconds are
  of CPU time, the model is that of `recipes/tiny.yaml`, the set the demo corpora's, rows have 1,024 tokens, and packed
  documents are kept apart by a mask of all tokens of a batch by all. On a GPU the model is a Mistral of 1.1 billion
  parameters in bfloat16, the set the last one above, rows have 2,048, and attention is flash attention if it is there.
- **--big** (a GPU): Mistral 7B with random weights, 20 steps of `recipes/biomistral-lora.yaml`, and of full fine-tuning
  where the estimate says that it fits: tokens a second, MFU, peak memory against `training/estimate.py`.
"""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
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
from trl.data_utils import pack_dataset

from mnlu_instruct import console, corpora
from mnlu_instruct.dataset import build
from mnlu_instruct.dataset.recipe import BuildRecipe, build_recipe
from mnlu_instruct.files import data_directory
from mnlu_instruct.prompting import chat
from mnlu_instruct.sources import reading
from mnlu_instruct.training import arguments, data, lora
from mnlu_instruct.training.estimate import shapes
from mnlu_instruct.training.estimate.memory import GB, estimate
from mnlu_instruct.training.estimate.plan import launched, setting_of
from mnlu_instruct.training.model import tokenizer_for
from mnlu_instruct.training.monitor.speed import Speed
from mnlu_instruct.training.recipe import ModelRecipe, TrainRecipe, train_recipe
from mnlu_instruct.training.trainer import Trainer

SEED = 42
LENGTH, BATCH = 2_048, 16
VOCABULARY = 32_000
STEPS, LOGGED = 20, 5
"""Steps of a training; those up to the first log are not counted."""
ROWS = 8_000
"""Rows that a training has."""
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
    """Something measured, by name, with its goal."""

    what: str
    values: dict[str, float | str]
    goal: str = ""


class Run(Struct, frozen=True):
    """What a training did a second, on the average of the steps that count; and the GPU's memory at most, in bytes."""

    tokens: float
    trained: float
    mfu: float
    peak: int


def main(
    only: Annotated[str, typer.Option(help="Sections, separated by commas.")] = "share,speed",
    big: Annotated[bool, typer.Option("--big", help="A model of 7 billion parameters; needs a GPU.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure and print."""
    disable_progress_bars()
    logging.set_verbosity_error()
    measured = {}
    for name in only.split(",") + ["big"] * big:
        with TemporaryDirectory() as place:
            measured[name] = list(SECTIONS[name](Path(place)))
        if not as_json:
            columns = list(dict.fromkeys(column for line in measured[name] for column in line.values))
            rows = [(one.what, *(one.values.get(column, "") for column in columns), one.goal) for one in measured[name]]
            console.table((name, *columns, "goal"), rows)
    if as_json:
        console.document(measured)
    else:
        device = torch.cuda.get_device_name() if GPU else f"{os.cpu_count()} cores, load {os.getloadavg()[1]:.1f}"
        console.output.print(f"{device}; torch {torch.__version__}")


# ---------------------------------------------------------------------------------------------------------------------
# Sections: each measures in an empty folder


def share(place: Path) -> Iterator[Line]:
    """Tokens among all places of a batch."""
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
            yield Line(f"{name}, left out: longer than {LENGTH:,}", {"rows": left_out})


def speed(place: Path) -> Iterator[Line]:
    """Trained tokens a second, packed and unpacked."""
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


def big(place: Path) -> Iterator[Line]:
    """A model of 7 billion parameters."""
    if not GPU:
        yield Line("not run: no GPU", {})
        return
    tokens, _ = tokenised(built(list(sets().values())[-1], place / "set"), place / "tokenizer", LENGTH, ROWS)
    tokens.save_to_disk(place / "tokens")
    recipe = train_recipe("biomistral-lora")
    whole = recipe.model.model_copy(update={"lora": None})
    for name, some in {"LoRA": recipe, "full": recipe.model_copy(update={"model": whole})}.items():
        asked = over(some, place)
        setting = setting_of(asked, arguments.config(asked), launched(["--num_processes", "1"], asked))
        expected = estimate(shapes.config_of(asked.model), setting).total
        if expected > torch.cuda.mem_get_info()[1]:
            yield Line(f"{name}: not run, would take", {"estimate, GB": expected / GB})
            continue
        run = fresh(asked, place)
        memory = {
            "peak, GB": run.peak / GB,
            "estimate, GB": expected / GB,
            "off by, %": 100 * (expected / run.peak - 1),
        }
        values = {"tokens/s": run.tokens, "trained/s": run.trained, "MFU, %": 100 * run.mfu}
        yield Line(f"{name}, {asked.model.attention}", {**values, **memory}, "MFU ≥ 45 %")


SECTIONS: dict[str, Callable[[Path], Iterator[Line]]] = {"share": share, "speed": speed, "big": big}


# ---------------------------------------------------------------------------------------------------------------------
# Data


def sets() -> dict[str, BuildRecipe]:
    """What is built: of the demo corpora, and of what is in `$MNLU_DATA`, if anything is."""
    found = {"demo": build_recipe("demo", {})}
    if any(reading.status(corpus, data_directory()) == "ready" for corpus in corpora.training().values()):
        found["MNLU_DATA"] = build_recipe(None, {"n": 50_000, "short": "accept"})
    return found


def built(recipe: BuildRecipe, out: Path) -> Path:
    """The folder of a data set."""
    drafted = build.draft(recipe, data_directory().absolute(), None, lambda *_: None)
    build.write(drafted, out, None, lambda *_: None)
    return out


def tokenised(folder: Path, words: Path, most: int, count: int = ANY) -> tuple[Dataset, int]:
    """A data set's rows in random order, as token ids, and how many were left out for their length.

    Args:
        folder: the data set's.
        words: where its tokenizer is, or will be.
        most: how many tokens a row may have.
        count: how many rows at most.
    """
    whole = data.shuffled(data.load(folder), SEED)
    rows = whole.select(range(min(count, len(whole))))
    if not words.is_dir():
        new = ModelRecipe(config={"hidden_size": 64}, vocabulary=VOCABULARY)
        tokenizer_for(new, rows, chat.TEMPLATE).save_pretrained(words)
    tokens = data.tokenised(rows, chat.load_tokenizer(str(words)), ANY)
    short = np.flatnonzero(sizes(tokens) <= most)
    return tokens.select(short), len(tokens) - len(short)


def sizes(tokens: Dataset) -> NDArray[np.int64]:
    """How many tokens each row has."""
    return np.array([len(ids) for ids in tokens["input_ids"]])


def unpacked(lengths: NDArray[np.int64]) -> float:
    """The share of tokens among all places of padded batches."""
    groups = [lengths[start : start + BATCH] for start in range(0, len(lengths), BATCH)]
    return float(lengths.sum() / sum(len(group) * group.max() for group in groups))


def packs(tokens: Dataset, packing: str, length: int = LENGTH) -> Dataset:
    """The rows as TRL packs them."""
    strategy = arguments.STRATEGIES[packing]["packing_strategy"]
    return pack_dataset(tokens.select_columns("input_ids"), length, strategy)


# ---------------------------------------------------------------------------------------------------------------------
# Trainings


def recipe_of(place: Path, packing: str, batch: int, length: int) -> TrainRecipe:
    """A recipe of the model to compare with."""
    shape = SMALL if GPU else train_recipe("tiny").model.config
    model = {"config": shape, "vocabulary": VOCABULARY, "dtype": "bfloat16" if GPU else "float32"}
    trainer = {"per_device_train_batch_size": batch, "max_length": length, "gradient_checkpointing": False, "bf16": GPU}
    recipe = TrainRecipe.model_validate(
        {"model": model, "data": place / "set", "packing": packing, "trainer": {**trainer, "use_cpu": not GPU}}
    )
    return over(recipe, place)


def over(recipe: TrainRecipe, place: Path) -> TrainRecipe:
    """A recipe for some steps, nothing saved, with the attention that is there."""
    attention = "flash_attention_2" if GPU and find_spec("flash_attn") else "sdpa"
    dull = {"save_strategy", "save_steps", "eval_strategy", "eval_steps", "deepspeed"}
    kept = {name: value for name, value in recipe.trainer.items() if name not in dull}
    some = {"max_steps": STEPS, "logging_steps": LOGGED, "save_strategy": "no", "report_to": "none", "seed": SEED}
    trainer = {**kept, **some, "output_dir": str(place / "out"), "disable_tqdm": True}
    model = recipe.model.model_copy(update={"attention": attention})
    return recipe.model_copy(update={"model": model, "held_out": 0, "trainer": trainer})


def fresh(recipe: TrainRecipe, place: Path) -> Run:
    """A training in a process of its own, on the tokens that are there."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(trained, recipe, place).result()


class Clock(TrainerCallback):  # type: ignore[misc]
    """Seconds at each log: of CPU time, or of wall time with a GPU."""

    def __init__(self) -> None:
        self.times: list[tuple[float, float]] = []

    def on_log(self, *_: Any, **__: Any) -> None:
        """Look at both clocks."""
        wall = time.monotonic()
        self.times.append((wall, wall if GPU else time.process_time()))


def trained(recipe: TrainRecipe, place: Path) -> Run:
    """Train a new model of the recipe's shape; the recipe's base gives nothing else."""
    disable_progress_bars()
    logging.set_verbosity_error()
    if not GPU:
        torch.set_num_threads(1)  # more wait for each other, which would count
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

    # Of each log but the first: how many seconds of the clock, to one by which the speed was taken.
    logs = [log for log in trainer.state.log_history if "tokens_per_second" in log]
    wall, spent = (np.diff(times)[: len(logs) - 1] for times in np.array(clock.times).T)

    def mean(name: str) -> float:
        return float(sum(wall * [log.get(name, 0.0) for log in logs[1:]]) / sum(spent))

    return Run(mean("tokens_per_second"), mean("trained_tokens_per_second"), mean("mfu"), _peak())


def _peak() -> int:
    """The memory that this process took of the GPU at most: PyTorch's, and what CUDA takes beside it."""
    if not GPU:
        return 0
    free, there = torch.cuda.mem_get_info()
    return int(torch.cuda.max_memory_reserved() + there - free - torch.cuda.memory_reserved())


if __name__ == "__main__":
    typer.run(main)
