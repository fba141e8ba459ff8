"""What one GPU shows, in two commands of at most eight minutes: how fast a 7B model trains, and a study of a small one.

    python benchmarks/gpu.py --prepare out/gpu                                    # on any machine, with $MNLU_DATA
    python benchmarks/gpu.py --part speed --out results                           # on the GPU's
    python benchmarks/gpu.py --part study --prepared out/gpu --out results
    python benchmarks/gpu.py --smoke --out results                                # all of it, tiny, on a CPU: 3 minutes

Results are appended to `OUT/results.jsonl` as they come, the most important first, so that a command that is stopped
keeps what it has. A case that fails is written down, too, and doesn't stop the others.

- **speed**: Mistral 7B with random weights, 20 steps of full fine-tuning and of `recipes/biomistral-lora.yaml`: tokens
  per second, MFU, and the peak of memory against the estimate of `mnlu train --dry-run`. Then LoRA on rows as long as
  those of a mixture of all corpora (median 190 tokens, mean 245), padded in random order, padded with like lengths
  together, and packed: useful tokens per second.
- **study**: SmolLM2-135M-Instruct, tuned on 20,000 rows without documents of test sets, and evaluated on 200 questions
  of each of the paper's test sets, through transformers, before and after. Then the six cells of Figure 2
  (`recipes/ablations/re_task_diversity.yaml`) at 4,000 rows each, as many as there is time for (`--seconds`).

For an image that has torch, transformers, peft and accelerate, and no network, bring these wheels and install them with
`pip install --no-index --no-deps wheels/*.whl`; the package itself runs from the working tree (PYTHONPATH=.):

    pip download --no-deps --dest wheels --python-version 3.12 --only-binary :all: trl==1.16.0 datasets==5.2.0 \\
      pyarrow pandas multiprocess dill xxhash msgspec pydantic pydantic-core annotated-types typing-inspection typer \\
      click shellingham rich markdown-it-py mdurl pygments lxml nltk rouge-score-rs sacrebleu tabulate portalocker \\
      colorama regex gguf python-dateutil pytz

What is prepared is 120 MB; the model's file lies there in two pieces of under 50 MB, for machines that take 60 MB at
once.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

import numpy as np
import torch
import typer
import yaml
from datasets import Dataset, disable_progress_bars
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

from mnlu_instruct import assets
from mnlu_instruct.training import arguments
from mnlu_instruct.training.estimate import shapes
from mnlu_instruct.training.estimate.memory import GB, estimate
from mnlu_instruct.training.estimate.plan import launched, setting_of
from mnlu_instruct.training.recipe import TrainRecipe, train_recipe

sys.path.insert(0, str(Path(__file__).parent))
from train import over, trained

ROOT = Path(__file__).parents[1]
PIECES = 2
FILE = "smollm2.gguf"
MIXTURE, CELLS, QUESTIONS = "mixture", "cells", "questions"
ROWS, CELL_ROWS, ASKED, LONGEST = 20_000, 4_000, 200, 1_024
"""Rows of the mixture and of a cell, questions of a test set, and the most tokens of a row."""
TINY = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}
GPU = torch.cuda.is_available()

Say = Callable[..., None]


def main(
    part: Annotated[Literal["speed", "study"] | None, typer.Option(help="What to measure.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for results.jsonl.")] = Path("out/gpu-results"),
    prepare: Annotated[Path | None, typer.Option(help="Write what the study needs into this folder, and stop.")] = None,
    prepared: Annotated[Path, typer.Option(help="The folder that was prepared.")] = Path("out/gpu"),
    seconds: Annotated[int, typer.Option(help="Begin no further case after so many seconds.")] = 420,
    smoke: Annotated[bool, typer.Option("--smoke", help="Both parts, or one, with tiny shapes, on a CPU.")] = False,
) -> None:
    """Measure, and append to results.jsonl."""
    began = time.monotonic()
    disable_progress_bars()
    out.mkdir(parents=True, exist_ok=True)

    def say(**result: Any) -> None:
        about = {"at_s": round(time.monotonic() - began), "device": torch.cuda.get_device_name() if GPU else "cpu"}
        with (out / "results.jsonl").open("a") as file:
            file.write(json.dumps({**result, **about, "torch": torch.__version__}) + "\n")
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()

    def run(cases: Iterator[tuple[str, Callable[[], dict[str, Any]]]]) -> None:
        for name, case in cases:
            if time.monotonic() - began > seconds:
                say(case=name, left_out=f"{seconds} seconds have passed")
                continue
            try:
                say(case=name, **case())
            except Exception as error:  # a case that fails must not take the others with it
                say(case=name, failed=f"{type(error).__name__}: {error}"[:300])

    parts = [part] if part else ["speed", "study"] if smoke else []
    with TemporaryDirectory() as place:
        if prepare:
            write(prepare, smoke=smoke)
        if "speed" in parts:
            run(speed(Path(place), smoke))
        if smoke and "study" in parts:
            prepared = Path(place) / "prepared"
            write(prepared, smoke=True)
        if "study" in parts:
            run(study(prepared, Path(place) / "study", smoke))


# ---------------------------------------------------------------------------------------------------------------------
# Speed


def speed(place: Path, smoke: bool) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """The cases of the first part."""
    recipe = train_recipe("biomistral-lora")
    most, rows = (64, 24) if smoke else (2_048, 8)
    if smoke:
        model = recipe.model.model_copy(update={"base": None, "config": TINY, "vocabulary": 500, "dtype": "float32"})
        trainer = {**recipe.trainer, "use_cpu": True, "bf16": False, "max_steps": 3, "logging_steps": 1}
        recipe = recipe.model_copy(update={"model": model, "trainer": trainer})
    vocabulary = shapes.config_of(recipe.model).vocab_size
    full = recipe.model_copy(update={"model": recipe.model.model_copy(update={"lora": None})})
    for name, one, sizes, packing, batch, extra in (
        ("full fine-tuning, full rows", full, [most] * 400, "none", rows, {"gradient_accumulation_steps": 1}),
        ("biomistral-lora, full rows", recipe, [most] * 400, "none", None, {}),
        ("LoRA, padded, random order", recipe, lengths(2_000, most), "none", rows, {}),
        (
            "LoRA, padded, like lengths",
            recipe,
            lengths(2_000, most),
            "none",
            rows,
            {"train_sampling_strategy": "group_by_length"},
        ),
        ("LoRA, packed, kept apart", recipe, lengths(2_000, most), "documents", 1, {}),
    ):
        trainer = {**one.trainer, **extra, "max_length": most}
        trainer |= {"per_device_train_batch_size": batch} if batch else {}
        asked = one.model_copy(update={"packing": packing, "trainer": trainer})
        yield name, lambda asked=asked, sizes=sizes: _timed(asked, sizes, vocabulary, place, smoke)


def lengths(count: int, most: int) -> list[int]:
    """Row lengths like those of a mixture of all corpora."""
    drawn = np.random.default_rng(7).lognormal(np.log(190), 0.75, count)
    return np.clip(drawn, min(24, most), most).astype(int).tolist()


def _timed(recipe: TrainRecipe, sizes: list[int], vocabulary: int, place: Path, smoke: bool) -> dict[str, Any]:
    """Train on rows of random tokens, in a process of its own; the measurements."""
    draw = np.random.default_rng(1)
    ids = [draw.integers(5, vocabulary, size).tolist() for size in sizes]
    masks = [[int(index >= size // 2) for index in range(size)] for size in sizes]
    Dataset.from_dict({"input_ids": ids, "completion_mask": masks}).save_to_disk(place / "tokens")
    words = Tokenizer(models.WordLevel({f"w{number}": number for number in range(vocabulary)}, unk_token="w0"))
    special = {"unk_token": "w0", "bos_token": "w1", "eos_token": "w2", "pad_token": "w3"}
    PreTrainedTokenizerFast(tokenizer_object=words, **special).save_pretrained(place / "tokenizer")
    shorter = {"max_steps": 3, "logging_steps": 1} if smoke else {}
    asked = over(recipe, place)
    asked = asked.model_copy(update={"trainer": {**asked.trainer, **shorter}})
    setting = setting_of(asked, arguments.config(asked), launched(["--num_processes", "1"], asked))
    expected = estimate(shapes.config_of(asked.model), setting).total
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        run = pool.submit(trained, asked, place).result()
    found = {"tokens_per_s": round(run.tokens), "trained_per_s": round(run.trained), "mfu": round(run.mfu, 4)}
    memory = {"peak_gb": round(run.peak / GB, 2), "estimated_gb": round(expected / GB, 2)} if run.peak else {}
    return {**found, **memory, "attention": asked.model.attention}


# ---------------------------------------------------------------------------------------------------------------------
# Study


def write(folder: Path, smoke: bool) -> None:
    """Write what the study needs: the model's file in pieces, data sets, and the questions of the test sets."""
    folder.mkdir(parents=True)
    if smoke:
        _tiny_model(folder / "model")
        _data(folder, folder / "model", smoke=True)
        return
    from mnlu_instruct.pretrained import packaged  # noqa: PLC0415

    with packaged.unpacked("smollm2-135m-instruct") as file, TemporaryDirectory() as place:
        content = file.read_bytes()
        _mnlu("models", "get", str(file), "--out", str(Path(place) / "model"))  # for its tokenizer
        _data(folder, Path(place) / "model", smoke=False)
    half = -(-len(content) // PIECES)
    for number in range(PIECES):
        (folder / f"{FILE}.{number}").write_bytes(content[number * half : (number + 1) * half])


def _data(folder: Path, model: Path, smoke: bool) -> None:
    """The mixture and the cells, in rows that fit, and the questions."""
    source = ["--corpora", "demo"] if smoke else ["--exclude-leaks", "paper", "--duplicates", "near"]
    source += ["--tokenizer", str(model), "--max-tokens", str(LONGEST)]
    source += ["--short", "accept" if smoke else "repeat"]
    figure = yaml.safe_load((assets.folder("recipes") / "ablations" / "re_task_diversity.yaml").read_text("utf-8"))
    rows, cell_rows = (60, 40) if smoke else (ROWS, CELL_ROWS)
    _mnlu("build", *source, "--tasks", "ner,dc,re,nli,sts", "--n", str(rows), "--out", str(folder / MIXTURE))
    for series in figure["series"]:
        for point in series["points"]:
            # EE has no corpus without an agreement, so a cell with it has one task fewer outside the demo corpora.
            tasks = [task for task in point["build"]["tasks"] if smoke or task != "ee"]
            name = f"{series['name']} {point['at']}"
            out = folder / CELLS / name
            _mnlu("build", *source, "--tasks", ",".join(tasks), "--n", str(cell_rows), "--out", str(out))
    suite, asked = ("demo", 2) if smoke else ("paper", ASKED)
    _mnlu("suite", "export", suite, "--skip-missing", "--limit", str(asked), "--out", str(folder / QUESTIONS))


def study(prepared: Path, place: Path, smoke: bool) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """The cases of the second part."""
    place.mkdir(parents=True)
    model = prepared / "model" if smoke else place / "model"
    if not smoke:
        yield "the model", lambda: _joined(prepared, model)
    tuned = place / "tuned"
    yield "tuned on the mixture: training", lambda: _tuned(model, prepared / MIXTURE, tuned, smoke)
    yield "tuned on the mixture: scores", lambda: _scores(tuned, prepared, place / "run-tuned")
    yield "untuned: scores", lambda: _scores(model, prepared, place / "run-untuned")
    for cell in sorted(path for path in (prepared / CELLS).iterdir() if path.is_dir()):
        out = place / cell.name
        yield f"{cell.name}: training", lambda cell=cell, out=out: _tuned(model, cell, out, smoke)
        yield f"{cell.name}: scores", lambda cell=cell, out=out: _scores(out, prepared, place / f"run-{cell.name}")


def _joined(prepared: Path, out: Path) -> dict[str, Any]:
    """Join the pieces of the model's file, and convert it."""
    whole = out.with_suffix(".gguf")
    whole.write_bytes(b"".join((prepared / f"{FILE}.{number}").read_bytes() for number in range(PIECES)))
    start = time.monotonic()
    _mnlu("models", "get", str(whole), "--out", str(out))
    return {"seconds": round(time.monotonic() - start, 1)}


def _tuned(model: Path, data: Path, out: Path, smoke: bool) -> dict[str, Any]:
    """Tune an adapter, as recipes/smollm2-135m.yaml does on a CPU, and merge it whole into the model."""
    from mnlu_instruct.merging import adapters  # noqa: PLC0415 (seconds)

    recipe = train_recipe("smollm2-135m")
    told = {"output_dir": str(out / "adapter"), "save_strategy": "no", "report_to": "none", "disable_tqdm": True}
    trainer = {**recipe.trainer, **told, "max_length": LONGEST, "use_cpu": smoke, "bf16": GPU}
    trainer |= {"max_steps": 3} if smoke else {"per_device_train_batch_size": 64}
    asked = recipe.model_copy(
        update={
            "model": recipe.model.model_copy(update={"base": str(model)}),
            "data": data, "build": None, "trainer": trainer,
        }
    )  # fmt: skip
    out.mkdir()
    written = out / "recipe.yaml"
    written.write_text(yaml.safe_dump(asked.model_dump(mode="json", exclude_none=True)), "utf-8")
    start = time.monotonic()
    _python(str(ROOT / "train" / "sft.py"), str(written))
    seconds = time.monotonic() - start
    adapters.apply(out / "adapter", model, str(model), out)
    return {"seconds": round(seconds, 1)}


def _scores(model: Path, prepared: Path, out: Path) -> dict[str, Any]:
    """Ask the exported questions through transformers; the score of each test set."""
    from mnlu_instruct.evaluation import answer_cache, answering  # noqa: PLC0415 (seconds)
    from mnlu_instruct.evaluation.evaluate import record  # noqa: PLC0415
    from mnlu_instruct.evaluation.questions import Settings  # noqa: PLC0415

    paths = sorted((prepared / QUESTIONS).glob("*.jsonl"))
    asked = [json.loads(line) for path in paths for line in path.read_bytes().splitlines()]
    start = time.monotonic()
    with answer_cache.opened(out) as store:
        said, about = answering.answers(str(model), "transformers", asked, Settings(too_long="wrong"), store, _quiet)
        scored = record(said, {"system": model.name, **about}, out)
    values = {name: round(one.metrics[one.headline].value, 4) for name, one in scored.datasets.items()}
    return {"questions": len(asked), "seconds": round(time.monotonic() - start, 1), "scores": values}


def _tiny_model(folder: Path) -> None:
    """A model of two layers, with a tokenizer and a chat template of its own."""
    from transformers import LlamaConfig, LlamaForCausalLM  # noqa: PLC0415

    from mnlu_instruct.training.model import tokenizer_for  # noqa: PLC0415
    from mnlu_instruct.training.recipe import ModelRecipe  # noqa: PLC0415

    rows = Dataset.from_dict(
        {"prompt": [[{"role": "user", "content": "Which options describe the text? (A) yes (B) no"}]] * 50,
         "completion": [[{"role": "assistant", "content": "(A) yes"}]] * 50}
    )  # fmt: skip
    tokenizer = tokenizer_for(ModelRecipe(config=TINY, vocabulary=300), rows)
    tokenizer.save_pretrained(folder)
    shape = LlamaConfig(**TINY, vocab_size=len(tokenizer), max_position_embeddings=4_096)
    torch.manual_seed(0)
    LlamaForCausalLM(shape).save_pretrained(folder)


def _quiet(*_: Any) -> None:
    """No progress."""


def _mnlu(*words: str) -> None:
    _python("-c", "from mnlu_instruct.cli import main; main()", *words)


def _python(*words: str) -> None:
    """Run Python on this working tree; what it prints is shown only if it fails."""
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, *words], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(words[:3])}: {(done.stderr or done.stdout).strip()[-200:]}")


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        typer.run(main)
