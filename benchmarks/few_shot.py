"""Ten few-shot cells of a tiny T5: a study (`mnlu ablate`) against a call of `mnlu train` and one of `mnlu eval` each.

    python benchmarks/few_shot.py [--cells 10]

A new T5 with two layers of 64 dimensions, and a vocabulary of the bundled synthetic texts; 16 documents, 100 steps,
eight questions. The study makes the data sets of its cells, trains all in one process, and evaluates all in one. The
calls get the same recipes, and data sets that are there already. Wall-clock seconds; the answers are the same.
"""

import subprocess
import sys
import time
from pathlib import Path
from string import printable
from tempfile import TemporaryDirectory
from typing import Annotated

import torch
import typer
import yaml
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

from mnlu_instruct import console, corpora
from mnlu_instruct.data_folder import data_directory
from mnlu_instruct.ledger import Ledger
from mnlu_instruct.sources import reading
from mnlu_instruct.types import Document

TRAIN = {
    "model": {"base": "base", "dtype": "float32"},
    "data": "unused",
    "trainer": {
        "max_steps": 100, "learning_rate": 3e-3, "per_device_train_batch_size": 4, "max_length": 512, "use_cpu": True,
        "bf16": False, "gradient_checkpointing": False, "save_strategy": "no", "logging_steps": 10,
    },
}  # fmt: skip
QUESTIONS = 8
LAUNCHER = ["--", "--num_processes", "1"]


def main(cells: Annotated[int, typer.Option(help="How many seeds.")] = 10) -> None:
    """Measure and print."""
    with TemporaryDirectory() as held:
        folder = Path(held)
        make(folder / "base")
        (folder / "t5.yaml").write_text(
            yaml.safe_dump(TRAIN | {"model": {"base": str(folder / "base"), "dtype": "float32"}})
        )
        (folder / "study.yaml").write_text(yaml.safe_dump(study(folder, cells)))
        together = timed(["ablate", str(folder / "study.yaml"), "--out", str(folder / "out"), *LAUNCHER])
        apart, same = 0.0, 0
        suite = next((folder / "out" / "study").glob("*/suite.yaml"))
        answers = sorted(path.read_bytes() for path in (folder / "out" / "runs").glob("*/predictions.jsonl"))
        found = []
        for recipe in sorted((folder / "out" / "models").glob("*.yaml")):
            model, run = folder / "apart" / recipe.stem, folder / "runs" / recipe.stem
            apart += timed(["train", str(recipe), "--set", f"trainer.output_dir={model}", *LAUNCHER])
            words = ["--suite", str(suite), "--engine", "transformers", "--limit", str(QUESTIONS), "--pack", "verb"]
            apart += timed(["eval", "--model", str(model), "--out", str(run), *words, "--too-long", "wrong"])
            found.append((run / "predictions.jsonl").read_bytes())
        same = sum(one == other for one, other in zip(sorted(found), answers, strict=True))
    rows = [
        ("mnlu ablate", f"{together:,.0f}", ""),
        ("mnlu train, mnlu eval", f"{apart:,.0f}", f"{apart / together:.1f}"),
    ]
    console.table((f"{cells} cells", "seconds", "ratio"), rows, title=f"Equal answers: {same} of {cells} cells")


def make(folder: Path) -> None:
    """Write a new T5."""
    records = reading.records(corpora.get("demo-ere"), "train", data_directory(None), Ledger())
    texts = [one.text for one in records if isinstance(one, Document)]
    raw = Tokenizer(models.Unigram())
    raw.pre_tokenizer, raw.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=2_000, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", initial_alphabet=list(printable)
    )
    raw.train_from_iterator(texts, trainer)
    raw.post_processor = processors.TemplateProcessing("$A </s>", None, [("</s>", 1)])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, pad_token="<pad>", eos_token="</s>", unk_token="<unk>")
    torch.manual_seed(1)
    shape = {"d_model": 64, "d_kv": 16, "d_ff": 128, "num_layers": 2, "num_heads": 4}
    model = T5ForConditionalGeneration(T5Config(**shape, vocab_size=len(tokenizer), decoder_start_token_id=0))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def study(folder: Path, cells: int) -> dict[str, object]:
    """The recipe of the study."""
    build = {"corpora": ["demo-ere"], "splits": ["train"]}
    return {
        "title": "Few shots", "question": "How long does it take?", "train": str(folder / "t5.yaml"), "pack": "verb",
        "build": {"tasks": ["ere"], "short": "accept"}, "suite": "demo-ere", "limit": QUESTIONS,
        "seeds": list(range(cells)), "full_seeds": [0],
        "sets": [{"name": "demo", "dataset": "demo-ere", "build": build, "shots": [16]}],
        "models": [{"name": "T5", "model": {"base": str(folder / "base")}}],
    }  # fmt: skip


def timed(words: list[str]) -> float:
    """The seconds that a command takes."""
    begun = time.perf_counter()
    done = subprocess.run(
        [str(Path(sys.executable).with_name("mnlu")), *words], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr[-3_000:])
    return time.perf_counter() - begun


if __name__ == "__main__":
    typer.run(main)
