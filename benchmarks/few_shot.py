"""Ten few-shot cells of a tiny T5: a study (`mnlu ablate`) against a call of `mnlu train` and one of `mnlu eval` each.

    python benchmarks/few_shot.py [--cells 10] [--steps 30]

A new T5 with two layers of 64 dimensions, and a vocabulary of the bundled synthetic texts; 16 documents, thirty steps,
eight questions. The study makes the data sets of its cells, trains all in one process, and evaluates all in one. The
calls get the same recipes, and data sets that are there already. The answers are the same. What a study shares are
starts, data and loading: the longer each training, the less that is of the whole.
"""

import resource
import subprocess
import sys
import time
from pathlib import Path
from string import printable
from tempfile import TemporaryDirectory
from typing import Annotated, NamedTuple

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

TRAINER = {
    "learning_rate": 3e-3, "per_device_train_batch_size": 4, "max_length": 512, "use_cpu": True,
    "bf16": False, "gradient_checkpointing": False, "save_strategy": "no", "logging_steps": 10,
}  # fmt: skip
QUESTIONS = 8
LAUNCHER = ["--", "--num_processes", "1"]


class Seconds(NamedTuple):
    """Seconds of the clock, and of all processors."""

    wall: float
    cpu: float

    def __add__(self, other: "Seconds") -> "Seconds":  # type: ignore[override]
        return Seconds(self.wall + other.wall, self.cpu + other.cpu)


def main(
    cells: Annotated[int, typer.Option(help="How many seeds.")] = 10,
    steps: Annotated[int, typer.Option(help="The steps of each training.")] = 30,
) -> None:
    """Measure and print."""
    with TemporaryDirectory() as held:
        folder = Path(held)
        make(folder / "base")
        (folder / "t5.yaml").write_text(yaml.safe_dump(recipe(folder / "base", steps)))
        (folder / "study.yaml").write_text(yaml.safe_dump(study(folder, cells)))
        together = timed(["ablate", str(folder / "study.yaml"), "--out", str(folder / "out"), *LAUNCHER])
        apart = Seconds(0.0, 0.0)
        suite = next((folder / "out" / "study").glob("*/suite.yaml"))
        answers = sorted(path.read_bytes() for path in (folder / "out" / "runs").glob("*/predictions.jsonl"))
        found = []
        for one in sorted((folder / "out" / "models").glob("*.yaml")):
            model, run = folder / "apart" / one.stem, folder / "runs" / one.stem
            apart += timed(["train", str(one), "--set", f"trainer.output_dir={model}", *LAUNCHER])
            words = ["--suite", str(suite), "--engine", "transformers", "--limit", str(QUESTIONS), "--pack", "verb"]
            apart += timed(["eval", "--model", str(model), "--out", str(run), *words, "--too-long", "wrong"])
            found.append((run / "predictions.jsonl").read_bytes())
        same = sum(one == other for one, other in zip(sorted(found), answers, strict=True))
    rows = [
        ("mnlu ablate", f"{together.wall:,.0f}", f"{together.cpu:,.0f}", "", ""),
        (
            "mnlu train, mnlu eval",
            f"{apart.wall:,.0f}",
            f"{apart.cpu:,.0f}",
            *(f"{one / other:.1f}" for one, other in zip(apart, together, strict=True)),
        ),
    ]
    columns = (f"{cells} cells", "seconds", "CPU seconds", "ratio", "of CPU seconds")
    console.table(columns, rows, title=f"Equal answers: {same} of {cells} cells")


def recipe(base: Path, steps: int) -> dict[str, object]:
    """The recipe of a training."""
    trainer = TRAINER | {"max_steps": steps}
    return {"model": {"base": str(base), "dtype": "float32"}, "data": "unused", "trainer": trainer}


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


def timed(words: list[str]) -> Seconds:
    """The seconds that a command takes, of the clock and of the processors."""
    begun = seconds()
    done = subprocess.run(
        [str(Path(sys.executable).with_name("mnlu")), *words], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr[-3_000:])
    return Seconds(*(after - before for before, after in zip(begun, seconds(), strict=True)))


def seconds() -> Seconds:
    """The time of the clock, and that which processes that have ended took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Seconds(time.perf_counter(), used.ru_utime + used.ru_stime)


if __name__ == "__main__":
    typer.run(main)
