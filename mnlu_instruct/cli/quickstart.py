"""`mnlu quickstart`: the pipeline on the bundled demo corpora, on a CPU: build, train, merge, evaluate, report.

It uses the same engines as the real thing. The base is the tiny model trained on half of the tasks, so that the merge
has a base that can do something. The base is then tuned on all tasks but question answering, as in MNLU-Instruct.

With `--real`, the base is SmolLM2-135M-Instruct, out of a package, and an adapter is tuned.
"""

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import yaml
from msgspec import json

from mnlu_instruct import console, corpora, folders, merging, report, workers
from mnlu_instruct.catalogue import suites
from mnlu_instruct.cli.tables import datasets, scores
from mnlu_instruct.dataset.build import draft, write
from mnlu_instruct.dataset.recipe import build_recipe
from mnlu_instruct.errors import UserError, install
from mnlu_instruct.evaluation import subprocess_run
from mnlu_instruct.evaluation.evaluate import BASELINE, SCORES, evaluate
from mnlu_instruct.evaluation.questions import Settings
from mnlu_instruct.evaluation.scorecard import Scorecard
from mnlu_instruct.evaluation.subprocess_run import Asking
from mnlu_instruct.merging.recipe import MergeRecipe
from mnlu_instruct.pretrained.get import get
from mnlu_instruct.prompting import packs
from mnlu_instruct.prompting.preview import examples, messages
from mnlu_instruct.training.launch.launcher import finish
from mnlu_instruct.training.recipe import ModelRecipe, TrainRecipe, train_recipe

SUITE = "demo"
BASELINES, MODELS = ("majority", "random", "dictionary"), ("base", "tuned", "merged")
NEEDED = {"trl": "train", "deepspeed": "train", "mergekit": "merge", "vllm": "eval"}
REAL, REAL_NEEDED = "smollm2-135m-instruct", {"gguf": "gguf"}
PROCESS = ("--num_processes", "1", "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no")
"""One process with two threads: 1.3 times as fast as two with one, which wait for each other at every step."""
ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "2"),
    "TOKENIZERS_PARALLELISM": "false",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "TORCH_CPP_LOG_LEVEL": "ERROR",
    "DS_ACCELERATOR": "cpu",
    "PYTHONWARNINGS": "ignore::FutureWarning",
}
"""Environment of training and evaluation: no network, two threads unless OMP_NUM_THREADS is set, little logging."""
FEW_ROWS, FEW_STEPS, FEW_QUESTIONS = 2_000, 10, 5
EPOCHS = 1.8
"""Epochs of the base's training: it learns to match options with their letters late, after some 2,000 steps."""
FALLING = 500
"""Number of steps in which the learning rate decays when the base is tuned."""
REAL_ROWS, REAL_QUESTIONS = 2_000, 40
"""Rows that an adapter is tuned on, and the most questions of each test set: together under an hour on two cores."""
MARK = "base.yaml"


def run(out: Path, processes: int, short: bool, real: bool = False) -> None:
    """Run all stages, print their results, and write everything to `out`, replacing an earlier quickstart there.

    Args:
        out: the folder to write.
        processes: the number of worker processes of the build.
        short: only a few rows, training steps and questions: shows that everything runs, not that the model learns.
        real: with a pretrained model of 135 million parameters instead of a new one of half a million.

    Raises:
        UserError: an extra isn't installed, `out` holds something else, or a stage fails.
        KeyboardInterrupt: a stage was asked to stop.
    """
    needed = NEEDED | (REAL_NEEDED if real else {})
    begin(out, needed, MARK)
    times: dict[str, float] = {}
    rows = FEW_ROWS if short else REAL_ROWS if real else None
    with stage("Build the data sets", times):
        _build(out, processes, {"n": rows, "short": "accept"} if rows else {})
    if real:
        (out / MARK).write_text(f"packaged: {REAL}\n", "utf-8")
        with stage("Get the base", times), console.progress() as progress:
            get(REAL, out / "base", False, progress)
    else:
        with stage("Train the base on half of the tasks", times):
            _train(_base(out, short), out / MARK)
    with stage("Tune it on all of them", times):
        _train((_adapter if real else _tuned)(out, short), out / "tuned.yaml")
    with stage("Merge the two", times):
        _merge(out, real)
    with stage("Evaluate", times):
        _evaluate(out, FEW_QUESTIONS if short else REAL_QUESTIONS if real else None)
    report.write([_run(out, system) for system in BASELINES + MODELS], out / "report.html")
    scores.side_by_side(
        {
            system: json.decode((_run(out, system) / SCORES).read_bytes(), type=Scorecard)
            for system in BASELINES + MODELS
        }
    )
    console.table(("stage", "seconds"), list(times.items()), totals=("all", sum(times.values())))
    console.output.print(f"Report with scores and answers: {out / 'report.html'}", soft_wrap=True)
    console.output.print("Next: mnlu corpora; mnlu build --help", soft_wrap=True)


