"""Every recipe in the folder dry-runs; every configuration beside them is one to the program that reads it."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from accelerate.commands.config.config_args import ClusterConfig, load_config_from_file
from deepspeed.runtime.zero.config import DeepSpeedZeroConfig

from mnlu_instruct.training.estimate.plan import Plan, plan
from mnlu_instruct.training.recipe import train_recipe
from tests.support import ROOT

FOLDER = ROOT / "recipes"
RECIPES = {
    "biomistral",
    "biomistral-lora",
    "biomistral-paper-text",
    "biomistral-qlora",
    "flan-t5-large",
    "llama-3.1-8b",
    "biobart-text",
    "re-study",
    "smollm2-135m",
    "tiny",
}
ON_A_CPU = {"smollm2-135m", "tiny"}
LAYOUTS = {"ddp", "fsdp", "multi-node", "zero1", "zero2", "zero3", "zero3-offload"}
STAGES = {"zero1": 1, "zero2": 2, "zero2-offload": 2, "zero3": 3, "zero3-offload": 3}


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Plan]]:
    """Every recipe, dry-run where no data set is, on four GPUs but for those that need none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("nowhere"))
        paths = sorted(FOLDER.glob("*.yaml"))
        yield {path.stem: plan(str(path), [] if path.stem in ON_A_CPU else ["--num_processes", "4"]) for path in paths}


def test_every_recipe_in_the_folder_dry_runs(plans: dict[str, Plan]) -> None:
    assert plans.keys() == RECIPES and len(plans) == 10
    for name, found in plans.items():
        assert found.total > 0, name
        assert (found.launch.processes, found.cpu) == ((1, True) if name in ON_A_CPU else (4, False))
        assert found.build and f"--out {found.recipe['data']}" in found.build, name
        assert not found.data.there


def test_the_recipes_fit_the_gpus_that_they_name(plans: dict[str, Plan]) -> None:
    named = {
        "biomistral": 80,
        "biomistral-paper-text": 40,
        "biomistral-lora": 40,
        "biomistral-qlora": 24,
        "llama-3.1-8b": 80,
        "flan-t5-large": 40,
    }
    for name, size in named.items():
        assert f"{size} GB" in (FOLDER / f"{name}.yaml").read_text("utf-8")
        assert {one.size: one.fits for one in plans[name].fits}[size], name
        if "Four GPUs" not in (FOLDER / f"{name}.yaml").read_text("utf-8"):
            assert {one.size: one.fewest for one in plans[name].fits}[size] == 1, name


def test_the_papers_text_and_the_released_configuration_differ_where_they_do() -> None:
    text, released = train_recipe("biomistral-paper-text"), train_recipe("biomistral")
    assert (text.loss, text.packing) == ("all", "stream")
    assert (released.loss, released.packing) == ("completion", "documents")
    keys = ("num_train_epochs", "learning_rate", "warmup_steps", "per_device_train_batch_size", "max_length")
    assert [text.trainer[key] for key in keys] == [3, 2e-4, 0.1, 4, 2048]
    assert [released.trainer[key] for key in keys] == [2, 2e-5, 0.1, 16, 2048]
    assert text.model == released.model


def test_llama_is_tuned_as_biomistral_is() -> None:
    llama, ours = train_recipe("llama-3.1-8b"), train_recipe("biomistral")
    assert {**llama.trainer, "output_dir": ""} == {**ours.trainer, "output_dir": ""}
    assert llama.model.model_copy(update={"base": ""}) == ours.model.model_copy(update={"base": ""})
    assert llama.data != ours.data  # other tokens


def test_every_configuration_of_accelerate_loads() -> None:
    found = {path.stem: load_config_from_file(str(path)) for path in sorted((FOLDER / "accelerate").glob("*"))}
    assert found.keys() == LAYOUTS and len(found) == 7
    for name, one in found.items():
        assert isinstance(one, ClusterConfig)
        assert one.num_processes == (8 if name == "multi-node" else 4)
        assert one.mixed_precision is None  # the recipe's
        if one.deepspeed_config:
            named = ROOT / one.deepspeed_config["deepspeed_config_file"]
            assert named.stem == ("zero3" if name == "multi-node" else name) and named.is_file()


def test_every_configuration_of_deepspeed_loads() -> None:
    paths = sorted((FOLDER / "deepspeed").glob("*"))
    assert {path.stem for path in paths} == STAGES.keys() and len(paths) == 5
    for path in paths:
        given = json.loads(path.read_text("utf-8"))
        zero = given["zero_optimization"]
        read = DeepSpeedZeroConfig(**{key: value for key, value in zero.items() if value != "auto"})
        assert read.stage == STAGES[path.stem]
        assert (read.offload_optimizer is not None) == path.stem.endswith("offload") == ("optimizer" in given)
        assert read.gather_16bit_weights_on_model_save == (read.stage == 3)
        assert given["gradient_clipping"] == given["train_batch_size"] == given["bf16"]["enabled"] == "auto"


def test_the_slurm_script_is_bash_and_asks_for_what_it_needs() -> None:
    path = FOLDER / "slurm" / "train.sbatch"
    assert subprocess.run(["bash", "-n", path], check=False).returncode == 0
    words = path.read_text("utf-8")
    for line in ("#SBATCH --requeue", "#SBATCH --signal=B:USR1@900", "--config_file multi-node", "scontrol requeue"):
        assert line in words


FAKE_SRUN = """#!/bin/bash
trap 'echo asked >> "$LOG"; exit 0' USR1
echo "srun $*" >> "$LOG"
touch "$LOG.begun"
for _ in $(seq 300); do sleep 0.1; done
exit 3
"""


def test_the_slurm_script_passes_the_request_on_and_queues_itself_again(tmp_path: Path) -> None:
    """Against stand-ins for Slurm's commands, which are not here."""
    log = tmp_path / "log"
    commands = {"srun": FAKE_SRUN, "scontrol": f'#!/bin/bash\necho "scontrol $*" >> "{log}"\necho node-a\n'}
    (tmp_path / "bin").mkdir()
    for name, text in commands.items():
        (tmp_path / "bin" / name).write_text(text, "utf-8")
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "bin" / "activate").write_text("", "utf-8")
    environment = {
        "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin",
        "ENVIRONMENT": str(tmp_path),
        "LOG": str(log),
        "SLURM_JOB_NODELIST": "node-[a-b]",
        "SLURM_JOB_ID": "7",
    }
    job = subprocess.Popen(["bash", FOLDER / "slurm" / "train.sbatch", "biomistral"], env=environment)
    try:
        _wait(Path(f"{log}.begun"))
        job.send_signal(10)  # SIGUSR1
        assert job.wait(60) == 0
    finally:
        job.kill()
    words = log.read_text("utf-8")
    assert "asked" in words and words.rstrip().endswith("scontrol requeue 7")


def _wait(path: Path) -> None:
    import time  # noqa: PLC0415

    for _ in range(300):
        if path.exists():
            return
        time.sleep(0.1)
    raise AssertionError(f"{path} never came.")
