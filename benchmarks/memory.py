"""Measured memory of trainings against the estimate of `mnlu train --dry-run`: small models on a CPU, two steps.

    python benchmarks/memory.py [CASE ...]

It measures a process' peak resident memory (VmHWM), minus what it had before it made the model. Every tensor has its
own memory mapping (`MALLOC_MMAP_THRESHOLD_`), so that freed memory is returned. GPUs use other kernels.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

MODEL = {
    "hidden_size": 512,
    "intermediate_size": 1408,
    "num_hidden_layers": 16,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "max_position_embeddings": 512,
}
VOCABULARY, LENGTH, BATCH, STEPS = 16_000, 512, 4, 2
LORA = {"rank": 16}
CASES: dict[str, dict[str, Any]] = {
    "AdamW": {},
    "AdamW, checkpointing": {"checkpointing": True},
    "LoRA": {"lora": LORA},
    "LoRA, checkpointing": {"lora": LORA, "checkpointing": True},
    "DDP": {"processes": 2},
    "ZeRO-2": {"processes": 2, "deepspeed": "zero2"},
    "ZeRO-3": {"processes": 2, "deepspeed": "zero3"},
    "ZeRO-3, checkpointing, bfloat16": {"processes": 2, "deepspeed": "zero3", "checkpointing": True, "half": True},
}
QUIET = {
    "OMP_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "DS_ACCELERATOR": "cpu",
    "MALLOC_MMAP_THRESHOLD_": "65536",
    "MALLOC_TRIM_THRESHOLD_": "65536",
}


def recipe_of(case: dict[str, Any], out: Path) -> Any:
    """The training recipe of a case."""
    from mnlu_instruct.training.recipe import Lora, ModelRecipe, TrainRecipe  # noqa: PLC0415

    half = case.get("half", False)
    model = ModelRecipe(config=MODEL, vocabulary=VOCABULARY, dtype="bfloat16" if half else "float32")
    named = case.get("deepspeed")
    trainer = {
        "output_dir": str(out),
        "per_device_train_batch_size": case.get("batch", BATCH),
        "max_steps": STEPS,
        "max_length": LENGTH,
        "gradient_checkpointing": case.get("checkpointing", False),
        "gradient_checkpointing_kwargs": {"use_reentrant": False},
        "bf16": half,
        "use_cpu": True,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        **({"deepspeed": f"recipes/deepspeed/{named}.json"} if named else {}),
    }
    recipe = TrainRecipe(model=model, data=out, loss="all", trainer=trainer)
    # Recipes allow an adapter only with a base, so it is added here; memory doesn't depend on the weights.
    adapted = model.model_copy(update={"lora": Lora(**case["lora"]) if "lora" in case else None})
    return recipe.model_copy(update={"model": adapted})


def kilobytes(name: str) -> int:
    """The kilobytes in a line of this process' status."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1])


def train(case: dict[str, Any], out: Path) -> None:
    """Train a case in this process, which accelerate has started; the first process writes the maximum over all."""
    import torch  # noqa: PLC0415
    from datasets import Dataset  # noqa: PLC0415
    from tokenizers import Tokenizer, models  # noqa: PLC0415
    from transformers import PreTrainedTokenizerFast  # noqa: PLC0415

    from mnlu_instruct.training import arguments, lora  # noqa: PLC0415
    from mnlu_instruct.training.model import model_for  # noqa: PLC0415
    from mnlu_instruct.training.preflight import checks  # noqa: PLC0415
    from mnlu_instruct.training.trainer import Trainer  # noqa: PLC0415

    recipe = recipe_of(case, out)
    config = arguments.config(recipe)
    checks.check_processes(config)
    words = {f"w{number}": number for number in range(VOCABULARY)}
    raw = Tokenizer(models.WordLevel(words, unk_token="w0"))
    special = {"unk_token": "w0", "bos_token": "w1", "eos_token": "w2", "pad_token": "w3"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, **special)
    drawn = torch.Generator().manual_seed(0)
    rows = torch.randint(4, VOCABULARY, (STEPS * config.world_size * case.get("batch", BATCH), LENGTH), generator=drawn)
    data = Dataset.from_dict({"input_ids": rows.tolist(), "completion_mask": torch.ones_like(rows).tolist()})

    before = kilobytes("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    adapter = {"peft_config": lora.adapter(recipe.model.lora)} if recipe.model.lora else {}
    network = model_for(recipe.model, tokenizer, config)
    trainer = Trainer(network, config, train_dataset=data, processing_class=tokenizer, **adapter)
    trainer.train()
    taken = torch.tensor([(kilobytes("VmHWM") - before) * 1024])
    if config.world_size > 1:
        torch.distributed.all_reduce(taken, torch.distributed.ReduceOp.MAX)
    if config.process_index == 0:
        (out / "taken").write_text(str(int(taken)))


def measured(name: str, folder: Path) -> int:
    """The measured memory of a case, in bytes."""
    processes = CASES[name].get("processes", 1)
    launcher = ["-m", "accelerate.commands.launch", "--num_processes", str(processes), "--main_process_port", "0"]
    launcher += ["--multi_gpu"] if processes > 1 else []
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, *launcher, __file__, name, str(folder)],
        env={**os.environ, **QUIET, "PATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return int((folder / "taken").read_text())


def estimated(name: str, folder: Path) -> int:
    """The estimated memory of a case, in bytes."""
    from mnlu_instruct.training import arguments  # noqa: PLC0415
    from mnlu_instruct.training.estimate.memory import estimate  # noqa: PLC0415
    from mnlu_instruct.training.estimate.plan import Launch, setting_of  # noqa: PLC0415
    from mnlu_instruct.training.estimate.shapes import config_of  # noqa: PLC0415

    recipe = recipe_of(CASES[name], folder)
    alone = recipe.model_copy(update={"trainer": {**recipe.trainer, "deepspeed": None}})
    launch = Launch(CASES[name].get("processes", 1), 1, assumed=False, fsdp=False, deepspeed=None)
    return estimate(config_of(recipe.model), setting_of(recipe, arguments.config(alone), launch)).total


def main(names: list[str]) -> None:
    """Measure and estimate the named cases, by default all."""
    print("| case | measured, MB | estimated, MB | error |\n|---|---|---|---|")  # noqa: T201
    for name in names or CASES:
        with tempfile.TemporaryDirectory() as folder:
            took = measured(name, Path(folder))
            says = estimated(name, Path(folder))
        error = f"{100 * (says - took) / took:+.0f} %"
        print(f"| {name} | {took / 1e6:,.0f} | {says / 1e6:,.0f} | {error} |", flush=True)  # noqa: T201


if __name__ == "__main__":
    if "ACCELERATE_MIXED_PRECISION" in os.environ:
        train(CASES[sys.argv[1]], Path(sys.argv[2]))
    else:
        main(sys.argv[1:])