def begin(out: Path, needed: Mapping[str, str], mark: str) -> None:
    """Check that packages are installed, and make an empty folder, where nothing or an earlier quickstart is.

    Args:
        out: the folder.
        needed: the packages, and the extra that each is of.
        mark: the file that an earlier quickstart has there.

    Raises:
        UserError: a package isn't installed, or `out` holds something else.
    """
    extras = ",".join(dict.fromkeys(needed.values()))
    for package, extra in needed.items():
        if find_spec(package) is None:
            raise UserError(f"The quickstart needs {package}.", f"{install(extras)} ({extra}).")
    folders.check(out, overwrite=True, mark=mark)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()


@contextmanager
def stage(name: str, times: dict[str, float]) -> Iterator[None]:
    """Show the name of a stage, and keep the seconds that it takes."""
    console.stage(name)
    start = time.monotonic()
    yield
    times[name] = time.monotonic() - start


def _build(out: Path, processes: int, options: dict[str, object]) -> None:
    """Build both data sets; print a question of every kind, and the mixture."""
    with console.progress() as progress, workers.process_pool(processes) as pool:
        for name in ("demo-base", "demo"):
            drafted = draft(build_recipe(name, options), out, pool, progress)
            write(drafted, out / name, pool, progress)
    pack = packs.load(drafted.recipe.pack)
    for corpus in corpora.bundled().values():
        for instance in examples(corpus, Path()):
            if instance.task in pack.wordings:
                datasets.conversation(instance.id, messages(instance, pack))
    datasets.mixture(drafted)


def _base(out: Path, short: bool) -> TrainRecipe:
    """The recipe of the base: the tiny model, freshly initialised, with a vocabulary from the texts of all tasks."""
    over = {"output_dir": str(out / "base"), "num_train_epochs": EPOCHS, "max_steps": FEW_STEPS if short else -1}
    tiny = train_recipe("tiny", over)
    model = tiny.model.model_copy(update={"texts": out / "demo"})
    return tiny.model_copy(update={"model": model, "data": out / "demo-base", "build": None})


def _tuned(out: Path, short: bool) -> TrainRecipe:
    """The recipe that tunes the base on all tasks; the learning rate decays at the end."""
    falling = {"lr_scheduler_type": "warmup_stable_decay", "lr_scheduler_kwargs": {"num_decay_steps": FALLING}}
    over = {"output_dir": str(out / "tuned"), "max_steps": FEW_STEPS if short else -1}
    tiny = train_recipe("tiny", {**over, **({} if short else falling)})
    model = ModelRecipe(base=str(out / "base"), dtype=tiny.model.dtype)
    return tiny.model_copy(update={"model": model, "data": out / "demo", "build": None})


def _adapter(out: Path, short: bool) -> TrainRecipe:
    """The recipe that tunes an adapter of the pretrained base on all tasks."""
    over = {"output_dir": str(out / "adapter"), "save_strategy": "no", "max_steps": FEW_STEPS if short else -1}
    laptop = train_recipe("smollm2-135m", {**over, "max_length": 1_024})
    model = laptop.model.model_copy(update={"base": str(out / "base")})
    return laptop.model_copy(update={"model": model, "data": out / "demo", "build": None})


def _merge(out: Path, real: bool) -> None:
    """Merge base and tuned model by DARE; an adapter is first added to its base whole, which makes the tuned model."""
    base = str(out / "base")
    if real:
        whole = MergeRecipe(
            method="linear", alpha=1, base=base, tuned=out / "adapter", out=out / "tuned", dtype="float32"
        )
        merging.merge(whole, False)
    merging.merge(MergeRecipe(base=base, tuned=out / "tuned", out=out / "merged", dtype="float32"), False)


def _train(recipe: TrainRecipe, path: Path) -> None:
    path.write_text(yaml.safe_dump(recipe.model_dump(mode="json", exclude_none=True), sort_keys=False), "utf-8")
    finish({path: Path(recipe.trainer["output_dir"])}, PROCESS, ENVIRONMENT)


def _run(out: Path, system: str) -> Path:
    return out / "runs" / system


def _evaluate(out: Path, limit: int | None) -> None:
    for name in BASELINES:
        evaluate(name, BASELINE, suites.load(SUITE), Path(), _run(out, name), Settings(limit=limit), lambda *_: None)
    for name in MODELS:
        subprocess_run.evaluate(out / name, Asking(SUITE, limit=limit), _run(out, name), ENVIRONMENT)
